"""The portal refuses to serve over an open lock: each refusal on a real database."""

import logging
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from tenants import selfcheck
from tenants.db import db
from tests.servers import servers

APP = "treize_app"


def _as(connection: sa.Connection, role: str) -> None:
    connection.execute(sa.text(f'SET LOCAL ROLE "{role}"'))


def _reasons(connection: sa.Connection) -> str:
    with pytest.raises(selfcheck.UnsafeDatabaseError) as refusal:
        selfcheck.verify(connection, production=False)
    return str(refusal.value)


def test_the_migrated_database_is_safe_for_the_app_s_role(superuser: sa.Connection) -> None:
    _as(superuser, APP)

    selfcheck.verify(superuser, production=False)


def test_a_superuser_is_refused(superuser: sa.Connection) -> None:
    assert "superuser" in _reasons(superuser)


def test_a_role_that_bypasses_row_security_is_refused(superuser: sa.Connection) -> None:
    superuser.execute(sa.text("CREATE ROLE selfcheck_probe BYPASSRLS"))
    _as(superuser, "selfcheck_probe")

    assert "BYPASSRLS" in _reasons(superuser)


def test_the_owner_of_the_tables_is_refused(superuser: sa.Connection) -> None:
    _as(superuser, "treize_owner")

    assert "owns action, attestation, " in _reasons(superuser)


def test_a_role_that_may_become_the_owner_is_refused(superuser: sa.Connection) -> None:
    superuser.execute(sa.text("CREATE ROLE selfcheck_probe IN ROLE treize_owner"))
    _as(superuser, "selfcheck_probe")

    assert "owns action, attestation, " in _reasons(superuser)


@pytest.mark.parametrize("lock", ["DISABLE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"])
def test_a_tenant_table_with_an_open_lock_is_refused_by_name(
    superuser: sa.Connection, lock: str
) -> None:
    superuser.execute(sa.text(f"ALTER TABLE evidence {lock}"))
    _as(superuser, APP)

    assert _reasons(superuser) == "row-level security is not enabled and forced on evidence"


def test_a_new_table_that_nobody_locked_is_refused(superuser: sa.Connection) -> None:
    superuser.execute(sa.text("CREATE TABLE forgotten (tenant_id uuid)"))
    _as(superuser, APP)

    assert "forgotten" in _reasons(superuser)


def test_row_security_switched_off_for_the_role_is_refused(superuser: sa.Connection) -> None:
    _as(superuser, APP)
    superuser.execute(sa.text("SET LOCAL row_security = off"))

    assert "row_security is off" in _reasons(superuser)


def test_the_right_to_truncate_is_refused(superuser: sa.Connection) -> None:
    superuser.execute(sa.text(f"GRANT TRUNCATE ON statement TO {APP}"))
    _as(superuser, APP)

    assert _reasons(superuser) == "the app's role may TRUNCATE statement"


def test_every_reason_is_said_at_once(superuser: sa.Connection) -> None:
    superuser.execute(sa.text(f"GRANT TRUNCATE ON statement TO {APP}"))
    superuser.execute(sa.text("ALTER TABLE mail NO FORCE ROW LEVEL SECURITY"))
    _as(superuser, APP)

    assert "mail; the app's role may TRUNCATE statement" in _reasons(superuser)


@pytest.fixture
def empty() -> Iterator[sa.Connection]:
    """A database without a table, seen by the app's role."""
    engine = sa.create_engine(servers.admin_url(), isolation_level="AUTOCOMMIT")
    name = f"empty_{servers.slot}"
    with engine.connect() as admin:
        admin.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
        admin.execute(sa.text(f"CREATE DATABASE {name}"))
        app_engine = sa.create_engine(servers.app_url(name))
        with app_engine.connect() as connection:
            yield connection
        app_engine.dispose()
        admin.execute(sa.text(f"DROP DATABASE {name}"))
    engine.dispose()


def test_an_empty_database_is_refused_with_what_to_do(empty: sa.Connection) -> None:
    assert "db upgrade" in _reasons(empty)


@pytest.mark.parametrize(
    ("version", "below"),
    [
        (150019, True),
        (150020, False),
        (160015, True),
        (160016, False),
        (170011, True),
        (170012, False),
        (180006, True),
        (180007, False),
        (140030, True),
        (190000, False),
    ],
)
def test_the_security_floor_by_version(version: int, below: bool) -> None:
    assert selfcheck.below_floor(version) is below


@pytest.fixture
def outdated(superuser: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> sa.Connection:
    """The server at hand, on the day after a fault was found in it."""
    version = superuser.scalar(sa.text("SELECT current_setting('server_version_num')::int"))
    assert version
    monkeypatch.setitem(selfcheck.FLOOR, version // 10_000, version + 1)
    _as(superuser, APP)
    return superuser


def test_an_outdated_server_is_refused_in_production(outdated: sa.Connection) -> None:
    with pytest.raises(selfcheck.UnsafeDatabaseError, match=r"known fault.*update it to"):
        selfcheck.verify(outdated, production=True)


def test_an_outdated_server_is_a_warning_elsewhere(
    outdated: sa.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        selfcheck.verify(outdated, production=False)

    assert "known fault" in caplog.text


def _small_app(database_url: str) -> Flask:
    app = Flask("small")
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    db.init_app(app)
    selfcheck.init_app(app, production=False, spared={"alive"})
    app.add_url_rule("/", "home", lambda: "served")
    app.add_url_rule("/healthz", "alive", lambda: "alive")
    app.testing = True
    return app


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def test_requests_are_refused_until_the_database_is_safe(app: Flask) -> None:
    database = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    assert database
    as_owner = _small_app(servers.owner_url(database))

    for _ in range(2):
        with pytest.raises(selfcheck.UnsafeDatabaseError, match="owns"):
            as_owner.test_client().get("/")

    assert as_owner.test_client().get("/healthz").text == "alive"
    _dispose(as_owner)


def test_a_safe_database_is_looked_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    small = _small_app(app.config["SQLALCHEMY_DATABASE_URI"])
    small.test_client().get("/")
    monkeypatch.setattr(selfcheck, "verify", _away)

    assert small.test_client().get("/").text == "served"
    _dispose(small)


def test_a_server_that_does_not_answer_is_asked_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = _small_app(app.config["SQLALCHEMY_DATABASE_URI"])
    with monkeypatch.context() as away:
        away.setattr(selfcheck, "verify", _away)
        with pytest.raises(OperationalError):
            small.test_client().get("/")

    assert small.test_client().get("/").text == "served"
    _dispose(small)


def _away(*_: object, **__: object) -> None:
    raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))
