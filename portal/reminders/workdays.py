"""Days on which nobody is reminded of anything: weekends and French public holidays.

Eleven holidays by the Labour Code, L3133-1; two more in Alsace-Moselle (L3134-13), where Good
Friday is one in parishes that have a Protestant church and a mixed one, and is kept by nearly all.
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

_DAY = timedelta(days=1)
_SATURDAY = 5
_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
#: Days after Easter Sunday: Easter Monday, Ascension, Whit Monday.
_MOVING = (1, 39, 50)


class Calendar(StrEnum):
    """Which days are quiet."""

    FRANCE = "france"
    ALSACE_MOSELLE = "alsace_moselle"
    #: Reminders leave on any day.
    NONE = "none"


def is_quiet(day: date, calendar: Calendar) -> bool:
    if calendar is Calendar.NONE:
        return False
    return day.weekday() >= _SATURDAY or day in holidays(day.year, calendar)


def covered(day: date, calendar: Calendar) -> date:
    """The last day that a message of ``day`` has to tell of: the next one leaves after it."""
    last = day
    while is_quiet(last + _DAY, calendar):
        last += _DAY
    return last


@lru_cache(maxsize=64)
def holidays(year: int, calendar: Calendar) -> frozenset[date]:
    sunday = easter(year)
    days = {date(year, month, day) for month, day in _FIXED}
    days |= {sunday + after * _DAY for after in _MOVING}
    if calendar is Calendar.ALSACE_MOSELLE:
        days |= {sunday - 2 * _DAY, date(year, 12, 26)}
    return frozenset(days)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the moon's tables (Butcher's algorithm, 1876)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - shift + 15) % 30
    quads, odd = divmod(of_century, 4)
    weekday = (32 + 2 * rest + 2 * quads - epact - odd) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
