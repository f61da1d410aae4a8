"""The time.  Only entry points ask for it; rules are given ``today`` or ``at``."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The civil date in France, where a proof's last day ends at midnight."""
    return now().astimezone(PARIS).date()
