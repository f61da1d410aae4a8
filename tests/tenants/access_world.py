"""Two tenants of three establishments, with a row in every table for each, and three people."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.kit import clock
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Reach, Scope, entered, tenant_scope
from tenants.db import Base, db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.house import lanes, tree

tree.import_tables()

SLUGS = ("acme", "globex")
#: Of an establishment, and shown for another reason than that it is listed: to nobody but the
#: provider, as one's own access, or to whoever it is addressed to.
_OTHERWISE = {
    "attestation_batch", "bulk_act", "calendar_feed", "engagement_establishment", "evidence",
    "evidence_lapse", "evidence_link_past", "file_request", "import_change",
    "invitation_establishment", "mail", "membership_establishment", "reminder", "reminder_choice",
}  # fmt: skip
#: What hangs on an establishment: whoever reaches that one reads its row, and nobody else.
HANGING = sorted(
    table.name
    for table in Base.metadata.sorted_tables
    if {"tenant_id", "establishment_id"} <= set(table.columns.keys())
    and table.name not in _OTHERWISE
)


@dataclass(frozen=True)
class World:
    app: Flask
    owners: Mapping[str, Actor]
    places: Mapping[str, Sequence[uuid.UUID]]
    people: Sequence[uuid.UUID]
    #: Days are counted from here, for in one transaction PostgreSQL's clock stands still.
    began: datetime

    def at(self, day: int) -> datetime:
        return self.began + timedelta(days=day)

    @contextmanager
    def inside(self, slug: str) -> Iterator[None]:
        with tenant_scope(self.owners[slug].tenant_id):
            yield
        db.session.remove()

    def client(self, person: int) -> FlaskClient:
        client = self.app.test_client()
        sign_in(client, Actor(self.people[person], uuid.uuid4(), Role.MEMBER, "P"))
        return client

    def read(
        self,
        slug: str,
        user_id: uuid.UUID,
        membership_id: uuid.UUID,
        engagement_id: uuid.UUID | None = None,
        *,
        hanging: Collection[str] = (),
    ) -> dict[str, set[int]]:
        """Which establishments' rows PostgreSQL shows in a listed scope, by table.

        In plain SQL, without the ORM's own filter: PostgreSQL stands alone here.
        """
        tenant_id = self.owners[slug].tenant_id
        asked = " UNION ALL ".join(
            ["SELECT 'establishment', tenant_id, id FROM establishment"]
            + [f"SELECT '{name}', tenant_id, establishment_id FROM {name}" for name in hanging]  # noqa: S608 -- our own names
        )
        found: dict[str, set[int]] = {name: set() for name in ("establishment", *hanging)}
        scope = Scope(tenant_id, Reach.LISTED, membership_id, user_id, engagement_id)
        with entered(scope):
            for table, of, place in db.session.execute(sa.text(asked)):
                # -1: of nobody that she could know
                known = self.places[slug] if of == tenant_id else ()
                found[table].add(known.index(place) if place in known else -1)
            db.session.rollback()
        return found


def build(app: Flask) -> World:
    owners = {slug: make.tenant(slug) for slug in SLUGS}
    places = {slug: _places(owner.tenant_id) for slug, owner in owners.items()}
    with entered(Scope()):
        people = [
            tenants.register_user(email=f"p{n}@x.example", name=f"P{n}", password_hash=None).id
            for n in range(3)
        ]
        db.session.commit()
    db.session.remove()
    return World(app, owners, places, people, clock.now() - timedelta(seconds=60))


def _places(tenant_id: uuid.UUID) -> list[uuid.UUID]:
    with tenant_scope(tenant_id):
        opened = [lanes.opened(tenant_id) for _ in range(3)]
    db.session.remove()
    return [lane.establishment_id for lane in opened]
