"""Fixtures every test may use: a real PostgreSQL and a real Valkey, emptied between tests."""

import fcntl
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.config import Settings
from portal.guide import loader
from portal.guide import service as guide
from portal.kit import catalogues
from portal.publiclog import growing
from tenants import service as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.servers import servers

ROOT = Path(__file__).parent.parent
MASTER_KEY = "test" * 10 + "key"
#: Opens the browser of somebody who has signed in.
Visit = Callable[[Actor], FlaskClient]


def pytest_configure() -> None:
    """Before any test module is read: some speak as they are imported."""
    catalogues.make_ready()


def settings(database: str, storage: str) -> Settings:
    return Settings(
        secret_key="test",
        database_url=servers.app_url(database),
        owner_database_url=servers.owner_url(database),
        redis_url=servers.redis_url,
        storage_url=storage,
        master_key=MASTER_KEY,
        environment="development",
        password_memory_kib=8,
        keys=keys_beside(storage),
    )


def keys_beside(storage: str) -> Path:
    """A folder for the keys that workers make, as lasting as the storage."""
    files = Path(urlsplit(storage).path)
    return files.with_name(f"{files.name}-keys")


def _fingerprint() -> str:
    """Changes with the migrations and the guide, so that the template is built again."""
    files = [*(ROOT / "migrations").rglob("*.py"), *(ROOT / "portal/guide").rglob("*.*")]
    digest = hashlib.sha256((ROOT / "tenants/rls.py").read_bytes())
    for path in sorted(p for p in files if p.suffix in {".py", ".yaml"} or p.name == "SHA256SUMS"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _admin(statement: str) -> None:
    engine = sa.create_engine(servers.admin_url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def _exists(database: str) -> bool:
    engine = sa.create_engine(servers.admin_url())
    with engine.connect() as connection:
        found = connection.scalar(
            sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database}
        )
    engine.dispose()
    return found is not None


def _build_template(template: str) -> None:
    building = f"{template}_building"
    _admin(f"DROP DATABASE IF EXISTS {building}")
    _admin(f"CREATE DATABASE {building} OWNER treize_owner")
    with tempfile.TemporaryDirectory() as storage:
        app = create_app(settings(building, f"file://{storage}"))
        with app.app_context():
            upgrade()
            db.engine.dispose()
    owner = sa.create_engine(servers.owner_url(building))
    with Session(owner) as session, session.begin():
        guide.publish(session, loader.current())
    owner.dispose()
    _admin(f"ALTER DATABASE {building} RENAME TO {template}")


def new_database(name: str) -> None:
    """A migrated database with the guide in it, copied from a template built once."""
    template = f"template_{_fingerprint()}"
    lock = Path(tempfile.gettempdir()) / f"{template}.lock"
    with lock.open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not _exists(template):
            _build_template(template)
        _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        _admin(f"CREATE DATABASE {name} TEMPLATE {template} OWNER treize_owner")


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    database = f"test_{servers.slot}"
    new_database(database)
    app = create_app(settings(database, f"file://{tmp_path_factory.mktemp('storage')}"))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Browser
    app.extensions["limits"].forget()
    yield app
    with app.app_context():
        db.engine.dispose()
    for name in ("valkey", "valkey_impatient"):
        app.extensions[name].close()


@pytest.fixture
def superuser(app: Flask) -> Iterator[sa.Connection]:
    """Beside every lock of the test database; whatever it does is undone."""
    database = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    assert database
    engine = sa.create_engine(servers.admin_url(database))
    with engine.connect() as connection, connection.begin() as undone:
        yield connection
        undone.rollback()
    engine.dispose()


@contextmanager
def isolation(app: Flask) -> Iterator[sa.Connection]:
    """Work on one connection whose transaction is rolled back at the end.

    The session joins it through savepoints, so a commit in the code under test is real to the
    test and gone afterwards.
    """
    factory = db.session.session_factory
    with app.app_context(), db.engine.connect() as connection, ExitStack() as stack:
        # What was signed is kept outside of the database as well: it is undone with the rest.
        signed = app.config["SETTINGS"].keys / growing.SIGNED_FILE
        stack.callback(lambda: signed.unlink(missing_ok=True))
        stack.callback(connection.begin().rollback)
        stack.callback(db.session.remove)
        options = {"join_transaction_mode": "create_savepoint"}
        stack.enter_context(mock.patch.dict(factory.kw, options))
        stack.enter_context(mock.patch.object(factory.class_, "get_bind", return_value=connection))
        yield connection


@pytest.fixture
def isolated(app: Flask) -> Iterator[None]:
    """Leave no trace of the test."""
    app.extensions["limits"].forget()
    with isolation(app):
        yield


@pytest.fixture
def unlocked(superuser: sa.Connection) -> Iterator[None]:
    """Sessions that PostgreSQL does not restrain: what holds now is the session's own doing."""
    with pytest.MonkeyPatch.context() as patch:
        factory = db.session.session_factory
        patch.setattr(factory.class_, "get_bind", lambda *_, **__: superuser)
        patch.setitem(factory.kw, "join_transaction_mode", "create_savepoint")
        db.session.remove()
        yield
        db.session.remove()


class Browser(FlaskClient):
    """Gives each request a context and a session of its own, as in production.

    Inside the test's own app context a request would share both with the test, and ``g`` with the
    request before it.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.rollback()  # the next statement of the test tells PostgreSQL its scope again
        with self.application.app_context():
            return super().open(*args, **{"buffered": True, **kwargs})


@pytest.fixture
def client(app: Flask, isolated: None) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def owner(isolated: None) -> Iterator[Actor]:
    """The owner of the tenant « acme », in whose scope the test runs."""
    actor = make.tenant("acme")
    with tenant_scope(actor.tenant_id):
        yield actor


@pytest.fixture
def stranger(isolated: None) -> Actor:
    """The owner of another tenant, « globex »."""
    return make.tenant("globex")


@pytest.fixture
def technician(owner: Actor) -> Actor:
    return make.member(Role.TECHNICIAN)


def sign_in(client: FlaskClient, actor: Actor, *, strong: bool = True) -> None:
    """Put ``actor`` into the client's session, as a successful sign-in does."""
    db.session.rollback()  # or this would go with what the test has only read
    with client.application.app_context(), entered(Scope(user_id=actor.user_id)):
        opened = tenancy.open_sign_in(
            actor.user_id, method="test", strong=strong, at=datetime.now(UTC)
        )
        db.session.commit()
        opened_id = str(opened.id)
    with client.session_transaction() as session:
        session["_user_id"] = str(actor.user_id)
        session["_fresh"] = True
        session["sign_in"] = opened_id


@pytest.fixture
def visit(app: Flask) -> Visit:
    def open_for(actor: Actor) -> FlaskClient:
        client = app.test_client()
        sign_in(client, actor)
        return client

    return open_for
