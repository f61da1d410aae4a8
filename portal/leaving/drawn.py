"""The figures of a chapter, as the ring and the table beside it are drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.leaving.record import Chapter


@dataclass(frozen=True)
class Card:
    """Thirteen shares of each, in per mille, and their totals; ``None`` where nothing applies."""

    declared: Sequence[int | None]
    proven: Sequence[int | None]
    recognised: Sequence[int | None]
    declared_total: int | None
    proven_total: int | None
    recognised_total: int | None


def card(chapter: Chapter) -> Card | None:
    """``None`` where the establishment was not followed."""
    questions, totals = chapter.questions, chapter.totals
    if totals is None or [one.number for one in questions] != list(range(1, 14)):
        return None
    return Card(
        [one.declared for one in questions],
        [one.proven for one in questions],
        [one.recognised for one in questions],
        totals.declared,
        totals.proven,
        totals.recognised,
    )
