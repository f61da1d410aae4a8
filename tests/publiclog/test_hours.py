"""Each hour of each tenant has its head, whatever happened while they were promised."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from redis import Redis
from sqlalchemy.exc import OperationalError

from portal import dispatcher
from portal.accounts import forgetting
from portal.kit import clock
from portal.kit.outbox import Outbox
from portal.publiclog import service
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db
from tests import handing, make

valkey = handing.valkey


@contextmanager
def _cut_at(words: str, nth: int) -> Iterator[None]:
    """PostgreSQL goes away under the ``nth`` statement that begins with these words."""
    seen: list[str] = []

    def cut(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(words):
            seen.append(statement)
            if len(seen) == nth:
                raise OperationalError(statement, {}, Exception("terminating connection"))

    sa.event.listen(db.engine, "before_cursor_execute", cut)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", cut)
    assert len(seen) >= nth


def _heads(actor: Actor) -> list[str]:
    with tenant_scope(actor.tenant_id):
        keys = db.session.scalars(
            sa.select(Outbox.dedup_key).where(Outbox.kind == service.HEAD)
        ).all()
        db.session.rollback()
    return list(keys)


def test_an_hour_cut_off_midway_is_gone_on_with_at_the_next_round(
    isolated: None, valkey: Redis
) -> None:
    actors = [make.tenant(slug) for slug in ("acme", "bravo", "charlie")]
    hour = f"{clock.now():%Y-%m-%dT%H}"

    with entered(NO_SCOPE):
        with _cut_at("INSERT INTO outbox", 2), pytest.raises(OperationalError):
            dispatcher.promise_heads()
        db.session.rollback()
        before = [_heads(actor) for actor in actors]
        for _ in range(3):
            dispatcher.promise_heads()

    assert before == [[hour], [], []]
    assert [_heads(actor) for actor in actors] == [[hour]] * 3


def test_an_hour_that_was_seen_to_is_not_asked_about_again(isolated: None, valkey: Redis) -> None:
    make.tenant("acme")
    with entered(NO_SCOPE):
        dispatcher.promise_heads()
        late = make.tenant("late")
        dispatcher.promise_heads()

    assert _heads(late) == []


def test_a_day_s_forgetting_cut_off_midway_is_gone_on_with_at_the_next_round(
    isolated: None, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[int] = []
    real = forgetting.forget_worn_out

    def counted(*, limit: int) -> int:
        rounds.append(limit)
        return real(limit=limit)

    monkeypatch.setattr(forgetting, "forget_worn_out", counted)
    with entered(NO_SCOPE):
        with _cut_at("SELECT forget_worn_out", 1), pytest.raises(OperationalError):
            dispatcher.forget_worn_out()
        db.session.rollback()
        for _ in range(3):
            dispatcher.forget_worn_out()

    assert len(rounds) == 2
