"""Reads over offerings and contracts."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select, text, true, union

from portal.contracts.models import (
    Contract,
    ContractBearer,
    Offering,
    OfferingRequirement,
    Part,
)
from portal.kit.errors import NotFound
from tenants.context import current_tenant_id
from tenants.db import db


def running(today: date) -> ColumnElement[bool]:
    """Whether a contract runs on ``today``; its last day still counts."""
    return and_(
        Contract.starts_on <= today, or_(Contract.ends_on.is_(None), Contract.ends_on >= today)
    )


def active(today: date) -> Subquery:
    """Pairs (establishment_id, offering_id) in force; included offerings come with any contract."""
    signed = select(Contract.establishment_id, Contract.offering_id).where(running(today))
    clients = select(Contract.establishment_id).where(running(today)).distinct().subquery("clients")
    included = (
        select(clients.c.establishment_id, Offering.id)
        .join_from(clients, Offering, true())
        .where(Offering.included, Offering.archived_at.is_(None))
    )
    return union(signed, included).subquery("active")


@dataclass(frozen=True)
class OfferingLine:
    """An offering, how many establishments have it today, how many requirements it serves."""

    id: uuid.UUID
    code: str
    name: str
    description: str
    included: bool
    archived_at: datetime | None
    version: int
    clients: int
    carries: int
    supports: int


def offerings(edition_id: str, today: date) -> Sequence[OfferingLine]:
    """Every offering of the tenant in its order, archived ones last."""
    sold = (
        select(
            Contract.offering_id,
            func.count(Contract.establishment_id.distinct()).label("clients"),
        )
        .where(running(today))
        .group_by(Contract.offering_id)
        .subquery("sold")
    )
    everyone = (
        select(func.count(Contract.establishment_id.distinct()))
        .where(running(today))
        .scalar_subquery()
    )
    served = (
        select(
            OfferingRequirement.offering_id,
            func.count().filter(OfferingRequirement.part == Part.CARRIES).label("carries"),
            func.count().filter(OfferingRequirement.part == Part.SUPPORTS).label("supports"),
        )
        .where(OfferingRequirement.edition_id == edition_id)
        .group_by(OfferingRequirement.offering_id)
        .subquery("served")
    )
    comes_along = and_(Offering.included, Offering.archived_at.is_(None))
    rows = db.session.execute(
        select(
            Offering.id,
            Offering.code,
            Offering.name,
            Offering.description,
            Offering.included,
            Offering.archived_at,
            Offering.version,
            case((comes_along, everyone), else_=func.coalesce(sold.c.clients, 0)),
            func.coalesce(served.c.carries, 0),
            func.coalesce(served.c.supports, 0),
        )
        .outerjoin(sold, sold.c.offering_id == Offering.id)
        .outerjoin(served, served.c.offering_id == Offering.id)
        .order_by(Offering.archived_at.is_not(None), Offering.position, Offering.name, Offering.id)
    )
    return [OfferingLine(*row) for row in rows]


def offering(offering_id: uuid.UUID, *, lock: bool = False) -> Offering:
    """One offering, locked as it is by now.

    Raises :class:`NotFound`, for a foreign id as for an unknown one.
    """
    wanted = select(Offering).where(Offering.id == offering_id)
    if lock:
        locked = wanted.with_for_update(key_share=True)
        wanted = locked.execution_options(populate_existing=True)
    found: Offering | None = db.session.scalar(wanted)
    if found is None:
        raise NotFound
    return found


def offering_codes() -> frozenset[str]:
    """The codes taken in this tenant, archived offerings included."""
    return frozenset(db.session.scalars(select(Offering.code)))


def offering_names() -> dict[uuid.UUID, str]:
    """Every offering in reach, archived ones included."""
    return {row.id: row.name for row in db.session.execute(select(Offering.id, Offering.name))}


def name_taken(name: str, *, except_id: uuid.UUID | None = None) -> bool:
    """Whether another offering on sale bears this name, whatever its capitals."""
    same = select(Offering.id).where(
        func.lower(Offering.name) == name.lower(), Offering.archived_at.is_(None)
    )
    if except_id is not None:
        same = same.where(Offering.id != except_id)
    return db.session.scalar(same.limit(1)) is not None


def on_sale() -> Sequence[tuple[uuid.UUID, str]]:
    """Offerings that a contract may be signed for: (id, name), in their order."""
    rows = db.session.execute(
        select(Offering.id, Offering.name)
        .where(Offering.archived_at.is_(None))
        .order_by(Offering.position, Offering.name, Offering.id)
    )
    return [(row[0], row[1]) for row in rows]


def to_sign() -> Sequence[tuple[uuid.UUID, str, bool]]:
    """As :func:`on_sale`, with whether the offering comes with every contract; those come last."""
    o = Offering
    rows = db.session.execute(
        select(o.id, o.name, o.included)
        .where(o.archived_at.is_(None))
        .order_by(o.included, o.position, o.name, o.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def served(offering_id: uuid.UUID, edition_id: str) -> Sequence[OfferingRequirement]:
    """What an offering carries and supports, by requirement code."""
    return db.session.scalars(
        select(OfferingRequirement)
        .where(
            OfferingRequirement.offering_id == offering_id,
            OfferingRequirement.edition_id == edition_id,
        )
        .order_by(OfferingRequirement.requirement_code)
    ).all()


def clients(today: date) -> Sequence[uuid.UUID]:
    """Every establishment with a contract in force."""
    return db.session.scalars(
        select(Contract.establishment_id).where(running(today)).distinct()
    ).all()


def clients_of(offering_id: uuid.UUID, today: date) -> Sequence[uuid.UUID]:
    """The establishments that have this offering today, by contract or because it is included."""
    pairs = active(today)
    return db.session.scalars(
        select(pairs.c.establishment_id).where(pairs.c.offering_id == offering_id).distinct()
    ).all()


def signed(offering_id: uuid.UUID, today: date) -> Sequence[uuid.UUID]:
    """The establishments with a contract of their own for this offering today."""
    return db.session.scalars(
        select(Contract.establishment_id)
        .where(running(today), Contract.offering_id == offering_id)
        .distinct()
    ).all()


@dataclass(frozen=True)
class ContractLine:
    """A contract of one establishment; ``ends_on`` is its last day."""

    id: uuid.UUID
    offering_id: uuid.UUID
    offering: str
    starts_on: date
    ends_on: date | None
    note: str
    included: bool

    def stage(self, today: date) -> str:
        """``coming``, ``running`` or ``over`` on that day."""
        if self.starts_on > today:
            return "coming"
        return "over" if self.ends_on is not None and self.ends_on < today else "running"


def contracts_of(establishment_id: uuid.UUID) -> Sequence[ContractLine]:
    """All contracts of one establishment, latest first."""
    rows = db.session.execute(
        select(
            Contract.id,
            Contract.offering_id,
            Offering.name,
            Contract.starts_on,
            Contract.ends_on,
            Contract.note,
            Offering.included,
        )
        .join(Offering, Offering.id == Contract.offering_id)
        .where(Contract.establishment_id == establishment_id)
        .order_by(Contract.starts_on.desc(), Offering.position, Offering.name, Contract.id)
    )
    return [ContractLine(*row) for row in rows]


_ACTIVE_HERE = text("""
    WITH running AS (
        SELECT c.offering_id FROM contract c
         WHERE c.tenant_id = :tenant AND c.establishment_id = :establishment
           AND c.starts_on <= :today AND (c.ends_on IS NULL OR c.ends_on >= :today)
    )
    SELECT o.id, o.name FROM offering o
     WHERE o.tenant_id = :tenant
       AND (o.id IN (SELECT offering_id FROM running)
            OR (o.included AND o.archived_at IS NULL AND EXISTS (SELECT FROM running)))
     ORDER BY o.position, o.name, o.id
