"""Reads over statements, tracked requirements and scorecards.  Lists are rows, not entities."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute

from portal.contracts import queries as contracts
from portal.contracts.models import Contract, Offering, OfferingRequirement
from portal.fleet.models import Establishment, Stage
from portal.kit.errors import NotFound
from portal.tracking import kept, turn
from portal.tracking.models import (
    Origin,
    Statement,
    Status,
    TrackedRequirement,
    Verdict,
)
from tenants.context import Scope, current_tenant_id
from tenants.db import AnyRow, db
from tenants.scoping import find


def statement(offering_id: uuid.UUID, edition_id: str, code: str) -> Statement | None:
    return db.session.scalar(
        select(Statement).where(
            Statement.offering_id == offering_id,
            Statement.edition_id == edition_id,
            Statement.requirement_code == code,
        )
    )


def offered(offering_id: uuid.UUID, edition_id: str, code: str) -> OfferingRequirement:
    """The link that lets an offering speak of a requirement, or :class:`NotFound`."""
    found: OfferingRequirement | None = db.session.scalar(
        select(OfferingRequirement).where(
            OfferingRequirement.offering_id == offering_id,
            OfferingRequirement.edition_id == edition_id,
            OfferingRequirement.requirement_code == code,
        )
    )
    if found is None:
        raise NotFound
    return found


def declared(
    establishment_id: uuid.UUID, edition_id: str, code: str, today: date
) -> Sequence[Status]:
    """What the offerings in force at an establishment say of a requirement that they serve."""
    here, s, q = contracts.active(today), Statement, OfferingRequirement
    serving = and_(
        q.tenant_id == s.tenant_id,
        q.offering_id == s.offering_id,
        q.edition_id == s.edition_id,
        q.requirement_code == s.requirement_code,
    )
    return db.session.scalars(
        select(s.status)
        .join(here, here.c.offering_id == s.offering_id)
        .join(q, serving)
        .where(
            here.c.establishment_id == establishment_id,
            s.edition_id == edition_id,
            s.requirement_code == code,
            s.status != Status.UNKNOWN,
        )
    ).all()


def clients_of(offering_id: uuid.UUID, today: date) -> Sequence[uuid.UUID] | None:
    """Establishments with this offering today; ``None`` (all) for one included everywhere."""
    included = db.session.scalar(select(Offering.included).where(Offering.id == offering_id))
    if included:
        return None
    return db.session.scalars(
        select(Contract.establishment_id)
        .where(
            Contract.offering_id == offering_id,
            Contract.starts_on <= today,
            or_(Contract.ends_on.is_(None), Contract.ends_on >= today),
        )
        .distinct()
    ).all()


def tracked(
    establishment_id: uuid.UUID, edition_id: str, code: str, *, lock: bool = False
) -> TrackedRequirement:
    """One tracked requirement; ``lock`` makes a second writer wait for the first."""
    query = select(TrackedRequirement).where(
        TrackedRequirement.establishment_id == establishment_id,
        TrackedRequirement.edition_id == edition_id,
        TrackedRequirement.requirement_code == code,
    )
    found: TrackedRequirement | None = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


_IN_TURN = text(f"""
    WITH turn AS MATERIALIZED ({turn.TAKEN})
    SELECT t.status, t.verdict, t.version, t.house_by_name
      FROM turn CROSS JOIN tracked_requirement t
     WHERE t.tenant_id = :tenant AND t.establishment_id = :establishment
       AND t.edition_id = :edition AND t.requirement_code = :code
       FOR UPDATE OF t
""")  # noqa: S608 -- nothing but our own text


def in_turn(establishment_id: uuid.UUID, edition_id: str, code: str) -> AnyRow:
    """Take one's turn (``turn.take``), then the present state of one."""
    row = db.session.execute(
        _IN_TURN,
        {
            "tenant": current_tenant_id(),
            "establishment": establishment_id,
            "edition": edition_id,
            "code": code,
        },
    ).first()
    if row is None:
        raise NotFound
    return row


def _in_use(place: InstrumentedAttribute[uuid.UUID]) -> ColumnElement[bool]:
    """Whether it is of a client of today: those archived or gone keep their rows, uncounted."""
    e = Establishment
    return exists().where(
        e.tenant_id == place.parent.class_.tenant_id,
        e.id == place,
        e.stage == Stage.CLIENT,
        e.archived_at.is_(None),
    )


