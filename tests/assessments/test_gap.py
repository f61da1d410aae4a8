"""How far two views of one question are."""

import pytest

from portal.assessments import gap
from portal.assessments.gap import Gap
from portal.assessments.models import Answer, AssessmentAnswer


def felt(level: int) -> AssessmentAnswer:
    return AssessmentAnswer(answer=Answer.LEVEL, level=level)


@pytest.mark.parametrize(
    ("answer", "declared", "proven", "expected"),
    [
        (felt(3), 750, 700, Gap.SAME),
        (felt(3), 999, 999, Gap.SAME),
        (felt(3), 1000, 1000, Gap.LOWER),
        (felt(0), 250, 0, Gap.LOWER),
        (felt(4), 751, 751, Gap.SAME),
        (felt(4), 750, 750, Gap.HIGHER),
        (felt(3), 750, 500, Gap.WORD_ALONE),
        (felt(0), 0, 0, Gap.SAME),
        (felt(2), -1, -1, Gap.NONE),
        (AssessmentAnswer(answer=Answer.UNKNOWN), 1000, 1000, Gap.UNKNOWN),
        (AssessmentAnswer(answer=Answer.NOT_APPLICABLE, note="x"), 0, 0, Gap.NOT_APPLICABLE),
        (None, 1000, 1000, Gap.NONE),
    ],
)
def test_less_than_one_level_is_no_gap(
    answer: AssessmentAnswer | None, declared: int, proven: int, expected: Gap
) -> None:
    assert gap.of(answer, declared, proven) is expected
