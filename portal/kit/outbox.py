"""Work promised by a committed transaction.  PostgreSQL remembers it; RQ merely runs it.

A row is promised in the business transaction, handed to RQ by the dispatcher, leased by a worker
under a fence, and settled in the same transaction as its effect.  Losing Valkey loses nothing.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Computed,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from portal.kit import bell
from portal.kit.setbacks import Tell
from tenants.context import NO_TENANT, current_tenant_id
from tenants.db import db
from tenants.scoping import Record

#: Failures (:func:`portal.kit.retries.fail`: over two hours of them), and workers that died.
MAX_ATTEMPTS = 8
#: A worker that has not been heard of for so long is dead, whatever it was doing.
LEASED_FOR: Final = timedelta(seconds=60)
#: By so much the clock of whoever hands work over may be ahead of a worker's.
_SKEW: Final = timedelta(seconds=5)
_OPEN: Final = "state IN ('ready', 'leased')"


class OutboxState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


class Queue(StrEnum):
    """By who waits for it: bulk work has its turns, and workers that leave it to others."""

    CRITICAL = "critical"
    DEFAULT = "default"
    BULK = "bulk"


#: A lane of RQ's for what is promised by default and may take long; no queue to promise for.
LONG: Final = "long"


class Outbox(Record):
    """One promise.  ``dedup_key`` makes the same promise twice the same row."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "dedup_key"),
        Index("ix_outbox_open", "tenant_id", "queue", "run_at", "id", postgresql_where=text(_OPEN)),
        Index(
            "ix_outbox_handed",
            "tenant_id",
            "queue",
            postgresql_where=text(f"{_OPEN} AND handed_until IS NOT NULL"),
        ),
        Index("ix_outbox_dead", "tenant_id", "kind", postgresql_where=text("state = 'dead'")),
    )

    #: :data:`NO_TENANT` for what the portal itself owes to a person.
    tenant_id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, default=current_tenant_id, sort_order=-9
    )
    #: The same where there is one: it cannot point to none.
    existing_tenant_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("tenant.id"), Computed(f"NULLIF(tenant_id, '{NO_TENANT}'::uuid)", persisted=True)
    )
    kind: Mapped[str]
    queue: Mapped[Queue]
    dedup_key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    run_at: Mapped[datetime]
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.READY)
    #: Until when RQ is trusted to run it; afterwards the dispatcher hands it over again.
    handed_until: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    #: Counts leases; an effect commits only under the fence it was leased with.
    fence: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    #: Attempts that ended by failing; of the others, their worker died or was cut off.
    failures: Mapped[int] = mapped_column(default=0)
    #: Since when the server that it needs cannot be reached; tries in vain are not counted then.
    away_since: Mapped[datetime | None]
    last_error: Mapped[str | None]


@dataclass(frozen=True)
class Lease:
    """The right to do one promised piece of work, once.

    ``recovered`` tells that an earlier worker died while it held the lease: what it did outside
    PostgreSQL is unknown.  ``attempt`` counts them all, ``failures`` those before it that failed.
    """

    outbox_id: uuid.UUID
    kind: str
    payload: dict[str, Any]
    fence: int
    attempt: int
    recovered: bool
    failures: int = 0
    #: Every worker that tried it died: it is given up, and there is nothing to do but to say so.
    buried: bool = False
    away_since: datetime | None = None

    @property
    def last(self) -> bool:
        """Whether no other try follows, should this one fail or its worker die."""
        return max(self.failures + 1, self.attempt - self.failures) >= MAX_ATTEMPTS


@dataclass(frozen=True)
class Job:
    """What a kind of promise does.  ``seconds`` bounds one run; ``tell`` is told its setbacks."""

    kind: str
    run: Callable[[Lease], None]
    seconds: int
    tell: Tell | None = None


def job(
    kind: str, *, seconds: int = 120, tell: Tell | None = None
) -> Callable[[Callable[[Lease], None]], Job]:
    """Declare the work behind ``kind``; ``portal.worker`` gathers the declarations."""
    return lambda run: Job(kind, run, seconds, tell)


class FencedError(RuntimeError):
    """Another worker took this work over: the present effect must not commit."""


