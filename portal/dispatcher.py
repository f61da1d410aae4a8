"""Hand due promises to RQ, and promise each tenant's daily sweep.

Any number may run; the holder of an advisory lock works, the others stand by.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from flask import Flask, current_app
from redis import Redis, RedisError
from rq import Queue
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from portal.accounts import forgetting
from portal.config import Settings
from portal.kit import bell, clock, days, done, locks, outbox, postman
from portal.kit.health import BEAT_SECONDS, DISPATCHER_BEAT
from portal.publiclog import jobs as publiclog
from portal.publiclog import service as log
from portal.publiclog import stamping
from portal.tracking import jobs as tracking
from portal.worker import JOBS, RESULT_SECONDS, lane, perform, queues
from tenants import queries as tenancy
from tenants import selfcheck
from tenants.context import NO_TENANT, tenant_scope
from tenants.db import db

#: Between two rounds at least, however much work flows.
PAUSE_SECONDS: Final = 0.1
#: When nobody rang: what falls due by itself, or was promised while Valkey was away.
ROUND_SECONDS: Final = 0.5
#: How long RQ is trusted with a handed row before it is handed over again.
HANDED: Final = timedelta(seconds=90)
#: At most so many rows of one tenant and queue in RQ's hands.
PER_TENANT: Final = 12
#: Of bulk work fewer: whoever comes second waits for so many jobs of a tenant that ordered
#: thousands of documents, and no more.
BULK: Final = 2
BACKLOG: Final = 200
#: How long done work stays, for whoever asks what became of it.
REMEMBERED: Final = timedelta(days=90)
#: So many rows are deleted in one transaction, so many times a day and tenant.
FORGOTTEN: Final = 5_000
FORGOTTEN_BATCHES: Final = 10

#: Where Valkey remembers that work was handed to it: with this it has forgotten the work.
HELD: Final = "dispatcher:handed"

_RECALL = text("SELECT outbox_recall(:now)")
_HAND = text(
    "SELECT tenant_id, id, kind, queue FROM outbox_hand(:room, :per_tenant, :bulk, :now, :until)"
)


def run(app: Flask, *, stopped: Callable[[], bool] = lambda: False) -> None:
    """Dispatch until stopped; survives PostgreSQL and Valkey going away and coming back."""
    while not stopped():
        try:
            with app.app_context():
                _as_holder(app, stopped)
        except (DBAPIError, RedisError) as error:
            app.logger.warning("dispatcher waits: %s", type(error).__name__)
            time.sleep(1)


def _as_holder(app: Flask, stopped: Callable[[], bool]) -> None:
    selfcheck.require(app)
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"], poolclass=NullPool)
    with engine.connect() as guard:
        while not stopped() and not _lock(guard):
            time.sleep(1)
        while not stopped():
            _still_held(guard)
            handed = rounds()
            time.sleep(PAUSE_SECONDS)
            if not handed:
                bell.hear(_valkey(), seconds=ROUND_SECONDS - PAUSE_SECONDS)


def rounds() -> int:
    """One round: promise what the day asks, hand over what is due.  Returns the rows handed."""
    recall()
    promise_sweeps()
    promise_heads()
    promise_late_entries()
    promise_stamp()
    handed = hand_over()
    _valkey().set(DISPATCHER_BEAT, clock.now().isoformat(), ex=BEAT_SECONDS)
    forget_worn_out()  # last: it may fail for as long as it likes, and nothing waits for it
    db.session.remove()
    return handed


def recall() -> None:
    """Take back what Valkey was handed and forgot, emptied or begun anew as it may be.

    What a worker holds a lease on is left to her.  Taken back for nothing, a row is handed twice:
    the second worker finds nothing to lease.
    """
    if _valkey().set(HELD, "1", nx=True):
        db.session.execute(_RECALL, {"now": clock.now()})
        db.session.commit()


def hand_over() -> int:
    """Enqueue due rows, the tenants in turn, unless RQ already has enough before it."""
    by_name: dict[str, Queue] = {queue.name: queue for queue in queues(_valkey())}
    waiting = {name: queue.count for name, queue in by_name.items()}
    # What may take long is bounded by each tenant's share, and takes no room from what is not.
    room, bulk = BACKLOG - sum(waiting.values()) + waiting[outbox.LONG], BULK
    if room <= 0:
        # However much of it waits, bulk work takes no room from what somebody waits for.
        room, bulk = room + waiting[outbox.Queue.BULK], 0
    if room <= 0:
        return 0
    now = clock.now()
    caps = {"per_tenant": PER_TENANT, "bulk": bulk}
    rows = db.session.execute(
        _HAND, {"room": room, **caps, "now": now, "until": now + HANDED}
    ).all()
    db.session.commit()
    for row in rows:
        by_name[lane(row.queue, row.kind)].enqueue_call(
            perform,
            args=(str(row.tenant_id), str(row.id), row.kind),
            timeout=JOBS[row.kind].seconds if row.kind in JOBS else RESULT_SECONDS,
            result_ttl=RESULT_SECONDS,
            failure_ttl=3600,
        )
    return len(rows)


def promise_sweeps() -> None:
    """Once a day and tenant: what wore down over night is recomputed, then told."""
    today = clock.today()
    tenant_ids = tenancy.tenants_not_swept(today)
    db.session.rollback()
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id):
            _promise_sweep(today)
            tenancy.tenant(tenant_id).swept_on = today
            db.session.commit()
            _forget_done()


def promise_heads() -> None:
    """Once an hour: where each tenant's journal ends is noted in the public log."""
    hour = f"{clock.now():%Y-%m-%dT%H}"
    _unless_done(f"publiclog:heads:{hour}", 3600, lambda: _promise_heads(hour))


