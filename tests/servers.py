"""One PostgreSQL and one Valkey for every test process of this checkout, started when asked for.

A keeper process (`python -m tests.servers`) holds them until the last test process has gone, by
whatever death: users hold a shared lock that the kernel gives back.  The cluster itself stays on
disk (TREIZE_TEST_HOME, else a directory in /tmp), so the next run starts it in a tenth of a second.

Leftover databases are dropped when the keeper starts, but for those named `template_…`: a suite may
keep a migrated template there, under a name that changes with its migrations.
"""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import psycopg
import redis
from psycopg import sql

from portal.local.identity import make_directory
from portal.local.postgres import APP, OWNER, SUPERUSER, Postgres
from portal.local.process import StartError, wait_until
from portal.local.valkey import Valkey

_VALKEY_DATABASES = 64
_LINGER_SECONDS = 3
_HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}


def _home() -> Path:
    given = os.environ.get("TREIZE_TEST_HOME")
    checkout = hashlib.sha256(os.fsencode(Path(__file__).parent)).hexdigest()[:10]
    fallback = Path(tempfile.gettempdir()) / f"treize-tests-{os.geteuid()}-{checkout}"
    return make_directory(Path(given).absolute() if given else fallback, 0o755)


def _postgres() -> Postgres:
    return Postgres(_home() / "postgres", settings=_HASTY)


def _valkey() -> Valkey:
    settings = {"databases": str(_VALKEY_DATABASES), "appendonly": "no"}
    return Valkey(_home() / "valkey", settings=settings)


def _hold(name: str, how: int) -> IO[str] | None:
    """A lock kept for as long as the file object lives; None when LOCK_NB finds it taken."""
    lock = (_home() / name).open("a")
    try:
        fcntl.flock(lock, how)
    except BlockingIOError:
        lock.close()
        return None
    return lock


class Servers:
    """What tests are given: addresses, valid until the process ends."""

    def __init__(self) -> None:
        self._locks: list[IO[str]] = []

    def owner_url(self, database: str) -> str:
        """For the role that owns the database and runs migrations."""
        return self._joined[0].url(OWNER, database)

    def app_url(self, database: str) -> str:
        """For the role that the portal runs under: subject to every row lock."""
        return self._joined[0].url(APP, database)

    def admin_url(self, database: str = "postgres") -> str:
        """For the superuser, who alone may CREATE DATABASE … TEMPLATE."""
        return self._joined[0].url(SUPERUSER, database)

    @functools.cached_property
    def redis_url(self) -> str:
        """A Valkey database that is empty and this process's own."""
        url = self._joined[1].url(self.slot)
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return url

    @functools.cached_property
    def slot(self) -> int:
        """A number that no other test process has now, for names such as `test_7`."""
        for number in range(1, _VALKEY_DATABASES):
            lock = _hold(f"slot-{number}.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock:
                self._locks.append(lock)
                return number
        raise StartError("every slot is in use by another test process")

    @functools.cached_property
    def _joined(self) -> tuple[Postgres, Valkey]:
        users = _hold("users.lock", fcntl.LOCK_SH)
        turn = _hold("turn.lock", fcntl.LOCK_EX)
        assert users
        assert turn
        self._locks.append(users)
        vacancy = _hold("keeper.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
        if vacancy:
            vacancy.close()
            _start_keeper()
        turn.close()
        return _postgres(), _valkey()


def _start_keeper() -> None:
    ready, log = _home() / "ready", _home() / "keeper.log"
    ready.unlink(missing_ok=True)
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.servers"],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    wait_until(lambda: ready.exists() or keeper.poll() is not None, 90)
    if not ready.exists():
        raise StartError(log.read_text(errors="replace"))
    keeper.returncode = 0  # it outlives us on purpose: no ResourceWarning for it


def _started_cluster() -> Postgres:
    postgres = _postgres()
    try:
        postgres.start()
    except StartError:
        # Written without fsync: a machine that went down may have left it beyond repair.
        shutil.rmtree(postgres.data)
        postgres = _postgres()
        postgres.start()
    with psycopg.connect(
        host=str(postgres.socket), user=SUPERUSER, dbname="postgres", autocommit=True
    ) as connection:
        for (name,) in connection.execute(
            "SELECT datname FROM pg_database WHERE datname NOT LIKE 'template%' "
            "AND datname <> 'postgres'"
        ).fetchall():
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
    return postgres


def keep() -> None:
    """Run both servers until nobody has used them for a while."""
    post = _hold("keeper.lock", fcntl.LOCK_EX)
    assert post
    postgres, valkey = _started_cluster(), _valkey()
    valkey.start()
    (_home() / "ready").touch()
    while True:
        time.sleep(_LINGER_SECONDS)
        alone = _hold("users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
        if alone:
            break
    (_home() / "ready").unlink()
    valkey.stop()
    postgres.stop()
    post.close()  # before the users' lock, which lets the next one in
    alone.close()


servers = Servers()

if __name__ == "__main__":
    keep()
