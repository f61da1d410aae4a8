"""How far what a house feels is from what its provider says.  Pure."""

from enum import StrEnum

from portal.assessments.models import Answer, AssessmentAnswer

#: One level of the guide's five, in per mille of its scale.
LEVEL = 250


class Gap(StrEnum):
    """What the two views of one question come to, seen from the house."""

    SAME = "same"
    #: The house trusts its security less than the provider says.
    LOWER = "lower"
    HIGHER = "higher"
    #: The two agree, and nothing shows it.
    WORD_ALONE = "word_alone"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    #: Nothing to compare with: the house did not answer, or nothing applies here.
    NONE = "none"


def of(answer: AssessmentAnswer | None, declared: int, proven: int) -> Gap:
    """``declared`` and ``proven`` are a scorecard's, per mille, -1 where nothing applies.

    A difference of less than one level is none.
    """
    if answer is None:
        return Gap.NONE
    if answer.level is None:
        return Gap.UNKNOWN if answer.answer is Answer.UNKNOWN else Gap.NOT_APPLICABLE
    if declared < 0:
        return Gap.NONE
    felt = answer.level * LEVEL
    if declared - felt >= LEVEL:
        return Gap.LOWER
    if felt - declared >= LEVEL:
        return Gap.HIGHER
    return Gap.WORD_ALONE if declared - proven >= LEVEL else Gap.SAME
