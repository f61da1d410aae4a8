"""Migrations go up, down and up again, and say what the models say."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import check, downgrade, upgrade

from portal.app import create_app
from portal.config import Settings
from tenants.db import db
from tests.conftest import MASTER_KEY
from tests.servers import servers


@pytest.fixture
def scratch(tmp_path: object) -> Iterator[Flask]:
    """The app over an empty database of the owner's."""
    name = f"migrations_{servers.slot}"
    admin = sa.create_engine(servers.admin_url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(sa.text(f"CREATE DATABASE {name} OWNER treize_owner"))
    app = create_app(
        Settings(
            secret_key="test",
            database_url=servers.app_url(name),
            owner_database_url=servers.owner_url(name),
            redis_url=servers.redis_url,
            storage_url=f"file://{tmp_path}",
            master_key=MASTER_KEY,
            environment="development",
        )
    )
    with app.app_context():
        yield app
        db.engine.dispose()
    app.extensions["valkey"].close()
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _schema(app: Flask) -> list[tuple[str, ...]]:
    """Columns, constraints, indexes, policies, grants and functions: all that migrations make."""
    url = app.config["SETTINGS"].owner_database_url
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [tuple(map(str, row)) for query in _QUERIES for row in connection.execute(query)]
    engine.dispose()
    return found


_QUERIES = [
    sa.text(query)
    for query in (
        """SELECT table_name, column_name, data_type, is_nullable, column_default
             FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
        """SELECT tablename, indexname, indexdef
             FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2""",
        """SELECT tablename, policyname, permissive, roles, cmd, qual, with_check
             FROM pg_policies ORDER BY 1, 2""",
        """SELECT table_name, grantee, privilege_type
             FROM information_schema.role_table_grants
            WHERE table_schema = 'public' ORDER BY 1, 2, 3""",
        """SELECT proname, prosecdef, pg_get_functiondef(oid)
             FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 3""",
        """SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1""",
    )
]


def test_up_down_and_up_again_is_the_same_schema(scratch: Flask) -> None:
    upgrade()
    first = _schema(scratch)
    downgrade(revision="base")
    emptied = {row[0] for row in _schema(scratch)}
    upgrade()

    assert _schema(scratch) == first
    assert emptied <= {"alembic_version", "alembic_version_pkc"}


def test_models_and_migrations_say_the_same(scratch: Flask) -> None:
    upgrade()

    check()  # exits when a revision is missing
