"""What an establishment contests, told once where one objection is about several requirements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from portal.kit import clock
from portal.tracking.models import Verdict
from tenants.db import AnyRow


@dataclass(frozen=True)
class Objection:
    """The same words about requirements of one question, by one person on one day in France."""

    question: int
    reason: str
    by_name: str
    since: date
    codes: Sequence[str]


def of(rows: Iterable[AnyRow]) -> Sequence[Objection]:
    """Of rows as ``tracking.sheet`` has them, in their order."""
    found: dict[tuple[int, str, str, date], list[str]] = {}
    for row in rows:
        if row.applies and row.verdict is Verdict.CONTESTED:
            said = (row.question, row.verdict_reason, row.verdict_by_name or "")
            found.setdefault((*said, clock.day_of(row.verdict_at)), []).append(row.requirement_code)
    return [Objection(*about, codes) for about, codes in found.items()]
