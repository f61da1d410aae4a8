"""Words for what a house answers."""

from collections.abc import Mapping
from typing import Final

from portal.assessments.models import Answer

ANSWERS: Final[Mapping[Answer, str]] = {
    Answer.LEVEL: "a level",
    Answer.UNKNOWN: "does not know",
    Answer.NOT_APPLICABLE: "not applicable to us",
}
