"""When a lapse is told: thirty days before, seven days before, and on its last day."""

from datetime import date, timedelta

STAGES = (30, 7, 0)
#: What lapsed longer ago is no news; the screens still show it.
BEHIND = timedelta(days=60)
AHEAD = timedelta(days=max(STAGES))


def stage(due_on: date, today: date) -> int | None:
    """The nearest stage already passed, ``None`` before the first.

    A day missed is caught up by the stage nearest to it; those before it are never told.
    """
    left = (due_on - today).days
    return min((days for days in STAGES if left <= days), default=None)
