"""Plain typed factories: rows a test needs and does not want to talk about.

They write in the current scope, commit, and leave the session empty.
"""

import itertools
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from portal.contracts.models import Contract, Offering, OfferingRequirement, Part
from portal.fleet.models import Establishment, ManagingBody, Stage, Tier
from portal.kit import clock
from portal.kit.folding import fold
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, current_tenant_id, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role

EDITION = "2026.1"
_number = itertools.count(1)


def _next() -> int:
    return next(_number)


def _kept() -> None:
    db.session.commit()
    db.session.expire_all()


def tenant(slug: str, *, name: str | None = None) -> Actor:
    """A provider and its owner."""
    with entered(Scope()):
        opened = tenants.open_tenant(
            slug=slug, name=name or slug.title(), siren=None, edition_id=EDITION
        )
        person = tenants.register_user(
            email=f"owner@{slug}.example", name=f"Owner of {slug}", password_hash=None
        )
        tenant_id, user_id, person_name = opened.id, person.id, person.name
        db.session.commit()
    with tenant_scope(tenant_id):
        tenants.admit(user_id, role=Role.OWNER)
        db.session.commit()
    db.session.remove()
    return Actor(user_id, tenant_id, Role.OWNER, person_name)


def member(
    role: Role,
    *,
    establishments: Iterable[uuid.UUID] = (),
    email: str | None = None,
    ends_at: datetime | None = None,
) -> Actor:
    """Somebody with ``role`` in the current tenant."""
    number = _next()
    person = tenants.register_user(
        email=email or f"{role.value}{number}@people.example",
        name=f"{role.value.title()} {number}",
        password_hash=None,
    )
    tenants.admit(person.id, role=role, establishments=establishments, ends_at=ends_at)
    actor = Actor(person.id, current_tenant_id(), role, person.name)
    _kept()
    return actor


def managing_body(name: str = "Association Exemple") -> uuid.UUID:
    body = ManagingBody(name=name, finess=None)
    db.session.add(body)
    db.session.flush()
    body_id = body.id
    _kept()
    return body_id


def establishment(
    name: str | None = None,
    *,
    stage: Stage = Stage.CLIENT,
    tier: Tier = Tier.BASELINE,
    conditions: Iterable[str] = (),
    managing_body_id: uuid.UUID | None = None,
    finess: str | None = None,
) -> uuid.UUID:
    """An establishment of the current tenant; its tracked rows are not opened."""
    number = _next()
    name = name or f"EHPAD Exemple {number}"
    row = Establishment(
        name=name,
        finess=finess,
        stage=stage,
        tier=tier,
        conditions=list(conditions),
        managing_body_id=managing_body_id,
        search=fold(name),
    )
    db.session.add(row)
    db.session.flush()
    establishment_id = row.id
    _kept()
    return establishment_id


def offering(
    code: str | None = None, *, carries: Iterable[str] = (), included: bool = False
) -> uuid.UUID:
    """An offering that carries the requirements with these codes."""
    row = Offering(code=code or f"offre{_next()}", name=f"Offre {_next()}", included=included)
    db.session.add(row)
    db.session.flush()
    offering_id = row.id
    db.session.add_all(
        OfferingRequirement(
            offering_id=offering_id, edition_id=EDITION, requirement_code=c, part=Part.CARRIES
        )
        for c in carries
    )
    _kept()
    return offering_id


def contract(
    establishment_id: uuid.UUID,
    offering_id: uuid.UUID,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> uuid.UUID:
    """A contract row alone; nothing is recomputed."""
    row = Contract(
        establishment_id=establishment_id,
        offering_id=offering_id,
        starts_on=starts_on or clock.today() - timedelta(days=30),
        ends_on=ends_on,
    )
    db.session.add(row)
    db.session.flush()
    contract_id = row.id
    _kept()
    return contract_id


def actor_of(user_id: uuid.UUID, role: Role) -> Actor:
    person = tenancy.user(user_id)
    assert person is not None
    return Actor(user_id, current_tenant_id(), role, person.name)
