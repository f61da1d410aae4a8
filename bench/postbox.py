"""Somebody to be reminded for each establishment, and a mail server that takes all at once."""

import multiprocessing
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.cluster import Servers
from portal.kit import clock

DOMAIN: Final = "@reminded.example"
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
    # Nearly everybody has a proof that is late, which would make all of them as urgent.
    """
    INSERT INTO reminder_kind_rule
           (tenant_id, id, kind, steps, technician, manager, owner, establishment)
    SELECT t.id, gen_random_uuid(), k.kind, ARRAY[30, 7, 0], 0, 23, 30, NULL
      FROM tenant t CROSS JOIN (VALUES ('proof'), ('review')) k (kind)
    """,
    "UPDATE tenant SET swept_on = :today",
)
_EXPECTED: Final = "SELECT email FROM user_account WHERE email LIKE '%' || :domain"
_LEFT_OVER: Final = "SELECT min(created_at) FROM user_account WHERE email LIKE '%' || :domain"
_SINCE: Final = (
    "outbox", "reminder", "notice", "mail", "action", "reminder_rule", "reminder_kind_rule",
)  # fmt: skip
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


@contextmanager
def seeded(servers: Servers) -> Iterator[tuple[sa.Engine, frozenset[str]]]:
    """Gives the addresses of those to be told.

    The base is kept from run to run and must not fill with people: it is cleared afterwards, and
    before, of what a run that was cut off left.
    """
    engine = sa.create_engine(servers.superuser_url)
    began, known = clock.now(), {"domain": DOMAIN, "today": clock.today()}
    with engine.begin() as connection:
        left_over = connection.scalar(sa.text(_LEFT_OVER), known)
        if left_over:
            _clear(connection, left_over)
        for statement in _SEED:
            connection.execute(sa.text(statement), known)
        addresses = frozenset(connection.scalars(sa.text(_EXPECTED), known))
    try:
        yield engine, addresses
    finally:
        with engine.begin() as connection:
            _clear(connection, began)
        engine.dispose()


def _clear(connection: sa.Connection, since: datetime) -> None:
    for statement in _CLEARED:
        connection.execute(sa.text(statement), {"began": since})


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
def post() -> Iterator[tuple[int, Path]]:
    """The server's port, and the file that it writes down addresses in."""
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
