"""What people said of one establishment, as it is told in its record."""

import uuid
from collections.abc import Iterator

from portal.actions import queries as actions
from portal.actions.models import Origin
from portal.assessments import queries as assessments
from portal.contests import queries as contests
from portal.leaving.voices import (
    Action,
    Answer,
    Assessment,
    Called,
    Contest,
    Message,
    Point,
)


def said(establishment_id: uuid.UUID) -> Iterator[Contest]:
    """Every contest, the open ones first."""
    for row in contests.at_place(establishment_id):
        one = contests.contest(establishment_id, row.id)
        yield Contest(
            question=one.question,
            points=tuple(Point(code=code, said=one.said.get(code, "")) for code in one.codes),
            reason=one.reason,
            opened_by=one.opened_by_name,
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            outcome=one.outcome.value if one.outcome else None,
            messages=tuple(
                Message(side=it.side.value, by=it.author_name, body=it.body, at=it.written_at)
                for it in contests.messages(one.id)
            ),
        )


def felt(establishment_id: uuid.UUID, *, for_house: bool) -> Iterator[Assessment]:
    """The self-assessments that were handed in, the oldest first: a draft is nobody's word yet.

    What was written beside an answer, and by whom, is in the house's own archive alone.
    """
    levels = assessments.levels(establishment_id)
    for one in assessments.submitted(establishment_id):
        answers = levels.get(one.id, {})
        if one.submitted_at is not None:
            yield Assessment(
                submitted_at=one.submitted_at,
                submitted_by=one.submitted_by_name or "",
                answers=tuple(
                    Answer(
                        question=number,
                        answer=answers[number].answer.value,
                        level=answers[number].level,
                        note=answers[number].note if for_house else "",
                        by=answers[number].answered_by_name if for_house else "",
                    )
                    for number in sorted(answers)
                ),
            )


def meant(establishment_id: uuid.UUID) -> Iterator[Action]:
    """Every action, what is left first."""
    for one in actions.at_place(establishment_id):
        yield Action(
            title=one.title,
            note=one.note,
            code=one.requirement_code,
            question=one.question,
            side=one.side.value,
            owner=one.owner_name,
            due_on=one.due_on,
            priority=one.priority.value,
            effort=one.effort.value if one.effort else None,
            state=one.state.value,
            origin=_origin(one.origin),
            opened_by=one.opened_by_name,
            opened_at=one.created_at,
            closed_at=one.closed_at,
            closed_by=one.closed_by_name,
        )


def _origin(known: Origin) -> Called:
    """The published shape has no word for what was taken up from a prior record: by hand, then."""
    if known is Origin.PRIOR:
        return "hand"
    return known.value  # type: ignore[return-value]  # of those that are left
