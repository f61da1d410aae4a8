"""Two sessions in a database whose commits are real: one has written when the other begins."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.local.process import wait_until
from portal.tracking import bulk, scores, service
from portal.tracking.effective import Area
from portal.tracking.models import Status, Verdict
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import live, make
from tests.servers import servers
from tests.tracking import oracle, scene
from tests.tracking.scene import CODE, TODAY

OTHER = "MAJ-02"
_BLOCKED = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND wait_event_type = 'Lock'"
)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with live.portal(f"file://{tmp_path_factory.mktemp('together')}") as app:
        yield app


@dataclass
class Desk:
    """A provider in a database whose commits are real, with two offerings and a client of both."""

    app: Flask
    owner: Actor
    one: uuid.UUID
    two: uuid.UUID
    place: uuid.UUID
    director: Actor

    @contextmanager
    def seat(self, scope: Scope | None = None) -> Iterator[None]:
        """A session of its own, as each request has."""
        with self.app.app_context(), tenant_scope(self.owner.tenant_id):
            with entered(scope) if scope else tenant_scope(self.owner.tenant_id):
                yield
            db.session.remove()

    def together(
        self, first: Callable[[], object], second: Callable[[], object], scope: Scope | None = None
    ) -> BaseException | None:
        """Let both happen; what the second was told, if anything.  ``scope`` is the second's."""
        told: list[BaseException] = []

        def begin() -> None:
            try:
                with self.seat(scope):
                    second()
                    db.session.commit()
            except BaseException as error:  # noqa: BLE001 - told to the test's own thread
                told.append(error)

        with self.seat():
            first()
            db.session.flush()
            thread = threading.Thread(target=begin)
            thread.start()
            wait_until(lambda: not thread.is_alive() or self.blocked(), 20)
            db.session.commit()
            thread.join(20)
        assert not thread.is_alive()
        return told[0] if told else None

    def blocked(self) -> bool:
        name = sa.make_url(self.app.config["SQLALCHEMY_DATABASE_URI"]).database
        with self.admin.connect() as connection:
            return bool(connection.scalar(_BLOCKED, {"name": name}))

    @property
    def admin(self) -> sa.Engine:
        return sa.create_engine(servers.admin_url(), poolclass=sa.NullPool)

    def declare(self, offering: uuid.UUID, status: Status, version: int = 0) -> None:
        bulk.declare(
            self.owner,
            edition_id=make.EDITION,
            offering_id=offering,
            code=CODE,
            status=status,
            text=status.value,
            reviewed_on=TODAY,
            version=version,
            today=TODAY,
        )

    def except_(self, code: str, status: Status) -> None:
        service.except_(
            self.owner,
            establishment_id=self.place,
            edition_id=make.EDITION,
            code=code,
            status=status,
            note="Ici seulement.",
            reviewed_on=TODAY,
            version=scene.written(self.place, code),
            today=TODAY,
        )

    def judge(self, version: int) -> None:
        service.judge(
            self.director,
            establishment_id=self.place,
            edition_id=make.EDITION,
            code=CODE,
            verdict=Verdict.RECOGNISED,
            reason="",
            version=version,
            at=scene.at(),
            today=TODAY,
        )

    def told_right(self) -> None:
        """What is kept is what one finds by working it out again."""
        with self.seat():
            tracked = oracle.rows("tracked_requirement")
            verdicts = {
                (row.establishment_id, row.requirement_code): row.verdict.value for row in tracked
            }
            found = oracle.states(oracle.facts(TODAY), tracked, verdicts)
            kept = {(row.establishment_id, row.requirement_code): row for row in tracked}
            for key, state in found.items():
                row = kept[key]
                assert (row.status, row.origin, row.proven, row.recognised) == (
                    (state.status, state.origin, state.proven, state.recognised)
                )
            card = scene.card(self.place)
            scores.count(Area(make.EDITION), TODAY)
            assert scene.card(self.place)[:-1] == card[:-1]


@pytest.fixture
def desk(portal: Flask) -> Desk:
    with portal.app_context():
        owner = make.tenant(f"acme-{uuid.uuid4().hex[:8]}")
        with tenant_scope(owner.tenant_id):
            one, two = make.offering(carries=[CODE, OTHER]), make.offering(carries=[CODE])
            place = scene.client(one, two)
            director = make.member(
                Role.DIRECTOR, establishments=[place], email=f"{uuid.uuid4()}@people.example"
            )
            db.session.remove()
    return Desk(portal, owner, one, two, place, director)
