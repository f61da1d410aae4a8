"""The portal on the loaded base, one person signed in, and the bare route all is compared with."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select, text

from bench.cluster import Servers
from bench.walker import Request, Walker
from portal.app import create_app
from portal.kit import clock
from tenants.access import public
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import Tenant, UserAccount

BIG, SMALL = "prestataire-1", "prestataire-2"
CODE = "SAUV-02"


@dataclass(frozen=True)
class Stage:
    """``establishment`` is one of the big provider's clients; ``offering`` one they all have."""

    app: Flask
    walker: Walker
    bare: Request
    tenant_id: uuid.UUID
    establishment: uuid.UUID
    offering: uuid.UUID

    def small(self) -> Walker:
        """Somebody of the provider with a hundred clients."""
        return Walker(self.app, str(_owner(self.app, SMALL)), SMALL)

    def exceptions(self) -> Callable[[], float]:
        """One requirement updated, each time with another state."""
        address = f"/{BIG}/etablissements/{self.establishment}/exigences/{CODE}"
        states = itertools.cycle(["partial", "implemented"])

        def send() -> float:
            form = {
                "status": next(states),
                "note": "Mesuré.",
                "reviewed_on": clock.today().isoformat(),
                "version": self._version(),
            }
            request = self.walker.post(address, form)
            seconds = request()
            assert request.status.startswith("303"), request.status
            return seconds

        return send

    def declarations(self) -> Callable[[], float]:
        """One statement changed for all the clients that inherit it."""
        address = f"/{BIG}/exigences/{CODE}/{self.offering}"
        states = itertools.cycle(["partial", "implemented"])

        def send() -> float:
            form = {
                "status": next(states),
                "text": "Mesuré.",
                "reviewed_on": clock.today().isoformat(),
                "version": self._said(),
            }
            request = self.walker.post(address, form)
            seconds = request()
            assert request.status.startswith("303"), request.status
            return seconds

        return send

    def _version(self) -> int:
        return self._read(
            "SELECT version FROM tracked_requirement"
            " WHERE establishment_id = :id AND requirement_code = :code",
            self.establishment,
        )

    def _said(self) -> int:
        return self._read(
            "SELECT version FROM statement WHERE offering_id = :id AND requirement_code = :code",
            self.offering,
        )

    def _read(self, statement: str, subject: uuid.UUID) -> int:
        with self.app.app_context(), tenant_scope(self.tenant_id):
            value = db.session.execute(text(statement), {"id": subject, "code": CODE}).scalar_one()
            db.session.remove()
        return int(value)


def _owner(app: Flask, slug: str) -> uuid.UUID:
    with app.app_context():
        found = db.session.scalar(
            select(UserAccount.id).where(UserAccount.email == f"{slug}@essai.example")
        )
        db.session.remove()
    assert found
    return found


def set_up(servers: Servers) -> Stage:
    app = create_app(servers.settings)
    with app.app_context():
        tenant_id = db.session.execute(select(Tenant.id).where(Tenant.slug == BIG)).scalar_one()
        db.session.rollback()
        with tenant_scope(tenant_id):
            client = text("SELECT id FROM establishment WHERE stage = 'client' ORDER BY id LIMIT 1")
            establishment = db.session.execute(client).scalar_one()
            said = text(
                "SELECT offering_id FROM statement WHERE requirement_code = :code"
                " ORDER BY offering_id LIMIT 1"
            )
            offering = db.session.execute(said, {"code": CODE}).scalar_one()
        db.session.remove()

    @public
    def bare() -> str:
        """One indexed query, and nothing else that a page would do."""
        return db.session.execute(select(Tenant.name).where(Tenant.id == tenant_id)).scalar_one()

    app.add_url_rule("/bench/bare", "bench_bare", bare)
    walker = Walker(app, str(_owner(app, BIG)), BIG)
    return Stage(app, walker, walker.get("/bench/bare"), tenant_id, establishment, offering)
