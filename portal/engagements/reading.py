"""What a room shows of an establishment on its day: the same for the page and for the export."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.engagements import queries
from portal.engagements.models import Engagement
from portal.engagements.queries import Proof
from portal.guide.edition import Edition, Question, Requirement
from portal.kit import clock
from portal.tracking import past


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
