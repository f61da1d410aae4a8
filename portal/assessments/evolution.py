"""How a house's own answers went from one self-assessment to the next.  Pure.

A mean is over the questions that were given a level: what is not known, or does not apply, is no
zero and is counted apart.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.assessments.models import Answer, Assessment, AssessmentAnswer

Answers = Mapping[int, AssessmentAnswer]


@dataclass(frozen=True)
class Year:
    """One self-assessment that was handed in.  ``mean`` is of its levels, ``None`` without any."""

    id: uuid.UUID
    submitted_at: datetime
    answers: Answers
    mean: float | None
    levels: int
    unknown: int


def years(past: Sequence[Assessment], answers: Mapping[uuid.UUID, Answers]) -> Sequence[Year]:
    """Those that were handed in, in the order given."""
    return [
        _year(it.id, it.submitted_at, answers.get(it.id, {}))
        for it in past
        if it.submitted_at is not None
    ]


def _year(assessment_id: uuid.UUID, at: datetime, answers: Answers) -> Year:
    given = [it.level for it in answers.values() if it.level is not None]
    return Year(
        assessment_id,
        at,
        answers,
        sum(given) / len(given) if given else None,
        len(given),
        sum(it.answer is Answer.UNKNOWN for it in answers.values()),
    )


def steps(those: Sequence[Year]) -> Mapping[int, int]:
    """By question, how many levels it went up or down from the first to the last of them.

    A question without a level at either end has no step.
    """
    if len(those) < len(("first", "last")):
        return {}
    first, last = those[0].answers, those[-1].answers
    return {
        number: after.level - before.level
        for number, after in last.items()
        if after.level is not None
        and (before := first.get(number)) is not None
        and before.level is not None
    }
