"""Reads over the journal."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from portal.audit.models import AuditEvent
from tenants.db import db


def history(subject_id: uuid.UUID, *, limit: int = 100) -> Sequence[AuditEvent]:
    """The deeds on one subject, latest first."""
    return db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    ).all()


def establishment_history(
    establishment_id: uuid.UUID, *, requirement_code: str | None = None, limit: int = 100
) -> Sequence[AuditEvent]:
    """The deeds that concern one establishment, or one of its requirements, latest first."""
    return db.session.scalars(
        select(AuditEvent)
        .where(*_of_place(establishment_id, requirement_code))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    ).all()


def establishment_deeds(establishment_id: uuid.UUID, *, requirement_code: str | None = None) -> int:
    """How many of them there are."""
    counted = select(func.count()).select_from(AuditEvent)
    return db.session.scalar(counted.where(*_of_place(establishment_id, requirement_code))) or 0


def _of_place(
    establishment_id: uuid.UUID, requirement_code: str | None
) -> list[ColumnElement[bool]]:
    asked = [AuditEvent.establishment_id == establishment_id]
    if requirement_code is not None:
        asked.append(AuditEvent.requirement_code == requirement_code)
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