def _promise_heads(hour: str) -> None:
    """One for each tenant and hour, however often it is promised."""
    tenant_ids = [tenant.id for tenant in tenancy.tenants()]
    db.session.rollback()
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id):
            outbox.promise(
                publiclog.note_head.kind,
                key=hour,
                payload={},
                run_at=clock.now(),
                queue=outbox.Queue.BULK,
            )
            db.session.commit()


def promise_late_entries() -> None:
    """Each minute: what waits for its place in the public log, and no promise brings there."""
    turn = int(clock.now().timestamp()) // log.LATE
    _unless_done(f"publiclog:late:{turn}", log.LATE, _promise_late_entries)


def _promise_late_entries() -> None:
    _of_the_eldest(lambda: log.promise_late_advance(clock.now()))


def promise_stamp() -> None:
    """Where a time-stamping authority is configured: its time over the public log, once a day.

    Asked each hour whether it is due.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if settings.tsa_url is not None:
        _unless_done(f"publiclog:stamp:{clock.now():%Y-%m-%dT%H}", 3600, _promise_stamp)


def _promise_stamp() -> None:
    _of_the_eldest(lambda: stamping.promise_when_due(clock.now()))


def _of_the_eldest(promising: Callable[[], object]) -> None:
    """The log is no tenant's, promises are: the eldest keeps it."""
    eldest = min((tenant.id for tenant in tenancy.tenants()), default=None)
    db.session.rollback()
    if eldest is not None:
        with tenant_scope(eldest):
            promising()
            db.session.commit()


def forget_worn_out() -> None:
    """Once a day: what wore out of accounts whose person may never come back."""
    _unless_done(f"accounts:forgotten:{clock.today()}", 86_400, _forget_worn_out)


def _forget_worn_out() -> None:
    _in_batches(lambda: forgetting.forget_worn_out(limit=FORGOTTEN))
    before = clock.now() - REMEMBERED
    with tenant_scope(NO_TENANT):
        _forget_done()
        _in_batches(lambda: postman.forget_given_up(before=before, limit=FORGOTTEN))


def _unless_done(mark: str, seconds: int, deed: Callable[[], None]) -> None:
    """A deed that bears being done twice, once while Valkey remembers that it was done to its end.

    Valkey spares PostgreSQL from being asked at each round.  What was cut off midway leaves no
    mark: the next round does what is left of it.
    """
    if not _valkey().exists(mark):
        deed()
        _valkey().set(mark, "1", ex=seconds)


def _promise_sweep(today: date) -> None:
    outbox.promise(
        tracking.sweep_day.kind,
        key=today.isoformat(),
        payload=days.of(today),
        run_at=clock.now(),
        queue=outbox.Queue.CRITICAL,
    )


def _forget_done() -> None:
    before = clock.now() - REMEMBERED
    _in_batches(lambda: done.forget(before=before, limit=FORGOTTEN))


def _in_batches(forget: Callable[[], int]) -> None:
    """A batch at a time, lest other tenants' work wait; what is left goes tomorrow."""
    for _ in range(FORGOTTEN_BATCHES):
        gone = forget()
        db.session.commit()
        if gone < FORGOTTEN:
            return


def _lock(guard: Connection) -> bool:
    taken = guard.execute(
        text("SELECT pg_try_advisory_lock(:lock)"), {"lock": locks.DISPATCHER}
    ).scalar()
    guard.commit()
    return bool(taken)


def _still_held(guard: Connection) -> None:
    """The lock lives as long as this connection: a lost one raises, and we queue up again."""
    guard.execute(text("SELECT 1"))
    guard.commit()


def _valkey() -> Redis:
    valkey: Redis = current_app.extensions["valkey"]
    return valkey
