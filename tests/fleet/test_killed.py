"""PostgreSQL or the workers killed amid the writing of an import: all of it is there, or none."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from portal.fleet import import_queries, importing
from portal.fleet.import_pass import BATCH
from portal.fleet.models import Establishment, ImportState
from portal.kit import clock
from portal.kit.outbox import Outbox
from portal.local.postgres import SUPERUSER
from portal.local.process import wait_until
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.fleet.importer.samples import etalab_line, luhn_completed
from tests.fleet.runs import counted, extract, taken_in
from tests.live import ROOT
from tests.running import Running, environment

_SECONDS: Final = 60
#: Those that are there before, and two batches of newcomers; the last line is of the last batch.
_THERE: Final = {luhn_completed(f"02{rank:06d}"): f"EHPAD {rank}" for rank in range(10)}
_NEW: Final = {luhn_completed(f"01{rank:06d}"): f"IME {rank}" for rank in range(BATCH + 300)}
_RENAMED: Final = {finess: f"{name} BIS" for finess, name in _THERE.items()}
_LAST: Final = [*_THERE][-1]
#: Whoever waits for the row that we hold has written into the fleet already.
_WRITERS: Final = sa.text(
    "SELECT count(*) FROM pg_locks WHERE relation = 'establishment'::regclass"
    " AND mode = 'RowExclusiveLock' AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
)
_HOLD: Final = sa.text(
    "SELECT id FROM establishment WHERE tenant_id = :t AND finess = :f FOR UPDATE"
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("killed"), PORT="8670") as portal:
        yield portal


@pytest.mark.parametrize(
    ("part", "number"),
    [
        ("postgres", signal.SIGKILL),
        ("postgres", signal.SIGQUIT),  # as if the machine lost its power
        ("worker", signal.SIGKILL),
    ],
    ids=["a server killed", "a server without power", "the workers killed"],
)
def test_what_is_killed_amid_the_writing_leaves_the_fleet_as_it_was_and_the_import_ends(
    running: Running, part: str, number: signal.Signals
) -> None:
    with running.beside() as app:
        owner = make.tenant(f"acme-{part}-{number.name}".lower())
        with tenant_scope(owner.tenant_id):
            _confirmed(owner, _THERE, "2024-04-22")
            assert _comes_to(ImportState.APPLIED)
            with _held_up(app, owner) as writers:
                whole = {**_firsts(_RENAMED), **_NEW, **_RENAMED}
                run_id = _confirmed(owner, whole, "2025-04-22")
                assert wait_until(lambda: writers() == 1, _SECONDS)
                killed = _kill(running, part, number)
            assert wait_until(lambda: not killed & {*running.pids().values()}, _SECONDS)
            assert wait_until(_answers, _SECONDS, pause=0.1)
            between = (import_queries.state(run_id), _fleet())
            _let_time_pass()
            ended = _comes_to(ImportState.APPLIED)

            assert between == (ImportState.APPLYING, _THERE)
            assert ended
            assert _fleet() == whole
            found = counted(import_queries.run(run_id))
            assert found == {"created": len(_NEW), "updated": len(_RENAMED)}


def test_a_terminal_whose_database_is_killed_amid_the_writing_is_told_and_begins_again(
    running: Running, tmp_path: Path
) -> None:
    file, slug = tmp_path / "fleet.csv", "acme-terminal"
    whole = {**_firsts(_RENAMED), **_NEW, **_RENAMED}
    file.write_bytes(_extract(whole, "2025-04-22"))
    with running.beside() as app:
        owner = make.tenant(slug)
        with tenant_scope(owner.tenant_id):
            _confirmed(owner, _THERE, "2024-04-22")
            assert _comes_to(ImportState.APPLIED)
            with _held_up(app, owner) as writers, _terminal(running, slug, file) as terminal:
                assert wait_until(lambda: writers() == 1, _SECONDS)
                _kill(running, "postgres", signal.SIGKILL)
                said = terminal.communicate(timeout=_SECONDS)[0]
            assert wait_until(lambda: running.status("/readyz") == HTTPStatus.OK, _SECONDS)
            assert wait_until(_answers, _SECONDS, pause=0.1)
            between = _fleet()
            with _terminal(running, slug, file) as again:
                ended = again.communicate(timeout=_SECONDS)[0]

            assert (terminal.returncode, again.returncode) == (1, 0), said + ended
            assert "La base de données s’est arrêtée" in said
            assert "Traceback" not in said
            assert between == _THERE
            assert _fleet() == whole


def _terminal(running: Running, slug: str, file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "flask", "--app", "wsgi"),
            *("fleet", "import", slug, str(file), "--apply"),
        ],
        cwd=ROOT,
        env=environment(running.home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _firsts(fleet: dict[str, str]) -> dict[str, str]:
    """Half of them, for the first batch to write over."""
    return dict([*fleet.items()][: len(fleet) // 2])


def _confirmed(owner: Actor, fleet: dict[str, str], day: str) -> uuid.UUID:
    """Take a file of that day in, have it read by the workers, say that it is to be written."""
    run_id = taken_in(owner, _extract(fleet, day))
    db.session.commit()
    assert _comes_to(ImportState.PREVIEWED)
    importing.confirm(owner, run_id=run_id, at=clock.now())
    db.session.commit()
    return run_id


def _extract(fleet: dict[str, str], day: str) -> bytes:
    return extract(*(etalab_line(finess, name, f31=day) for finess, name in fleet.items()))


def _comes_to(state: ImportState) -> bool:
    """Whether the last import gets there before long."""

    def there() -> bool:
        with _reading():
            return import_queries.recent()[0].state is state

    return wait_until(there, _SECONDS, pause=0.1)


@contextmanager
def _reading() -> Iterator[None]:
    """What is there now, by a connection that is good."""
    try:
        yield
    finally:
        with suppress(DBAPIError):
            db.session.rollback()
        db.session.remove()


def _answers() -> bool:
    try:
        with _reading():
            db.session.execute(sa.text("SELECT 1"))
    except DBAPIError:
        return False
    return True


def _fleet() -> dict[str, str]:
    with _reading():
        rows = db.session.execute(sa.select(Establishment.finess, Establishment.name)).all()
    return {str(row.finess): row.name for row in rows}


@contextmanager
def _held_up(app: Flask, owner: Actor) -> Iterator[Callable[[], int]]:
    """Hold the row that the last batch writes: whoever writes the fleet stops amid it.

    Gives a way to count those who have written and wait.
    """
    url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(username=SUPERUSER)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        connection.execute(_HOLD, {"t": owner.tenant_id, "f": _LAST})
        yield lambda: int(connection.scalar(_WRITERS) or 0)
        with suppress(DBAPIError):  # it may have been killed as well
            connection.rollback()
    engine.dispose()


def _kill(running: Running, part: str, number: signal.Signals) -> set[int]:
    """All the processes of this name, which others take the place of."""
    killed = {pid for name, pid in running.pids().items() if name.startswith(part)}
    for pid in killed:
        os.kill(pid, number)
    return killed


def _let_time_pass() -> None:
    """For as long as the work is trusted to whoever died with it."""
    before = clock.now() - timedelta(minutes=1)
    db.session.execute(
        sa.update(Outbox)
        .where(Outbox.kind == importing.APPLY)
        .values(lease_until=before, handed_until=before)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
