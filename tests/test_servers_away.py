"""What needs a server that cannot be reached waits for it, days if need be, and loses no try."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import time_machine

from portal import worker
from portal.kit import chances, clock, outbox, retries
from portal.kit.errors import Away
from portal.kit.outbox import Job, Lease, Outbox, OutboxState
from tenants.access import Actor
from tenants.db import db
from tests import test_worker
from tests.test_worker import Declare, _broken, _perform

declare = test_worker.declare
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Server:
    """Reached, or not, as a test says."""

    def __init__(self) -> None:
        self.away = True
        self.taken: list[Lease] = []

    def take(self, held: Lease) -> None:
        if self.away:
            raise Away("nobody answers")
        self.taken.append(held)


def tried(promised: Outbox, *, until: datetime) -> Iterator[Outbox]:
    """Each try at its moment, as long as one is due before ``until``; the row after it."""
    while promised.state is OutboxState.READY and promised.run_at < until:
        with time_machine.travel(promised.run_at):
            promised = _perform(promised.id)
        yield promised


def promised_to(server: Server, declare: Declare) -> Outbox:
    outbox_id = declare(server.take)
    found: Outbox = db.session.execute(db.select(Outbox)).scalar_one()
    assert found.id == outbox_id
    return found


def test_a_day_without_it_loses_nothing(owner: Actor, declare: Declare) -> None:
    server, began = Server(), clock.now()
    rows = [
        (row.state, row.attempts, row.failures, row.run_at)
        for row in tried(promised_to(server, declare), until=began + DAY)
    ]
    moments = [began, *(row[3] for row in rows)]
    waits = [later - before for before, later in pairwise(moments)]

    server.away = False
    with time_machine.travel(rows[-1][3]):
        row = _perform(db.session.execute(db.select(Outbox.id)).scalar_one())

    assert {row[:3] for row in rows} == {(OutboxState.READY, 0, 0)}
    assert waits[0] < 2 * timedelta(seconds=retries.PAUSE_SECONDS)
    assert HOUR <= max(waits) <= 1.3 * HOUR
    assert 20 < len(waits) < 40
    assert (row.state, len(server.taken), server.taken[0].attempt) == (OutboxState.DONE, 1, 1)


def test_after_five_days_it_has_its_eight_tries_and_waits_for_a_human(
    owner: Actor, declare: Declare
) -> None:
    server, began = Server(), clock.now()
    moments = [row.run_at for row in tried(promised_to(server, declare), until=began + 30 * DAY)]
    last = db.session.execute(db.select(Outbox)).scalar_one()
    dead, ended = (last.state, last.attempts, last.failures), last.run_at

    with time_machine.travel(ended):
        chances.revive("test.work", at=clock.now())
        db.session.commit()
        again = _perform(last.id)

    assert dead == (OutboxState.DEAD, outbox.MAX_ATTEMPTS, outbox.MAX_ATTEMPTS)
    assert timedelta() <= ended - moments[-2] < timedelta(minutes=1)  # it is not due in an hour
    assert began + retries.PATIENCE < ended < began + retries.PATIENCE + 6 * HOUR
    assert (again.state, again.attempts, again.failures) == (OutboxState.READY, 0, 0)


def test_a_server_that_is_back_and_fails_is_given_all_the_tries(
    owner: Actor, declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, began = Server(), clock.now()
    *_, last = tried(promised_to(server, declare), until=began + DAY)
    monkeypatch.setitem(worker.JOBS, "test.work", Job("test.work", _broken, 30))

    with time_machine.travel(last.run_at):
        row = _perform(last.id)

    assert (row.state, row.attempts, row.failures) == (OutboxState.READY, 1, 1)
    assert row.away_since is None
