"""Work that is promised for a day: what it says which one, and when that has begun.

Whoever promises it and whoever does it may be two machines, whose clocks are never quite the same.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from portal.kit import clock

_DAY: Final = "day"


class TooSoon(RuntimeError):
    """By this worker's clock the day has not begun: done now, it would be done for the day before.

    The promise is kept once a day, so that its own day would then have none.
    """


def of(day: date) -> dict[str, Any]:
    """The payload of what is promised for this day."""
    return {_DAY: day.isoformat()}


def begun(payload: Mapping[str, Any]) -> date:
    """The present day, however late the work is done.  Raises :class:`TooSoon`."""
    today, told = clock.today(), payload.get(_DAY)
    if told is not None and today < date.fromisoformat(told):
        raise TooSoon(f"it is promised for {told}, and here it is {today}")
    return today
