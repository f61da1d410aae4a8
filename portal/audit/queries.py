"""Reads over the journal."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from portal.audit.models import AuditEvent
from tenants.db import db

#: What tells of a reader, and of no change.
READINGS = ("engagement.consulted",)


def history(subject_id: uuid.UUID, *, limit: int = 100) -> Sequence[AuditEvent]:
    """The deeds on one subject, latest first."""
    return db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    ).all()


def establishment_history(
    establishment_id: uuid.UUID,
    *,
    requirement_code: str | None = None,
    readings: bool = True,
    limit: int = 100,
) -> Sequence[AuditEvent]:
    """The deeds that concern one establishment, or one of its requirements, latest first."""
    return db.session.scalars(
        select(AuditEvent)
        .where(*_of_place(establishment_id, requirement_code, readings=readings))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    ).all()


def establishment_deeds(
    establishment_id: uuid.UUID, *, requirement_code: str | None = None, readings: bool = True
) -> int:
    """How many of them there are."""
    asked = _of_place(establishment_id, requirement_code, readings=readings)
    return db.session.scalar(select(func.count()).select_from(AuditEvent).where(*asked)) or 0


def _of_place(
    establishment_id: uuid.UUID, requirement_code: str | None, *, readings: bool
) -> list[ColumnElement[bool]]:
    asked = [AuditEvent.establishment_id == establishment_id]
    if requirement_code is not None:
        asked.append(AuditEvent.requirement_code == requirement_code)
    if not readings:
        asked.append(AuditEvent.action.not_in(READINGS))
    return asked


def histories(subject_ids: Sequence[uuid.UUID], *, limit: int = 30) -> Sequence[AuditEvent]:
    """The deeds on several subjects together, latest first."""
    if not subject_ids:
        return []
    return db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_id.in_(subject_ids))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    ).all()