def statements(edition_id: str, *, code: str | None = None) -> Sequence[AnyRow]:
    """What each offering can say and says: one row per offering and requirement it bears on."""
    o, q, s = Offering, OfferingRequirement, Statement
    found = (
        select(
            q.requirement_code, q.part, o.id.label("offering_id"), o.name.label("offering_name"),
            o.included, s.id.label("statement_id"), s.status, s.text, s.reviewed_on,
            s.changed_by_name, s.updated_at, func.coalesce(s.version, 0).label("version"),
        )
        .join(o, and_(o.tenant_id == q.tenant_id, o.id == q.offering_id))
        .outerjoin(
            s,
            and_(
                s.tenant_id == q.tenant_id,
                s.offering_id == q.offering_id,
                s.edition_id == q.edition_id,
                s.requirement_code == q.requirement_code,
            ),
        )
        .where(q.edition_id == edition_id, o.archived_at.is_(None))
        .order_by(q.requirement_code, q.part, o.position, o.name, o.id)
    )  # fmt: skip
    if code is not None:
        found = found.where(q.requirement_code == code)
    return db.session.execute(found).all()


@dataclass(frozen=True)
class Spread:
    """How one requirement stands over the fleet: numbers of establishments to which it applies."""

    applies: int = 0
    unknown: int = 0
    has_value: int = 0
    proven: int = 0
    recognised: int = 0
    exceptions: int = 0
    contested: int = 0


def spreads(edition_id: str, moved: str) -> Mapping[str, Spread]:
    """By requirement code.

    ``moved`` is ``kept.mark()``, read before: as long as no score moves, the rows of the
    whole fleet are not counted again.
    """
    return _spreads(kept.audience(), edition_id, moved)


@lru_cache(maxsize=256)
def _spreads(_audience: Scope, edition_id: str, _moved: str) -> Mapping[str, Spread]:
    return _counted(edition_id)


def spread(edition_id: str, code: str) -> Spread:
    """Of one requirement, counted now."""
    return _counted(edition_id, code).get(code, Spread())


def _counted(edition_id: str, code: str | None = None) -> dict[str, Spread]:
    t = TrackedRequirement
    valued = t.status.in_([Status.IMPLEMENTED, Status.ALTERNATIVE, Status.PARTIAL])
    found = (
        select(
            t.requirement_code,
            func.count(),
            func.count().filter(t.status == Status.UNKNOWN),
            func.count().filter(valued),
            func.count().filter(t.proven),
            func.count().filter(t.recognised),
            func.count().filter(t.origin == Origin.OWN),
            func.count().filter(t.verdict == Verdict.CONTESTED),
        )
        .where(t.edition_id == edition_id, t.applies, _in_use(t.establishment_id))
        .group_by(t.requirement_code)
    )
    if code is not None:
        found = found.where(t.requirement_code == code)
    return {row[0]: Spread(*row[1:]) for row in db.session.execute(found)}


def statement_by_id(statement_id: uuid.UUID) -> Statement | None:
    return find(Statement, statement_id)


def followers(offering_id: uuid.UUID, edition_id: str, code: str) -> int:
    """How many establishments inherit what this offering says of a requirement."""
    t = TrackedRequirement
    return (
        db.session.scalar(
            select(func.count()).where(
                t.offering_id == offering_id,
                t.edition_id == edition_id,
                t.requirement_code == code,
                t.origin == Origin.STATEMENT,
                _in_use(t.establishment_id),
            )
        )
        or 0
    )


def exceptions(edition_id: str, code: str, *, limit: int, offset: int) -> Sequence[AnyRow]:
    """A page of the establishments that do not follow the statements on one requirement.

    Each also tells how many they are (``found``); none does beyond the last page.
    """
    t, e = TrackedRequirement, Establishment
    return db.session.execute(
        select(
            e.id, e.name, e.city, t.status, t.note, t.proven, t.verdict,
            func.count().over().label("found"),
        )
        .join(e, and_(e.tenant_id == t.tenant_id, e.id == t.establishment_id))
        .where(
            t.edition_id == edition_id,
            t.requirement_code == code,
            t.origin == Origin.OWN,
            e.stage == Stage.CLIENT,
            e.archived_at.is_(None),
        )
        .order_by(e.name_key, e.id)
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
