"""A provider with clients, and what people do to them, through the portal's own services."""

import itertools
import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.contracts.signals import contracts_changed
from portal.fleet import service as fleet
from portal.fleet.models import Stage
from portal.kit.errors import DomainError
from portal.tracking import bulk, service
from portal.tracking.models import Scorecard, Status, TrackedRequirement, Verdict
from tenants.access import Actor
from tenants.context import Reach, Scope, entered
from tenants.db import AnyRow, Base, db
from tenants.models import Membership
from tests import make
from tests.evidence import proofs

TODAY = date(2026, 6, 15)
CODE = "SAUV-02"
UNKNOWN = uuid.UUID(int=7)
#: No two verdicts at the same instant.
_thoughts = itertools.count()


def at(day: date = TODAY) -> datetime:
    return datetime.combine(day, time(9), UTC)


def later(days: int, today: date = TODAY) -> date:
    return today + timedelta(days)


def client(
    *offering_ids: uuid.UUID,
    name: str | None = None,
    since: date = TODAY - timedelta(40),
    until: date | None = None,
    today: date = TODAY,
    **sheet: Any,
) -> uuid.UUID:
    """An establishment with these offerings, its file open."""
    place = make.establishment(name, stage=Stage.CLIENT, **sheet)
    for offering_id in offering_ids:
        make.contract(place, offering_id, starts_on=since, ends_on=until)
    tell(place, today=today)
    return place


def tell(*places: uuid.UUID, today: date = TODAY) -> None:
    """What contracts say when they have changed."""
    contracts_changed.send(establishment_ids=list(places), today=today)
    db.session.commit()


def declare(
    actor: Actor,
    offering_id: uuid.UUID,
    status: Status = Status.IMPLEMENTED,
    *,
    code: str = CODE,
    text: str = "Une copie chaque nuit.",
    reviewed_on: date | None = None,
    version: int | None = None,
    today: date = TODAY,
) -> uuid.UUID:
    """Declare; returns the act that undoes it.  Without ``version`` the present one is read."""
    act, _ = bulk.declare(
        actor,
        edition_id=make.EDITION,
        offering_id=offering_id,
        code=code,
        status=status,
        text=text,
        reviewed_on=reviewed_on or today,
        version=spoken(offering_id, code) if version is None else version,
        today=today,
    )
    act_id: uuid.UUID = act.id
    db.session.commit()
    return act_id


def spoken(offering_id: uuid.UUID, code: str = CODE) -> int:
    """The version of what an offering says, 0 when it says nothing."""
    statement = Base.metadata.tables["statement"]
    found = db.session.scalar(
        sa.select(statement.c.version).where(
            statement.c.offering_id == offering_id, statement.c.requirement_code == code
        )
    )
    return found or 0


def except_(
    actor: Actor,
    place: uuid.UUID,
    status: Status = Status.PARTIAL,
    *,
    code: str = CODE,
    note: str = "Un site sur deux.",
    reviewed_on: date | None = None,
    version: int | None = None,
    today: date = TODAY,
) -> None:
    service.except_(
        actor,
        establishment_id=place,
        edition_id=make.EDITION,
        code=code,
        status=status,
        note=note,
        reviewed_on=reviewed_on or today,
        version=written(place, code) if version is None else version,
        today=today,
    )
    db.session.commit()


def withdraw(
    actor: Actor,
    place: uuid.UUID,
    *,
    code: str = CODE,
    version: int | None = None,
    today: date = TODAY,
) -> None:
    service.withdraw_exception(
        actor,
        establishment_id=place,
        edition_id=make.EDITION,
        code=code,
        version=written(place, code) if version is None else version,
        today=today,
    )
    db.session.commit()


def judge(
    actor: Actor,
    place: uuid.UUID,
    verdict: Verdict = Verdict.RECOGNISED,
    *,
    code: str = CODE,
    reason: str | None = "Nous ne l’avons pas vu.",
    version: int | None = None,
    when: datetime | None = None,
    today: date = TODAY,
) -> None:
    service.judge(
        actor,
        establishment_id=place,
        edition_id=make.EDITION,
        code=code,
        verdict=verdict,
        reason=reason or "",
        version=written(place, code) if version is None else version,
        at=when or at(today) + timedelta(microseconds=next(_thoughts)),
        today=today,
    )
    db.session.commit()


def archive(actor: Actor, place: uuid.UUID) -> None:
    fleet.archive(actor, place, at=at())
    db.session.commit()


def stage(place: uuid.UUID, kind: Stage) -> None:
    places = Base.metadata.tables["establishment"]
    db.session.execute(sa.update(places).where(places.c.id == place).values(stage=kind))
    db.session.commit()


def prove(
    actor: Actor,
    *codes: str,
    until: date = TODAY + timedelta(200),
    today: date = TODAY,
    **aim: Any,
) -> uuid.UUID:
    """A proof of these requirements (CODE by default)."""
    return proofs.note(actor, *(codes or (CODE,)), valid_until=until, today=today, **aim)


def row(place: uuid.UUID, code: str = CODE) -> AnyRow:
    """One tracked requirement as the database has it."""
    tracked = TrackedRequirement.__table__
    return db.session.execute(
        sa.select(tracked).where(
            tracked.c.establishment_id == place, tracked.c.requirement_code == code
        )
    ).one()


def written(place: uuid.UUID, code: str = CODE) -> int:
    """The version of a tracked requirement, 0 where nothing is tracked."""
    tracked = TrackedRequirement.__table__
    found = db.session.scalar(
        sa.select(tracked.c.version).where(
            tracked.c.establishment_id == place, tracked.c.requirement_code == code
        )
    )
    return found or 0


def card(place: uuid.UUID) -> AnyRow:
    table = Scorecard.__table__
    return db.session.execute(sa.select(table).where(table.c.establishment_id == place)).one()


def totals(*places: uuid.UUID) -> list[tuple[int, int, int]]:
    """Declared, proven and recognised of each establishment, per mille."""
    found = [card(place) for place in places]
    return [(c.declared_total, c.proven_total, c.recognised_total) for c in found]


def whole(*, without: Collection[str] = ()) -> dict[str, Sequence[AnyRow]]:
    """Every row of every table that the scope sees, to tell whether anything moved."""
    db.session.flush()
    return {
        table.name: sorted(db.session.execute(sa.select(table)).all(), key=repr)
        for table in Base.metadata.sorted_tables
        if table.name not in without
    }


def listed(actor: Actor) -> Scope:
    """The scope in which a director's or an auditor's requests run."""
    membership_id = db.session.scalar(
        sa.select(Membership.id).where(Membership.user_id == actor.user_id)
    )
    scope = Scope(
        tenant_id=actor.tenant_id,
        reach=Reach.LISTED,
        membership_id=membership_id,
        user_id=actor.user_id,
    )
    db.session.rollback()
    return scope


def judge_as(director: Actor, place: uuid.UUID, *args: Any, **kwargs: Any) -> None:
    """Judge in the director's own scope, which sees her establishments alone."""
    scope = listed(director)
    with entered(scope):
        judge(director, place, *args, **kwargs)
    db.session.rollback()


def refused(kind: type[DomainError], deed: Callable[[], object]) -> DomainError:
    """What it was refused with; nothing at all has moved."""
    before = whole()
    db.session.rollback()
    with pytest.raises(kind) as caught:
        deed()
    db.session.rollback()
    assert whole() == before
    return caught.value
