"""Reads over the journal as the current scope sees it: a list sees its establishments' part."""

import uuid
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from portal.audit.models import AuditEvent, AuditLink
from portal.kit.clock import PARIS
from tenants.db import AnyRow, db

#: Beyond, the page asks for a narrower choice instead of counting millions.
COUNTED = 10_000
#: Among so many of the last deeds the people offered as a choice are looked for.
_LATELY = 5_000
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Choice:
    """Which deeds: all that are given must hold.  Both days are inside, in France's time."""

    since: date | None = None
    until: date | None = None
    person: uuid.UUID | None = None
    kind: str = ""
    establishment: uuid.UUID | None = None
    requirement: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        e = AuditEvent
        held: list[tuple[Any, Any]] = [
            (self.since, lambda day: e.at >= _midnight(day)),
            (self.until, lambda day: e.at < _midnight(day + timedelta(days=1))),
            (self.person, lambda user_id: e.actor_id == user_id),
            (self.kind, lambda kind: e.action.startswith(f"{kind}.", autoescape=True)),
            (self.establishment, lambda place: e.establishment_id == place),
            (self.requirement, lambda code: e.requirement_code == code),
        ]
        return [condition(value) for value, condition in held if value]


_CHAINED = and_(AuditLink.tenant_id == AuditEvent.tenant_id, AuditLink.event_id == AuditEvent.id)


def deeds(choice: Choice, *, limit: int, offset: int) -> Sequence[AnyRow]:
    """The latest first, with ``position`` in the chain."""
    e = AuditEvent
    return db.session.execute(
        select(
            e.id,
            e.at,
            e.actor_id,
            e.actor_name,
            e.action,
            e.subject_type,
            e.subject_id,
            e.establishment_id,
            e.requirement_code,
            e.details,
            AuditLink.position,
        )
        .join_from(e, AuditLink, _CHAINED)
        .where(*choice.conditions())
        .order_by(e.at.desc(), e.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def count(choice: Choice) -> int:
    """How many deeds, :data:`COUNTED` at most."""
    found = select(AuditEvent.id).where(*choice.conditions()).limit(COUNTED).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def people() -> Sequence[AnyRow]:
    """Who did something lately, as rows (actor_id, actor_name) by name."""
    last = (
        select(AuditEvent.actor_id, AuditEvent.actor_name)
        .where(AuditEvent.actor_id.is_not(None))
        .order_by(AuditEvent.at.desc())
        .limit(_LATELY)
        .subquery()
    )
    names = func.max(last.c.actor_name).label("actor_name")
    return db.session.execute(
        select(last.c.actor_id, names).group_by(last.c.actor_id).order_by(names)
    ).all()


def chained(choice: Choice) -> Generator[tuple[AuditLink, AuditEvent], None, None]:
    """The deeds with their links in the order of the chain, read as they are asked for."""
    asked = (
        select(AuditLink, AuditEvent)
        .join_from(AuditLink, AuditEvent, _CHAINED)
        .where(*choice.conditions())
        .order_by(AuditLink.position)
    )
    with db.session.execute(asked, execution_options={"yield_per": _AT_ONCE}) as rows:
        for link, event in rows:
            yield link, event
            db.session.expunge(link)
            db.session.expunge(event)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)
