"""What is forgotten of promised work, and what never is."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.kit import clock, done, outbox
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db


def _worked(state: OutboxState, *, days_ago: int, rows: int = 3) -> None:
    """Rows of the current tenant that came to this state so long ago."""
    keys = [f"{state} {number}" for number in range(rows)]
    outbox.promise_all("test", [(key, {}) for key in keys], run_at=clock.now())
    then = clock.now() - timedelta(days=days_ago)
    db.session.execute(
        sa.update(Outbox).where(Outbox.dedup_key.in_(keys)).values(state=state, updated_at=then)
    )
    db.session.commit()


def _left() -> int:
    found = db.session.scalar(sa.select(sa.func.count()).select_from(Outbox)) or 0
    db.session.rollback()
    return found


def _forget(limit: int = 100) -> int:
    gone = done.forget(before=clock.now() - timedelta(days=90), limit=limit)
    db.session.commit()
    return gone


@pytest.mark.parametrize(
    ("state", "days_ago", "gone"),
    [
        (OutboxState.DONE, 91, 3),
        (OutboxState.DONE, 89, 0),
        (OutboxState.READY, 91, 0),
        (OutboxState.LEASED, 91, 0),
        (OutboxState.DEAD, 91, 0),
    ],
)
def test_only_what_was_done_long_ago_is_forgotten(
    owner: Actor, state: OutboxState, days_ago: int, gone: int
) -> None:
    _worked(state, days_ago=days_ago)

    assert (_forget(), _left()) == (gone, 3 - gone)


def test_a_batch_is_no_larger_than_asked(owner: Actor) -> None:
    _worked(OutboxState.DONE, days_ago=91, rows=5)

    assert [_forget(2), _forget(2), _forget(2), _forget(2)] == [2, 2, 1, 0]


def test_another_tenant_s_work_is_left_to_its_own_turn(owner: Actor, stranger: Actor) -> None:
    db.session.remove()
    with tenant_scope(stranger.tenant_id):
        _worked(OutboxState.DONE, days_ago=91)

    assert _forget() == 0
    with tenant_scope(stranger.tenant_id):
        assert _left() == 3


def test_a_promise_may_be_made_again_once_it_is_forgotten(owner: Actor) -> None:
    for _ in range(2):
        outbox.promise("test", key="again", payload={}, run_at=clock.now())
        _worked_on("again")

        assert _forget() == 1


def _worked_on(key: str) -> None:
    long_ago = clock.now() - timedelta(days=91)
    db.session.execute(
        sa.update(Outbox)
        .where(Outbox.dedup_key == key)
        .values(state=OutboxState.DONE, updated_at=long_ago)
    )
    db.session.commit()
