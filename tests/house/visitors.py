"""Who knocks at every door, and the little world they knock in."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Map, Rule

from portal.kit import clock
from portal.publiclog import growing, jobs
from portal.publiclog import service as publiclog
from portal.publiclog.models import LogCheckpoint
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import Membership
from tenants.roles import PROVIDER_ROLES, Role
from tests import make
from tests.conftest import sign_in
from tests.house import lanes, tree
from tests.house.rows import Lane

tree.import_tables()

#: Whose rows an id in an address names.  A parameter that is missing here fails the tests.
TABLE_OF = {
    "establishment_id": "establishment",
    "offering_id": "offering",
    "contract_id": "contract",
    "evidence_id": "evidence",
    "file_request_id": "file_request",
    "collection_id": "collection",
    "link_id": "evidence_link",
    "act_id": "bulk_act",
    "run_id": "import_run",
    "batch_id": "attestation_batch",
    "brief_id": "brief",
    "attestation_id": "attestation",
    "mail_id": "mail",
    "suppression_id": "mail_suppression",
    "notice_id": "notice",
    "body_id": "managing_body",
    "invitation_id": "invitation",
    "membership_id": "membership",
    "contest_id": "contest",
    "judgement_id": "judgement",
    "answer_id": "house_answer",
    "engagement_id": "engagement",
    "request_id": "audit_request",
    "finding_id": "audit_finding",
    "action_id": "action",
    "archive_id": "record_archive",
    "prior_id": "prior_record",
    "file_id": "prior_file",
}
#: What other parameters hold when something is there.
PLAIN: Mapping[str, object] = MappingProxyType(
    {
        "code": "PARC-01",
        "number": 1,
        "slug": "acme",
        "kind": "csv",
        "tenant_slug": "acme",
        "question": 1,
        "token": "x",
        "shape": "taches",
        "tile": "0/000.p/1",
        "verifier": "treize_verifier.py",
        "state": "done",
        "name": "record-1",
        "version": 1,
    }
)


@dataclass(frozen=True)
class World:
    """Acme with one person of each role and a full set of rows; Globex with its owner and rows."""

    app: Flask
    people: Mapping[str, Actor]
    inside: Lane
    outside: Lane
    foreign: Lane

    def client(self, who: str | None) -> FlaskClient:
        client = self.app.test_client()
        if who is not None:
            sign_in(client, self.people[who])
        return client

    def address(
        self, rule: str, lane: Lane | None = None, *, slug: str = "acme", seed: int = 0
    ) -> str:
        """The rule with this lane's ids, or with ids of nothing at all."""
        parsed = Rule(rule)
        Map([parsed])
        values = {name: self._value(name, lane, seed) for name in parsed.arguments}
        if "tenant_slug" in values:
            values["tenant_slug"] = slug
        built = parsed.build(values)
        assert built is not None, rule
        return built[1]

    @staticmethod
    def _value(name: str, lane: Lane | None, seed: int) -> object:
        if name in PLAIN:
            return PLAIN[name]
        table = TABLE_OF[name]
        return lane.rows[table]["id"] if lane else uuid.UUID(int=seed + 1)


def build(app: Flask) -> World:
    owner, stranger = make.tenant("acme"), make.tenant("globex")
    with tenant_scope(owner.tenant_id):
        inside, outside = (lanes.opened(owner.tenant_id) for _ in range(2))
        people = {"owner": owner, "stranger": stranger} | _people(inside.establishment_id)
        people |= _elsewhere(outside.establishment_id) | _ended(inside.establishment_id)
    db.session.remove()
    with tenant_scope(stranger.tenant_id):
        foreign = lanes.opened(stranger.tenant_id)
    db.session.remove()
    _something_logged()
    return World(app, people, inside, outside, foreign)


def _something_logged() -> None:
    """One entry of the public log, placed, signed for and stamped: the first tile holds it."""
    publiclog.submit([bytes(32)])
    db.session.commit()
    growing.advance(jobs.desk(), clock.now())
    db.session.execute(sa.update(LogCheckpoint).values(token=b"a time", stamped_at=clock.now()))
    db.session.commit()
    db.session.remove()


def _people(establishment_id: uuid.UUID) -> dict[str, Actor]:
    """One of each role; the provider's see everything, the others one establishment."""
    people = {}
    for role in Role:
        if role is not Role.OWNER:
            listed = () if role in PROVIDER_ROLES else [establishment_id]
            people[role.value] = make.member(role, establishments=listed)
    return people


def _elsewhere(establishment_id: uuid.UUID) -> dict[str, Actor]:
    """The same roles at another establishment of the same tenant."""
    return {
        f"{role} elsewhere": make.member(role, establishments=[establishment_id])
        for role in (Role.DIRECTOR, Role.AUDITOR)
    }


def _ended(establishment_id: uuid.UUID) -> dict[str, Actor]:
    """Those whose access is over, by its date or by a decision."""
    now = clock.now()
    late = make.member(
        Role.AUDITOR, establishments=[establishment_id], ends_at=now - timedelta(seconds=1)
    )
    revoked = make.member(Role.MANAGER)
    membership = db.session.scalars(
        sa.select(Membership).where(Membership.user_id == revoked.user_id)
    ).one()
    tenants.revoke(membership, at=now)
    db.session.commit()
    return {"late": late, "revoked": revoked}
