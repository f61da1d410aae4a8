"""A portal of its own for tests whose work spans processes or connections: data are committed."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal import worker
from portal.app import create_app
from portal.config import Settings
from portal.kit import clock
from portal.kit.outbox import Outbox
from portal.local.process import wait_until
from tenants.context import current_tenant_id
from tenants.db import db
from tests import conftest
from tests.servers import servers

ROOT = Path(__file__).parent.parent
_LONGEST_MS = 10_000
#: A busy machine takes its time; what takes longer hangs.
_HANGS_SECONDS = 300


@contextmanager
def portal(storage: str) -> Iterator[Flask]:
    """A portal over a new database and an empty Valkey, within its app context."""
    database = f"live_{servers.slot}"
    conftest.new_database(database)
    app = create_app(conftest.settings(database, storage))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.extensions["valkey"].flushdb()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    for name in ("valkey", "valkey_blocking", "valkey_impatient"):
        app.extensions[name].close()


@pytest.fixture
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with portal(f"file://{tmp_path_factory.mktemp('live')}") as app:
        yield app


def environment(app: Flask) -> dict[str, str]:
    """What a process beside this portal is told."""
    settings: Settings = app.config["SETTINGS"]
    return {
        **os.environ,
        "SECRET_KEY": settings.secret_key,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "STORAGE_URL": settings.storage_url,
        "MASTER_KEY": settings.master_key,
        "TREIZE_ENV": settings.environment,
        "KEYS_DIR": str(settings.keys),
    }


def killed(app: Flask, module: str, *told: str, flag: Path) -> None:
    """Start a process of this module, and kill it with SIGKILL once ``flag`` says that it is there.

    However long that takes: one that was killed before it had begun would prove nothing.
    """
    victim = subprocess.Popen(
        [sys.executable, "-m", module, *told, str(flag)], cwd=ROOT, env=environment(app)
    )
    try:
        wait_until(lambda: flag.exists() or victim.poll() is not None, _HANGS_SECONDS)
        assert flag.exists(), f"{module} never came so far (exit code {victim.poll()})"
    finally:
        victim.kill()
        victim.wait()


def work(app: Flask, *, bulk: bool = True) -> None:
    """Let a worker do whatever has been handed over, in this process."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        worker.run(app, burst=True, bulk=bulk)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def performed(outbox_id: str, kind: str) -> None:
    """Let the time of what is promised come, and a worker do it, in the current tenant."""
    now = clock.now()
    db.session.execute(
        db.update(Outbox)
        .where(Outbox.id == uuid.UUID(outbox_id), Outbox.run_at > now)
        .values(run_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    worker.perform(str(current_tenant_id()), outbox_id, kind)


def promised(kind: str) -> Outbox:
    """The only promise of this kind in the current tenant, as it stands now."""
    db.session.rollback()
    found: Outbox = db.session.execute(db.select(Outbox).where(Outbox.kind == kind)).scalar_one()
    return found


def cut_off(app: Flask) -> None:
    """Close every connection to the portal's database, as a restart of PostgreSQL does.

    Ends when the processes that served them are gone: a signal that was only sent leaves a moment
    in which a connection looks alive.
    """
    database = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    admin = sa.create_engine(servers.admin_url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid, :wait) FROM pg_stat_activity"
                " WHERE datname = :name"
            ),
            {"name": database, "wait": _LONGEST_MS},
        )
    admin.dispose()
