"""The portal on the loaded base, one person signed in, and the bare route all is compared with."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
        return owner(self.app, SMALL)

    def exceptions(self) -> Callable[[], float]:
        """One requirement updated, each time with another state."""
        return updates(self.walker, BIG, self.tenant_id, self.establishment)

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
            return answered(self.walker.post(address, form))

        return send

    def _said(self) -> int:
        statement = (
            "SELECT version FROM statement WHERE offering_id = :id AND requirement_code = :code"
        )
        (value,) = read(self.app, self.tenant_id, statement, id=self.offering, code=CODE)
        return int(value)


def updates(
    walker: Walker, slug: str, tenant_id: uuid.UUID, place: uuid.UUID
) -> Callable[[], float]:
    """One requirement updated at one establishment, each time with another state."""
    address = f"/{slug}/etablissements/{place}/exigences/{CODE}"
    states = itertools.cycle(["partial", "implemented"])

    def send() -> float:
        form = {
            "status": next(states),
            "note": "Mesuré.",
            "reviewed_on": clock.today().isoformat(),
            "version": version(walker.app, tenant_id, place),
        }
        return answered(walker.post(address, form))

    return send


def answered(request: Request) -> float:
    """Send a form that is taken; the seconds."""
    seconds = request()
    assert request.status.startswith("303"), request.status
    return seconds


def version(app: Flask, tenant_id: uuid.UUID, place: uuid.UUID) -> int:
    """Of the requirement that is updated and judged, at one establishment."""
    statement = (
        "SELECT version FROM tracked_requirement"
        " WHERE establishment_id = :id AND requirement_code = :code"
    )
    (value,) = read(app, tenant_id, statement, id=place, code=CODE)
    return int(value)


def read(app: Flask, tenant_id: uuid.UUID, statement: str, **told: object) -> list[Any]:
    """The first column of what a provider's base holds, beside any request."""
    with app.app_context(), tenant_scope(tenant_id):
        values = list(db.session.scalars(text(statement), told))
        db.session.remove()
    return values


def owner(app: Flask, slug: str) -> Walker:
    """The person who signed a provider up, at work there."""
    with app.app_context():
        found = db.session.scalar(
            select(UserAccount.id).where(UserAccount.email == f"{slug}@essai.example")
        )
        db.session.remove()
    assert found
    return Walker(app, str(found), f"/{slug}/exigences")


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
    walker = owner(app, BIG)
    return Stage(app, walker, walker.get("/bench/bare"), tenant_id, establishment, offering)
