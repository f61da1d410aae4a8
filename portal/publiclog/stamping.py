"""Once a day a third party tells its time over the log's last checkpoint (RFC 3161).

It shows that the log, and so every document in it, was there by then, to whoever does not take
our word for it.  When it is due is computed from what was stamped; the authority may be away for
long: it is asked again, and nothing else waits for it.
"""

from datetime import datetime

from sqlalchemy import select, update

from portal.config import Settings
from portal.kit import clock, outbox, sealing, stamping
from portal.publiclog import queries
from portal.publiclog.models import LogCheckpoint
from tenants.db import db

STAMP = "publiclog.stamp"


def due(now: datetime) -> LogCheckpoint | None:
    """The checkpoint to have stamped: the last one, unless a time was told today already."""
    last, stamped = queries.last_checkpoint(), queries.last_stamped()
    if last is None or last.token is not None:
        return None
    told = stamped.stamped_at if stamped else None
    return None if told and clock.day_of(told) == clock.day_of(now) else last


def promise_when_due(now: datetime) -> bool:
    """Promise it where it is due and not promised yet, in the current tenant: the log has none."""
    open_one = select(outbox.Outbox.id).where(
        outbox.Outbox.kind == STAMP,
        outbox.Outbox.state.in_((outbox.OutboxState.READY, outbox.OutboxState.LEASED)),
    )
    if due(now) is None or db.session.scalar(open_one.limit(1)) is not None:
        return False
    outbox.promise(STAMP, key=f"{now:%Y-%m-%dT%H}", payload={}, run_at=now, queue=outbox.Queue.BULK)
    return True


def stamp(settings: Settings, now: datetime) -> None:
    """Have the last checkpoint stamped, where it is due; twice is once.

    Raises ``OSError`` and ``BadStamp``: nothing is kept then.
    """
    wanted = due(now)
    if wanted is None or settings.tsa_url is None:
        return
    size, note = wanted.size, wanted.note
    db.session.rollback()  # whoever is asked may take long: no connection is kept meanwhile
    told = stamping.stamp(note.encode(), url=settings.tsa_url, roots=sealing.tsa_roots(settings))
    db.session.execute(
        update(LogCheckpoint)
        .where(LogCheckpoint.size == size, LogCheckpoint.token.is_(None))
        .values(token=told.token, stamped_at=told.at)
    )
