"""Run promised work: what RQ calls, and the process that listens to RQ."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Final

from flask import Flask, current_app
from redis import Redis
from redis.client import Pipeline
from rq import Queue, SimpleWorker, worker_registration
from rq.serializers import JSONSerializer
from sqlalchemy.exc import DBAPIError, OperationalError

from portal.accounts import jobs as accounts
from portal.attestations import jobs as attestations
from portal.briefs import jobs as briefs
from portal.collecting import jobs as collecting
from portal.contests import jobs as contests
from portal.engagements import jobs as engagements
from portal.evidence import jobs as evidence
from portal.fleet import jobs as fleet
from portal.kit import clock, outbox, postman, retries, troubles
from portal.kit.errors import Trouble
from portal.kit.setbacks import Setback
from portal.leaving import jobs as leaving
from portal.people import jobs as people
from portal.publiclog import jobs as publiclog
from portal.reminders import jobs as reminders
from portal.tracking import jobs as tracking
from tenants import selfcheck
from tenants.context import tenant_scope
from tenants.db import db

#: Every kind of promised work.  A promise without an entry here fails loudly.
_ALL = (
    fleet.preview_import,
    fleet.apply_import,
    fleet.undo_import,
    tracking.prove,
    tracking.sweep_day,
    reminders.plan_day,
    reminders.send,
    attestations.compile_attestation,
    briefs.compile_brief,
    briefs.again,
    people.invite,
    postman.carry,
    accounts.tell,
    collecting.send,
    collecting.tell_refusal,
    collecting.begin_day,
    collecting.follow,
    evidence.examine,
    evidence.again,
    evidence.discard,
    evidence.tell,
    evidence.mend,
    contests.mend,
    engagements.call,
    engagements.close,
    engagements.remake,
    engagements.issue,
    leaving.pack,
    leaving.again,
    leaving.tell,
    leaving.discard,
    leaving.check,
    leaving.examine,
    leaving.lapse,
    publiclog.advance,
    publiclog.note_head,
    publiclog.stamp,
)
JOBS: dict[str, outbox.Job] = {job.kind: job for job in _ALL}

#: RQ keeps nothing that matters: a short life for results, no retries of its own.
RESULT_SECONDS = 60
WORKER_TTL = 30
#: Several times within a lease: one that goes astray loses nothing.
BEAT_SECONDS: Final = 15
#: A run that could not be stopped in time loses its lease a little later.
OVERRUN_SECONDS: Final = 30
#: What may take longer, an import or an archive, goes by a lane of its own: however many are asked
#: for at once, one worker is left for codes, invitations and single documents.
LONG_SECONDS: Final = 300
#: RQ's queues, in order of urgency.
LANES: Final = (outbox.Queue.CRITICAL, outbox.Queue.DEFAULT, outbox.LONG, outbox.Queue.BULK)
#: Where nobody is served within minutes.
_AT_LENGTH: Final = frozenset({outbox.LONG, outbox.Queue.BULK})


class UnknownKindError(LookupError):
    """A promise whose kind no slice declares."""


def perform(tenant_id: str, outbox_id: str, kind: str) -> None:
    """Lease, work, settle.  Safe to call twice: the second call finds nothing to lease."""
    selfcheck.require(current_app)
    if (job := JOBS.get(kind)) is None:
        raise UnknownKindError(kind)
    with tenant_scope(uuid.UUID(tenant_id)):
        try:
            held = _lease(job, uuid.UUID(outbox_id))
            if held is not None:
                with _beating(held, job.seconds + OVERRUN_SECONDS):
                    _work(job, held)
        finally:
            db.session.remove()


def _lease(job: outbox.Job, outbox_id: uuid.UUID) -> outbox.Lease | None:
    """Take the work; once more when PostgreSQL was restarted since this worker last spoke to it."""
    try:
        held = outbox.lease(outbox_id, at=clock.now())
    except OperationalError:
        db.session.rollback()
        held = outbox.lease(outbox_id, at=clock.now())
    if held is not None and held.buried:
        _tell(job, held, Setback(Trouble.DEADLY, None))
        held = None
    db.session.commit()
    return held


@contextmanager
def _beating(held: outbox.Lease, seconds: int) -> Iterator[None]:
    """Renew the lease beside the work, for so long at most.

    A process that is killed stops beating; so does one whose work lets nothing else run.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the app behind the proxy
    over = threading.Event()
    arguments = (app, held, over, time.monotonic() + seconds)
    # In the tenant's scope, as the work itself; with a session of its own.
    beats = threading.Thread(target=copy_context().run, args=(_beat, *arguments), daemon=True)
    beats.start()
    try:
        yield
    finally:
        over.set()
        beats.join()


def _beat(app: Flask, held: outbox.Lease, over: threading.Event, until: float) -> None:
    while not over.wait(BEAT_SECONDS) and time.monotonic() < until:
        with app.app_context():
            try:
                mine = outbox.renew(held, at=clock.now())
                db.session.commit()
            except DBAPIError:
                continue  # PostgreSQL is away: it is told at the next beat
        if not mine:
            return


def _work(job: outbox.Job, held: outbox.Lease) -> None:
    try:
        job.run(held)
        outbox.settle(held)
        db.session.commit()
    except outbox.FencedError:
        _undo()
        current_app.logger.warning("%s %s was taken over", held.kind, held.outbox_id)
    except Exception as error:
        _undo()
        current_app.logger.exception("%s %s failed", held.kind, held.outbox_id)
        retry_at = retries.fail(held, error, at=clock.now())
        if not retries.cut_off(error):
            _tell(job, held, Setback(troubles.named(error), retry_at))
        db.session.commit()


def _tell(job: outbox.Job, held: outbox.Lease, setback: Setback) -> None:
    if job.tell is not None:
        job.tell(held.payload, setback)


def _undo() -> None:
    """Roll back, or let go of a connection that was stopped in the midst of a statement."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()
        db.session.remove()


def queues(connection: Redis) -> list[Queue]:
    """The queues in order of urgency."""
    return [Queue(str(name), connection=connection, serializer=JSONSerializer) for name in LANES]


def lane(queue: str, kind: str) -> str:
    """By which of RQ's queues work of this kind goes that was promised for ``queue``."""
    known = JOBS.get(kind)
    lasts = known is not None and known.seconds > LONG_SECONDS
    return outbox.LONG if lasts and queue == outbox.Queue.DEFAULT else queue


class Listener(SimpleWorker):
    """Serves queues in order of urgency, and yet each of them.

    Makes itself known again after Valkey has been emptied, so that ``/readyz`` sees it.
    """

    def reorder_queues(self, reference_queue: Queue) -> None:
        """What is critical stays first; of the others, the one just served comes last.

        Always behind the default queue, bulk work would not go on while that never ends: a
        message that its worker died of would wait for all of it.
        """
        self._ordered_queues.sort(
            key=lambda it: (it.name != outbox.Queue.CRITICAL, it == reference_queue)
        )

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        super().heartbeat(timeout, pipeline)
        worker_registration.register(self, pipeline)


def run(app: Flask, *, burst: bool = False, bulk: bool = True) -> None:
    """Work until stopped (or until nothing is left, with ``burst``).

    Without ``bulk`` for what is soon done and somebody waits for: where every other worker is at
    something long, an archive of an hour or an import, one of these is free.
    """
    connection: Redis = app.extensions["valkey_blocking"]
    worker = Listener(
        [each for each in queues(connection) if bulk or each.name not in _AT_LENGTH],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        maintenance_interval=15,
    )
    worker.work(burst=burst, logging_level="WARNING")