def promise(
    kind: str,
    *,
    key: str,
    payload: dict[str, Any],
    run_at: datetime,
    queue: Queue = Queue.DEFAULT,
    tenant_id: uuid.UUID | None = None,
    away_since: datetime | None = None,
) -> None:
    """Promise work with the current transaction; a key already promised is left as it is.

    ``tenant_id``: :data:`NO_TENANT` for what is no tenant's, in any scope; else it is the present
    tenant's.  ``away_since``: it waits for a server that cannot be reached since then.
    """
    items = [(key, payload)]
    promise_all(kind, items, run_at=run_at, queue=queue, tenant_id=tenant_id, away_since=away_since)


def promise_all(
    kind: str,
    items: Sequence[tuple[str, dict[str, Any]]],
    *,
    run_at: datetime,
    queue: Queue = Queue.DEFAULT,
    tenant_id: uuid.UUID | None = None,
    away_since: datetime | None = None,
) -> None:
    """Promise many of a kind at once; ``items`` are (dedup key, payload)."""
    rows = [
        {
            "tenant_id": tenant_id or current_tenant_id(),
            "kind": kind,
            "queue": queue,
            "dedup_key": key,
            "payload": payload,
            "run_at": run_at,
            "away_since": away_since,
        }
        for key, payload in items
    ]
    if rows:
        # No arbiter is named: naming one needs the right to read, which a listed membership lacks.
        db.session.execute(insert(Outbox).on_conflict_do_nothing(), rows)
        bell.ring_when_kept()


def lease(outbox_id: uuid.UUID, *, at: datetime) -> Lease | None:
    """Take the work, or ``None`` when it is done, dead, for later or in somebody's hands.

    For :data:`LEASED_FOR`, and as long again each time it is renewed (:func:`renew`).  RQ may hold
    it twice: what failed waits its time whoever else brings it.  What kills every worker that
    touches it is not handed out for ever: ``buried`` then.
    """
    open_to_us = or_(
        and_(Outbox.state == OutboxState.READY, Outbox.run_at <= at + _SKEW),
        and_(Outbox.state == OutboxState.LEASED, Outbox.lease_until < at),
    )
    before = db.session.execute(
        select(Outbox.state, Outbox.attempts, Outbox.failures, Outbox.away_since)
        .where(Outbox.id == outbox_id, open_to_us)
        .with_for_update()
    ).one_or_none()
    if before is None:
        return None
    buried = before.attempts - before.failures >= MAX_ATTEMPTS
    dead = {"state": OutboxState.DEAD, "last_error": "every worker that tried it died"}
    taken = {
        "state": OutboxState.LEASED,
        "lease_until": at + LEASED_FOR,
        # RQ has brought it: from here on it is the lease that is trusted, and nothing longer.
        "handed_until": at + LEASED_FOR,
        "fence": Outbox.fence + 1,
        "attempts": Outbox.attempts + 1,
    }
    row = db.session.execute(
        update(Outbox)
        .where(Outbox.id == outbox_id)
        .values(dead if buried else taken)
        .returning(Outbox.kind, Outbox.payload, Outbox.fence, Outbox.attempts)
        .execution_options(synchronize_session=False)
    ).one()
    recovered = before.state is OutboxState.LEASED
    return Lease(
        outbox_id,
        row.kind,
        row.payload,
        row.fence,
        row.attempts,
        recovered,
        before.failures,
        buried,
        before.away_since,
    )


def renew(held: Lease, *, at: datetime) -> bool:
    """Say that whoever holds the lease is alive; ``False`` when it is no longer hers.

    Waits for nobody: a row that is locked is being settled, or taken over.
    """
    mine = (
        select(Outbox.id)
        .where(
            Outbox.id == held.outbox_id,
            Outbox.fence == held.fence,
            Outbox.state == OutboxState.LEASED,
        )
        .with_for_update(skip_locked=True)
    )
    renewed = db.session.execute(
        update(Outbox)
        .where(Outbox.id.in_(mine))
        .values(lease_until=at + LEASED_FOR)
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(renewed)


def settle(held: Lease) -> None:
    """Mark the work done, in the transaction of its effect.  Raises :class:`FencedError`."""
    under_fence(held, state=OutboxState.DONE, last_error=None)


def under_fence(held: Lease, **values: Any) -> None:
    """Write this of the work, if the lease is still hers.  Raises :class:`FencedError`."""
    touched = db.session.execute(
        update(Outbox)
        .where(
            Outbox.id == held.outbox_id,
            Outbox.fence == held.fence,
            Outbox.state == OutboxState.LEASED,
        )
        .values(**values)
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not touched:
        raise FencedError(str(held.outbox_id))
    # It was in a tenant's hands: the next of hers may be handed over.
    bell.ring_when_kept()
