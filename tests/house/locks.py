"""One deed on one row in one scope, by plain SQL as the app's role, and undone."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import IntegrityError, ProgrammingError

from tenants.context import Reach, Scope
from tenants.db import Base
from tests.conftest import new_database
from tests.house import tree
from tests.house.rows import Lane, Row
from tests.house.test_tenancy import TENANT_TABLES
from tests.servers import servers

tree.import_tables()
TABLES = {table.name: table for table in Base.metadata.sorted_tables}


class Deed(StrEnum):
    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class Outcome(StrEnum):
    """``tied``: the locks let it pass, and another row or a unique key stopped it."""

    DONE = "done"
    TIED = "tied"
    NOTHING = "nothing"
    REFUSED = "refused"


@dataclass(frozen=True)
class World:
    """Two establishments of one tenant, inside and outside a list, and one of another tenant."""

    engine: sa.Engine
    inside: Lane
    outside: Lane
    foreign: Lane


@contextmanager
def opened() -> Iterator[World]:
    """The world in a database of its own, as the superuser made it."""
    name = f"isolation_{servers.slot}"
    new_database(name)
    engine = sa.create_engine(servers.admin_url(name))
    acme, globex = uuid.uuid4(), uuid.uuid4()
    lanes = [Lane(tenant, uuid.uuid4()) for tenant in (acme, acme, globex)]
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        with engine.begin() as connection:
            _open(connection, acme, globex)
            for lane in lanes:
                _populate(connection, lane)
        yield World(engine, *lanes)


def _open(connection: sa.Connection, *tenant_ids: uuid.UUID) -> None:
    for tenant_id in tenant_ids:
        connection.execute(
            TABLES["tenant"].insert(),
            {"id": tenant_id, "slug": str(tenant_id), "name": "T", "edition_id": "2026.1"},
        )


def _populate(connection: sa.Connection, lane: Lane) -> None:
    connection.execute(
        TABLES["user_account"].insert(),
        {"id": lane.user_id, "email": str(lane.user_id), "name": "P", "locale": "fr"},
    )
    for name, table in TABLES.items():
        if name in TENANT_TABLES:
            connection.execute(table.insert(), lane.fill(table))


def as_app(connection: sa.Connection, scope: Scope) -> None:
    settings = {
        "app.tenant_id": str(scope.tenant_id or ""),
        "app.reach": scope.reach.value,
        "app.membership_id": str(scope.membership_id or ""),
        "app.user_id": str(scope.user_id or ""),
        "app.engagement_id": str(scope.engagement_id or ""),
    }
    for setting, value in settings.items():
        connection.execute(
            sa.text("SELECT set_config(:setting, :value, true)"),
            {"setting": setting, "value": value},
        )
    connection.execute(sa.text("SET LOCAL ROLE treize_app"))


def _key(table: sa.Table, row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == row[column.name] for column in table.primary_key))


def statement(table: sa.Table, deed: Deed, lane: Lane) -> sa.Executable:
    key = _key(table, lane.rows[table.name])
    if deed is Deed.SELECT:
        return sa.select(sa.literal(1)).select_from(table).where(key)
    if deed is Deed.INSERT:
        return table.insert().values(lane.another(table))
    if deed is Deed.UPDATE:
        return table.update().where(key).values(tenant_id=lane.tenant_id)
    return table.delete().where(key)


def outcome_of(connection: sa.Connection, statement: sa.Executable) -> Outcome:
    savepoint = connection.begin_nested()
    try:
        result: Any = connection.execute(statement)
        touched = len(result.all()) if result.returns_rows else result.rowcount
        savepoint.commit()
    except IntegrityError:
        savepoint.rollback()
        return Outcome.TIED
    except ProgrammingError as error:
        savepoint.rollback()
        if isinstance(error.orig, InsufficientPrivilege):
            return Outcome.REFUSED
        raise
    return Outcome.DONE if touched else Outcome.NOTHING


def _picture(connection: sa.Connection, table: sa.Table, lane: Lane) -> tuple[Any, int]:
    """The row as it is, and how many its tenant has, seen over every lock."""
    row = connection.execute(sa.select(table).where(_key(table, lane.rows[table.name]))).first()
    count = connection.scalar(
        sa.select(sa.func.count()).select_from(table).where(table.c.tenant_id == lane.tenant_id)
    )
    return row, count or 0


def attempt(
    world: World, scope: Scope, lane: Lane, name: str, deed: Deed, *, first: str = "SELECT 1"
) -> tuple[Outcome, bool]:
    """What came of it, and whether the lane's tenant is as it was."""
    table = TABLES[name]
    with world.engine.connect() as connection, connection.begin() as undone:
        connection.execute(sa.text(first))
        before = _picture(connection, table, lane)
        as_app(connection, scope)
        outcome = outcome_of(connection, statement(table, deed, lane))
        connection.execute(sa.text("RESET ROLE"))
        same = before == _picture(connection, table, lane)
        undone.rollback()
    return outcome, same


def whole(lane: Lane) -> Scope:
    return Scope(lane.tenant_id, Reach.TENANT, None, lane.user_id)


def listed(lane: Lane) -> Scope:
    return Scope(lane.tenant_id, Reach.LISTED, lane.rows["membership"]["id"], lane.user_id)
