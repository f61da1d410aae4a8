"""As many reminders due at once as there are establishments: sent how fast, in order, none twice.

A dispatcher and two workers, each a process of its own, and a mail server that takes all at once.
Says every quarter of a minute how far it is.  Order is that of each tenant: tenants take turns.
"""

import dataclasses
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from bench.cluster import Servers
from bench.fairness import at_work
from bench.figure import Figure
from bench.postbox import DOMAIN, post, seeded
from bench.stage import Stage
from portal.kit import clock

#: Messages in hand of two workers may pass each other; none may pass more than those.
IN_HAND: Final = 24
LONGEST: Final = 3600
#: Seconds between two words on how far it is.
_TOLD_EVERY: Final = 15
_PROMISE: Final = """
    INSERT INTO outbox (tenant_id, id, kind, queue, dedup_key, payload, run_at, state, fence,
                        attempts)
    SELECT id, gen_random_uuid(), 'reminders.plan', 'bulk', 'bench ' || :began, '{}', now(),
           'ready', 0, 0 FROM tenant
"""
_OPEN: Final = """
    SELECT count(*) FILTER (WHERE kind = 'reminders.plan'),
           count(*) FILTER (WHERE kind = 'reminders.send')
      FROM outbox
     WHERE state IN ('ready', 'leased') AND kind IN ('reminders.plan', 'reminders.send')
"""
_REMINDED: Final = """
    SELECT u.email, m.tenant_id::text, greatest(0, min(r.due_on) - CAST(:today AS date))
      FROM user_account u
      JOIN mail m ON m.user_id = u.id
      JOIN reminder r ON r.tenant_id = m.tenant_id AND r.mail_id = m.id
     WHERE u.email LIKE '%' || :domain GROUP BY u.email, m.tenant_id
"""


@dataclasses.dataclass(frozen=True)
class Sent:
    """What the server took, in order; who was to be told, and of what how soon."""

    seconds: float
    got: Sequence[str]
    expected: frozenset[str]
    reminded: dict[str, tuple[str, int]]


def figures(stage: Stage, servers: Servers) -> Iterator[Figure]:
    stage.app.extensions["valkey"].flushdb()
    sent = _sent(servers)
    times, late = Counter(sent.got), _out_of_turn(sent.got, sent.reminded)
    missing = len(sent.expected - times.keys())
    twice = sum(count - 1 for count in times.values())
    hour = LONGEST * len(sent.expected) / 40_000
    yield Figure(
        f"{len(sent.expected):,} people reminded at once",
        f"{sent.seconds:.0f} s, {len(sent.got) / sent.seconds:.1f} messages a second",
        f"{hour:.0f} s",
        sent.seconds <= hour,
    )
    yield Figure("messages missing, messages twice", f"{missing}, {twice}", "0, 0",
                 missing == twice == 0)  # fmt: skip
    days = len({due for _tenant, due in sent.reminded.values()})
    yield Figure(
        f"messages that passed a more urgent one by more than {IN_HAND} places",
        f"{late}, of what is due on {days} days",
        "0",
        late == 0 and days > 1 and sent.expected <= sent.reminded.keys(),
    )


def _sent(servers: Servers) -> Sent:
    with seeded(servers) as (engine, expected), post() as (port, taken):
        settings = dataclasses.replace(servers.settings, smtp_url=f"smtp://127.0.0.1:{port}")
        began = time.monotonic()
        with engine.begin() as connection:
            connection.execute(sa.text(_PROMISE), {"began": str(began)})
        with at_work(settings):
            _until_all_left(engine, began, taken, len(expected))
        seconds = time.monotonic() - began
        return Sent(seconds, taken.read_text("ascii").split(), expected, _reminded(engine))


def _until_all_left(engine: sa.Engine, began: float, taken: Path, expected: int) -> None:
    said = began
    while (now := time.monotonic()) - began < LONGEST:
        time.sleep(1)
        with engine.connect() as connection:
            plans, messages = connection.execute(sa.text(_OPEN)).one()
        if now - said >= _TOLD_EVERY or not plans + messages:
            said = now
            _tell(now - began, taken, expected, plans)
        if not plans + messages:
            return


def _tell(seconds: float, taken: Path, expected: int, plans: int) -> None:
    got = taken.read_bytes().count(b"\n")
    print(
        f"  {seconds:.0f} s: {got:,} of {expected:,} taken, {got / max(1.0, seconds):.1f} a second,"
        f" {plans} tenants to plan, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _reminded(engine: sa.Engine) -> dict[str, tuple[str, int]]:
    """By address: whose tenant, and in how many days the nearest of what she was told is due."""
    with engine.connect() as connection:
        known = {"domain": DOMAIN, "today": clock.today()}
        rows = connection.execute(sa.text(_REMINDED), known).all()
    return {row[0]: (row[1], row[2]) for row in rows}


def _out_of_turn(got: Sequence[str], reminded: dict[str, tuple[str, int]]) -> int:
    """How many came after a less urgent one of their tenant, further than what is in hand."""
    by_tenant: dict[str, list[int]] = defaultdict(list)
    for address in got:
        if address in reminded:
            tenant_id, due = reminded[address]
            by_tenant[tenant_id].append(due)
    return sum(
        due < max(days[: place - IN_HAND], default=due)
        for days in by_tenant.values()
        for place, due in enumerate(days)
        if place >= IN_HAND
    )
