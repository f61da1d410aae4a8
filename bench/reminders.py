"""As many reminders due at once as there are establishments: sent how fast, in order, none twice.

A dispatcher and two workers, each a process of its own, and a mail server that takes all at once.
"""

import dataclasses
import multiprocessing
import socket
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.cluster import Servers
from bench.fairness import at_work
from bench.figure import Figure
from bench.stage import Stage
from portal.kit import clock

#: Messages in hand of two workers may pass each other; none may pass more than those.
IN_HAND: Final = 24
LONGEST: Final = 3600
_DOMAIN: Final = "@reminded.example"
#: A director for each client, and something that she has to do by one of eight days.
_SEED: Final = (
    """
    INSERT INTO user_account (id, email, name, locale)
    SELECT gen_random_uuid(), e.id || :domain, 'Direction', 'fr'
      FROM establishment e WHERE e.stage = 'client' AND e.archived_at IS NULL
    """,
    """
    INSERT INTO membership (tenant_id, id, user_id, role, job_title, whole_tenant, starts_at)
    SELECT e.tenant_id, gen_random_uuid(), u.id, 'director', '', false, now() - interval '1 day'
      FROM establishment e JOIN user_account u ON u.email = e.id || :domain
    """,
    """
    INSERT INTO membership_establishment (tenant_id, membership_id, establishment_id)
    SELECT e.tenant_id, m.id, e.id
      FROM establishment e
      JOIN user_account u ON u.email = e.id || :domain
      JOIN membership m ON m.tenant_id = e.tenant_id AND m.user_id = u.id
    """,
    """
    INSERT INTO action (tenant_id, id, establishment_id, title, note, side, owner_name, due_on,
                        priority, state, origin, opened_by_name, closed_by_name, version)
    SELECT e.tenant_id, gen_random_uuid(), e.id, 'À faire', '', 'establishment', '',
           :today + (row_number() OVER (PARTITION BY e.tenant_id ORDER BY e.id) % 8)::int,
           'normal', 'todo', 'hand', 'Bench', '', 1
      FROM establishment e WHERE e.stage = 'client' AND e.archived_at IS NULL
    """,
    """
    INSERT INTO reminder_rule (tenant_id, id, calendar, opens_at, zone)
    SELECT id, id, 'none', '00:00', 'Europe/Paris' FROM tenant
        ON CONFLICT (tenant_id, id) DO NOTHING
    """,
    "UPDATE tenant SET swept_on = :today",
)
_PROMISE: Final = """
    INSERT INTO outbox (tenant_id, id, kind, queue, dedup_key, payload, run_at, state, fence,
                        attempts)
    SELECT id, gen_random_uuid(), 'reminders.plan', 'default', 'bench ' || :began, '{}', now(),
           'ready', 0, 0 FROM tenant
"""
_SINCE: Final = ("outbox", "reminder", "notice", "mail", "action", "reminder_rule")
_HERS: Final = (
    (
        "DELETE FROM membership_establishment r USING membership m"
        " WHERE m.tenant_id = r.tenant_id AND m.id = r.membership_id AND m.created_at >= :began"
    ),
    "DELETE FROM membership WHERE created_at >= :began",
    "DELETE FROM user_account WHERE created_at >= :began",
)
_CLEARED: Final = (
    *(f"DELETE FROM {table} WHERE created_at >= :began" for table in _SINCE),  # noqa: S608 - ours
    *_HERS,
)


def figures(stage: Stage, servers: Servers) -> Iterator[Figure]:
    stage.app.extensions["valkey"].flushdb()
    with _seeded(servers) as engine, _post() as (port, taken):
        settings = dataclasses.replace(servers.settings, smtp_url=f"smtp://127.0.0.1:{port}")
        began = time.monotonic()
        with engine.begin() as connection:
            connection.execute(sa.text(_PROMISE), {"began": str(began)})
        with at_work(settings):
            _until_all_left(engine, began)
        seconds = time.monotonic() - began
        got = taken.read_text("ascii").split()
        reminded = _reminded(engine)
    times, late = Counter(got), _out_of_turn(got, reminded)
    missing = len(reminded.keys() - times.keys())
    twice = sum(count - 1 for count in times.values())
    hour = LONGEST * len(reminded) / 40_000
    yield Figure(
        f"{len(reminded):,} people reminded at once",
        f"{seconds:.0f} s, {len(got) / seconds:.0f} messages a second",
        f"{hour:.0f} s",
        seconds <= hour,
    )
    yield Figure("messages missing, messages twice", f"{missing}, {twice}", "0, 0",
                 missing == twice == 0)  # fmt: skip
    yield Figure(
        f"messages that passed a more urgent one by more than {IN_HAND} places",
        f"{late}", "0", late == 0,
    )  # fmt: skip


def _until_all_left(engine: sa.Engine, began: float) -> None:
    open_ = sa.text("SELECT count(*) FROM outbox WHERE state IN ('ready', 'leased')"
                    " AND kind IN ('reminders.plan', 'reminders.send')")  # fmt: skip
    while time.monotonic() - began < LONGEST:
        time.sleep(1)
        with engine.connect() as connection:
            if not connection.scalar(open_):
                return


def _reminded(engine: sa.Engine) -> dict[str, tuple[str, int]]:
    """By address: whose tenant, and in how many days the nearest of what she was told is due."""
    asked = sa.text("SELECT u.email, m.tenant_id::text,"
                    " greatest(0, min(r.due_on) - CAST(:today AS date))"
                    " FROM user_account u JOIN mail m ON m.user_id = u.id"
                    " JOIN reminder r ON r.tenant_id = m.tenant_id AND r.mail_id = m.id"
                    " WHERE u.email LIKE '%' || :domain GROUP BY u.email, m.tenant_id")  # fmt: skip
    with engine.connect() as connection:
        rows = connection.execute(asked, {"domain": _DOMAIN, "today": clock.today()}).all()
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


@contextmanager
def _seeded(servers: Servers) -> Iterator[sa.Engine]:
    """The base is kept from run to run: it must not fill with people."""
    engine = sa.create_engine(servers.superuser_url)
    began = clock.now()
    known = {"domain": _DOMAIN, "today": clock.today()}
    with engine.begin() as connection:
        for statement in _SEED:
            connection.execute(sa.text(statement), known)
    try:
        yield engine
    finally:
        with engine.begin() as connection:
            for statement in _CLEARED:
                connection.execute(sa.text(statement), {"began": began})
        engine.dispose()


class _Takes:
    """Writes down to whom each message went, in the order in which they came."""

    def __init__(self, path: Path) -> None:
        self._written = path.open("a", buffering=1, encoding="ascii")

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd looks for
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self._written.write(f"{envelope.rcpt_tos[0]}\n")
        return "250 OK"


def _serve(port: int, path: str) -> None:
    Controller(_Takes(Path(path)), hostname="127.0.0.1", port=port).start()
    while True:
        time.sleep(3600)


@contextmanager
def _post() -> Iterator[tuple[int, Path]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / "taken"
        taken.touch()
        made = multiprocessing.get_context("spawn")
        server = made.Process(target=_serve, args=(port, str(taken)))
        server.start()
        try:
            yield port, taken
        finally:
            server.kill()
            server.join()
