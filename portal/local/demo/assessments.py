"""What a few invented establishments answered to the thirteen questions, year after year."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from portal.assessments.models import Answer, Assessment, AssessmentAnswer
from tenants.db import db

#: How long ago each was handed in; none for the draft.
_YEARS: Sequence[int | None] = (740, 372, None)
_SOMEBODY = "La direction"
#: Not known, and not applicable, to show both.
_UNKNOWN, _SPARED = 9, 11


def give(edition_id: str, clients: Sequence[uuid.UUID], today: date) -> None:
    """Two handed in and one begun, at one client in six."""
    for number, client in enumerate(clients[::6]):
        for turn, days in enumerate(_YEARS):
            _write(edition_id, client, turn, number, days, today)
    db.session.flush()


def _write(
    edition_id: str, client: uuid.UUID, turn: int, number: int, days: int | None, today: date
) -> None:
    at = None if days is None else datetime.combine(today - timedelta(days), time(9), UTC)
    assessment = Assessment(
        establishment_id=client,
        edition_id=edition_id,
        opened_by_name=_SOMEBODY,
        due_on=today + timedelta(21) if at is None else None,
        submitted_at=at,
        submitted_by_name=_SOMEBODY if at else None,
    )
    db.session.add(assessment)
    db.session.flush()
    db.session.add_all(
        _answer(assessment, question, turn, number)
        for question in range(1, 14 if at else 5 + number % 4)
    )


def _answer(assessment: Assessment, question: int, turn: int, number: int) -> AssessmentAnswer:
    told = {_UNKNOWN: Answer.UNKNOWN, _SPARED: Answer.NOT_APPLICABLE}.get(question, Answer.LEVEL)
    return AssessmentAnswer(
        establishment_id=assessment.establishment_id,
        assessment_id=assessment.id,
        question=question,
        answer=told,
        level=min(4, (question * 7 + number) % 3 + turn) if told is Answer.LEVEL else None,
        note="Le siège s’en charge pour nous." if told is Answer.NOT_APPLICABLE else "",
        answered_by_name=_SOMEBODY,
    )
