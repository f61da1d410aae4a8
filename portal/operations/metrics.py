"""Figures in Prometheus' text format: a few dozen lines, however many tenants there are."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from redis import Redis
from rq import Queue

from portal.kit.health import DISPATCHER_BEAT, workers
from portal.kit.outbox import LONG
from portal.kit.outbox import Queue as Name
from portal.operations import queries
from portal.publiclog import queries as log_queries
from tenants.db import AnyRow

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(valkey: Redis, *, at: datetime) -> str:
    """What waits in PostgreSQL, what lies in RQ's hands, and who is there to do it."""
    rows = queries.figures(at)
    stamped = log_queries.last_stamped()
    lanes = {name: Queue(name, connection=valkey).count for name in (*Name, LONG)}
    families = (
        _family(
            "treize_work_rows",
            "Promised work that is not done, by kind and condition.",
            [({"kind": r.kind, "queue": r.queue, "state": r.state}, r.number) for r in rows],
        ),
        _family(
            "treize_work_oldest_due_seconds",
            "How long the oldest due work has waited.",
            [({"queue": name}, _oldest(rows, name, at)) for name in Name],
        ),
        _family(
            "treize_queue_jobs",
            "Jobs handed over that no worker has taken yet.",
            [({"queue": name}, count) for name, count in lanes.items()],
        ),
        _family(
            "treize_mail",
            "Messages that may or may not have left.",
            [({"state": r.state}, r.number) for r in queries.mail_figures()],
        ),
        _family(
            "treize_log_stamped_seconds",
            "How long ago a third party last told its time over the public log.",
            [({}, _ago(stamped.stamped_at, at))] if stamped and stamped.stamped_at else [],
        ),
        _family("treize_workers", "Workers that are there.", [({}, workers(valkey))]),
        _family(
            "treize_dispatcher_up",
            "Whether a dispatcher was heard of in the last seconds.",
            [({}, int(bool(valkey.exists(DISPATCHER_BEAT))))],
        ),
    )
    return "".join(families)


def _ago(then: datetime, now: datetime) -> float:
    return round((now - then).total_seconds(), 1)


def _oldest(rows: Iterable[AnyRow], queue: str, at: datetime) -> float:
    due = [row.oldest for row in rows if row.queue == queue and row.state == "due"]
    return _ago(min(due), at) if due else 0


def _family(name: str, says: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> str:
    lines = [f"# HELP {name} {says}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        told = ",".join(f'{label}="{word}"' for label, word in labels.items())
        lines.append(f"{name}{{{told}}} {value}" if told else f"{name} {value}")
    return "\n".join(lines) + "\n"
