"""Days on which nobody is reminded of anything: weekends and public holidays, where one works.

The holidays are those of the Labour Code, L3133-1, with what each place adds: Alsace-Moselle two
days (L3134-13), each overseas department the day of its abolition of slavery (L3422-2), the
countries of the Pacific their own.  The ``holidays`` library keeps them.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays as almanac

_DAY = timedelta(days=1)
_SATURDAY = 5


class Calendar(StrEnum):
    """Which days are quiet."""

    FRANCE = "france"
    ALSACE_MOSELLE = "alsace_moselle"
    GUADELOUPE = "guadeloupe"
    MARTINIQUE = "martinique"
    GUYANE = "guyane"
    REUNION = "reunion"
    MAYOTTE = "mayotte"
    SAINT_PIERRE_ET_MIQUELON = "saint_pierre_et_miquelon"
    SAINT_BARTHELEMY = "saint_barthelemy"
    SAINT_MARTIN = "saint_martin"
    NOUVELLE_CALEDONIE = "nouvelle_caledonie"
    POLYNESIE = "polynesie"
    WALLIS_ET_FUTUNA = "wallis_et_futuna"
    #: Reminders leave on any day.
    NONE = "none"


#: What ISO 3166-2 and the library call each place; none for the common days alone.
_PLACES = {
    Calendar.ALSACE_MOSELLE: "6AE",
    Calendar.GUADELOUPE: "971",
    Calendar.MARTINIQUE: "972",
    Calendar.GUYANE: "973",
    Calendar.REUNION: "974",
    Calendar.MAYOTTE: "976",
    Calendar.SAINT_PIERRE_ET_MIQUELON: "PM",
    Calendar.SAINT_BARTHELEMY: "BL",
    Calendar.SAINT_MARTIN: "MF",
    Calendar.NOUVELLE_CALEDONIE: "NC",
    Calendar.POLYNESIE: "PF",
    Calendar.WALLIS_ET_FUTUNA: "WF",
}


class Zone(StrEnum):
    """Where somebody lives by the clock: the zones of the French Republic."""

    PARIS = "Europe/Paris"
    GUADELOUPE = "America/Guadeloupe"
    MARTINIQUE = "America/Martinique"
    GUYANE = "America/Cayenne"
    REUNION = "Indian/Reunion"
    MAYOTTE = "Indian/Mayotte"
    SAINT_PIERRE_ET_MIQUELON = "America/Miquelon"
    NOUVELLE_CALEDONIE = "Pacific/Noumea"
    POLYNESIE = "Pacific/Tahiti"
    WALLIS_ET_FUTUNA = "Pacific/Wallis"

    @property
    def clock(self) -> ZoneInfo:
        return ZoneInfo(self.value)


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


def departure(day: date, now: datetime, opens_at: time, zone: Zone) -> datetime:
    """When a message of ``day`` leaves: now, unless it is too early by that clock."""
    morning = max(now, datetime.combine(day, opens_at, zone.clock)).astimezone(zone.clock)
    return max(morning, morning.replace(hour=opens_at.hour, minute=opens_at.minute, second=0,
                                        microsecond=0))  # fmt: skip


@lru_cache(maxsize=64)
def holidays(year: int, calendar: Calendar) -> frozenset[date]:
    return frozenset(almanac.country_holidays("FR", subdiv=_PLACES.get(calendar), years=year))
