"""What becomes of promised work that could not be done: when it is tried again."""

import random
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError

from portal.kit import outbox
from portal.kit.errors import Away
from portal.kit.outbox import Lease, OutboxState

#: Before the second try of what failed; three times as long before each further one.
PAUSE_SECONDS: Final = 15
#: What needs a server that is away is tried for so long, as mail servers do (RFC 5321, 4.5.4.1).
PATIENCE: Final = timedelta(days=5)
_JITTER: Final = random.SystemRandom()
#: SQLSTATE classes: the connection failed, PostgreSQL is stopping or beginning (appendix A).
_GONE: Final = ("08", "57P")


def cut_off(error: Exception) -> bool:
    """Whether PostgreSQL went away under the work, or was not there to be connected to."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or "08"  # whoever never answers names none
    gone = isinstance(error, OperationalError) and state.startswith(_GONE)
    return error.connection_invalidated or gone


def fail(held: Lease, error: Exception, *, at: datetime) -> datetime | None:
    """Put the work back with a growing delay; after ``outbox.MAX_ATTEMPTS`` it waits for a human.

    What was :func:`cut_off` has not failed: it waits a moment and keeps its place before what was
    promised after it.  Where the server that it needs is ``Away``, that is no failure either for
    :data:`PATIENCE`.  Returns when it is tried again; ``None`` when it is not.
    """
    said = repr(error)[:2000]
    if cut_off(error):
        retry_at = at + _pause(1)
        outbox.under_fence(held, state=OutboxState.READY, handed_until=retry_at, last_error=said)
        return retry_at
    since = (held.away_since or at) if isinstance(error, Away) else None
    if since is not None and _patient(since, at):
        return _wait(held, since, said, at)
    failures = held.failures + 1
    dead, run_at = failures >= outbox.MAX_ATTEMPTS, at + _pause(failures)
    outbox.under_fence(
        held,
        state=OutboxState.DEAD if dead else OutboxState.READY,
        failures=failures,
        away_since=since,
        run_at=at if dead else run_at,  # given up, it is due no more: it tells since when
        handed_until=None,
        last_error=said,
    )
    return None if dead else run_at


def in_vain(held: Lease, error: Exception, *, at: datetime) -> bool:
    """Whether work that failed so is given up: what waits for a server is not, whatever it cost."""
    waits = isinstance(error, Away) and _patient(held.away_since or at, at)
    return held.last and not waits


def _patient(since: datetime, at: datetime) -> bool:
    return at - since < PATIENCE


def _wait(held: Lease, since: datetime, said: str, at: datetime) -> datetime:
    """Until the server is there: a try that reached nobody was none."""
    retry_at = at + _spread(max(PAUSE_SECONDS, 2 * (at - since).total_seconds()))
    outbox.under_fence(
        held,
        state=OutboxState.READY,
        attempts=outbox.Outbox.attempts - 1,
        away_since=since,
        run_at=retry_at,
        handed_until=None,
        last_error=said,
    )
    return retry_at


def _pause(failures: int) -> timedelta:
    return _spread(PAUSE_SECONDS * 3 ** (failures - 1))


def _spread(seconds: float) -> timedelta:
    """An hour at most, and never the same: what failed together must not come back together."""
    return timedelta(seconds=min(3600, seconds) * _JITTER.uniform(1, 1.25))
