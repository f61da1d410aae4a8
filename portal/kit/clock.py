"""The time.  Only entry points ask for it; rules are given ``today`` or ``at``."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The civil date in France, where a proof's last day ends at midnight."""
    return day_of(now())


def day_of(at: datetime) -> date:
    """The civil date in France at that instant."""
    return at.astimezone(PARIS).date()


def is_within_reach(day: date) -> bool:
    """Whether the day is of these three centuries: others are slips, and clocks fail there."""
    return 1900 <= day.year < 2200  # noqa: PLR2004 - said in the docstring


def read_day(written: str) -> date:
    """A day as addresses have it.  Raises ``ValueError`` on what is none, or out of reach."""
    day = date.fromisoformat(written)
    if not is_within_reach(day):
        raise ValueError(written)
    return day


def end_of(day: date) -> datetime:
    """The instant after that day, in France."""
    return datetime.combine(day + timedelta(days=1), time.min, PARIS)


def last_day(ends_at: datetime) -> date:
    """The last whole day, in France, of what ends at that instant."""
    return day_of(ends_at - timedelta(microseconds=1))