""")


def active_offerings(establishment_id: uuid.UUID, today: date) -> Sequence[tuple[uuid.UUID, str]]:
    """The offerings in force at one establishment: (id, name), in the provider's order."""
    rows = db.session.execute(
        _ACTIVE_HERE,
        {"tenant": current_tenant_id(), "establishment": establishment_id, "today": today},
    )
    return [(row[0], row[1]) for row in rows]


def contract(contract_id: uuid.UUID, *, lock: bool = False) -> Contract:
    """One contract, locked as it is by now.  Raises :class:`NotFound`."""
    wanted = select(Contract).where(Contract.id == contract_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found: Contract | None = db.session.scalar(wanted)
    if found is None:
        raise NotFound
    return found


def overlaps(found: Contract, ends_on: date | None) -> bool:
    """Whether another contract for the same offering would run beside this one."""
    other = select(Contract.id).where(
        Contract.establishment_id == found.establishment_id,
        Contract.offering_id == found.offering_id,
        Contract.id != found.id,
        or_(Contract.ends_on.is_(None), Contract.ends_on >= found.starts_on),
    )
    if ends_on is not None:
        other = other.where(Contract.starts_on <= ends_on)
    return db.session.scalar(other.limit(1)) is not None


def bearers_of(contract_id: uuid.UUID) -> Sequence[ContractBearer]:
    """What one contract says of bearers, where it differs from its offering."""
    return db.session.scalars(
        select(ContractBearer)
        .where(ContractBearer.contract_id == contract_id)
        .order_by(ContractBearer.requirement_code)
    ).all()
