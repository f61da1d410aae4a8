"""What an engagement opens, for how long, and what no engagement may."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.kit import clock
from portal.kit.errors import Refused

#: As people.rules has it for an auditor's access.
LONGEST = timedelta(days=180)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an engagement opens, and for how long."""

    title: str
    purpose: str
    auditors: Collection[uuid.UUID]
    establishments: Collection[uuid.UUID]
    questions: Collection[int]
    period: tuple[date, date]
    as_of: date | None
    ends_at: datetime
    downloads: bool
    watermark: bool

    def check(self, at: datetime, today: date) -> None:
        """Raises ``Refused`` on what cannot be audited."""
        since, until = self.period
        if not set(self.questions) or not set(self.questions) <= set(range(1, 14)):
            raise Refused("Choose at least one question.", field="questions")
        if until < since:
            raise Refused("The last day comes before the first.", field="period_until")
        if self.as_of is not None and self.as_of > today:
            raise Refused("Nobody reads a day to come.", field="as_of")
        if self.ends_at <= at:
            raise Refused("This day is past.", field="ends_on")
        if clock.last_day(self.ends_at) > today + LONGEST:
            raise Refused("An audit lasts 180 days at most.", field="ends_on")
