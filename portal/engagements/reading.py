"""What a room shows of an establishment on its day: the same for the page and for the export."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.engagements import queries
from portal.engagements.models import Engagement
from portal.engagements.queries import Proof
from portal.guide.edition import Edition, Question, Requirement
from portal.kit import clock
from portal.tracking import past
from tenants.db import db


@dataclass(frozen=True)
class Sheet:
    """The questions that are audited, and each requirement as it stood; ``None`` when not told."""

    day: date
    questions: Sequence[tuple[Question, Sequence[Requirement]]]
    states: Mapping[str, dict[str, Any]]
    begins: date | None


def sheet(found: Engagement, establishment_id: uuid.UUID, edition: Edition, today: date) -> Sheet:
    day = queries.day(found, today)
    codes = queries.codes(found, edition)
    return Sheet(
        day,
        [(edition.question(number), edition.by_question[number]) for number in found.questions],
        past.as_of(establishment_id, edition.id, day, codes=codes),
        past.begins([establishment_id]),
    )


def proofs(
    found: Engagement, establishment_id: uuid.UUID, code: str, state: Mapping[str, Any], today: date
) -> Sequence[Proof]:
    """What proved on the day of the audit."""
    day = queries.day(found, today)
    inherited = state["origin"] == "statement"
    return queries.proofs(
        establishment_id,
        code,
        offering_id=state["offering"] if inherited else None,
        day=day,
        until=clock.end_of(day),
    )


def readings(engagement_id: uuid.UUID, establishment_id: uuid.UUID) -> Mapping[str, datetime]:
    """By SHA-256, when an auditor first took a proof away that was shown there."""
    a = AuditEvent
    digest = a.details["sha256"].as_string()
    rows = db.session.execute(
        select(digest, func.min(a.at))
        .where(
            a.subject_type == "engagement",
            a.subject_id == engagement_id,
            a.establishment_id == establishment_id,
            a.action == "engagement.downloaded",
        )
        .group_by(digest)
    )
    return {row[0]: row[1] for row in rows if row[0]}
