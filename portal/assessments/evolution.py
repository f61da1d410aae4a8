"""How a house's own answers went from one self-assessment to the next.  Pure.

A mean is over the questions that were given a level: what is not known, or does not apply, is no
zero and is counted apart.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.assessments.models import Answer, Assessment, AssessmentAnswer

#: The levels of the guide.
SCALE: Final = range(5)
Answers = Mapping[int, AssessmentAnswer]


@dataclass(frozen=True)
class Year:
    """One self-assessment that was handed in.

    ``mean`` is of its levels, ``None`` without any; ``total`` their sum; ``counts`` how many
    questions have each level of :data:`SCALE`, the lowest first.
    """

    id: uuid.UUID
    submitted_at: datetime
    answers: Answers
    mean: float | None
    levels: int
    total: int
    counts: Sequence[int]
    unknown: int
    not_applicable: int


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
        sum(given),
        [given.count(level) for level in SCALE],
        sum(it.answer is Answer.UNKNOWN for it in answers.values()),
        sum(it.answer is Answer.NOT_APPLICABLE for it in answers.values()),
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


def means(those: Sequence[Year]) -> Mapping[int, float]:
    """By question, the mean of the levels it was given over these; none where it had none."""
    given: dict[int, list[int]] = {}
    for year in those:
        for number, it in year.answers.items():
            if it.level is not None:
                given.setdefault(number, []).append(it.level)
    return {number: sum(levels) / len(levels) for number, levels in given.items()}
