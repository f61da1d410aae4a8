"""Every tenant table × select, insert, update, delete × own, foreign, no tenant; and × the list.

By plain SQL as the app's role: nothing stands between a visitor and a row but PostgreSQL.  Each
attempt is undone; before that, the superuser looks whether the row is still what it was.
"""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import IntegrityError, ProgrammingError

from tenants.context import NO_SCOPE, Reach, Scope
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


ALLOWED = {Outcome.DONE, Outcome.TIED}
#: What not even the tenant itself may do: the journal is only ever added to.
FROZEN = {("audit_event", Deed.UPDATE), ("audit_event", Deed.DELETE)}
#: Invisible to a listed membership, its own establishment's rows included.
PROVIDER_ONLY = {"attestation_batch", "bulk_act", "counter", "import_run", "outbox"}
#: What a listed membership may write of its own establishments: a verdict, with its score, its
#: trace, what it promises and whom it tells.
LISTED_WRITES = {
    *((table, deed) for table in ("tracked_requirement", "scorecard") for deed in Deed),
    *((table, deed) for table in ("mail", "reminder") for deed in Deed),
    ("audit_event", Deed.INSERT),
    ("outbox", Deed.INSERT),
}


@dataclass(frozen=True)
class World:
    """Two establishments of one tenant, inside and outside a list, and one of another tenant."""

    engine: sa.Engine
    inside: Lane
    outside: Lane
    foreign: Lane


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
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


def _as_app(connection: sa.Connection, scope: Scope) -> None:
    settings = {
        "app.tenant_id": str(scope.tenant_id or ""),
        "app.reach": scope.reach.value,
        "app.membership_id": str(scope.membership_id or ""),
        "app.user_id": str(scope.user_id or ""),
    }
    for setting, value in settings.items():
        connection.execute(
            sa.text("SELECT set_config(:setting, :value, true)"),
            {"setting": setting, "value": value},
        )
    connection.execute(sa.text("SET LOCAL ROLE treize_app"))


def _key(table: sa.Table, row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == row[column.name] for column in table.primary_key))


def _statement(table: sa.Table, deed: Deed, lane: Lane) -> sa.Executable:
    key = _key(table, lane.rows[table.name])
    if deed is Deed.SELECT:
        return sa.select(sa.literal(1)).select_from(table).where(key)
    if deed is Deed.INSERT:
        return table.insert().values(lane.another(table))
    if deed is Deed.UPDATE:
        return table.update().where(key).values(tenant_id=lane.tenant_id)
    return table.delete().where(key)


def _attempt(connection: sa.Connection, statement: sa.Executable) -> Outcome:
    savepoint = connection.begin_nested()
    try:
        result: Any = connection.execute(statement)
        touched = len(result.all()) if result.returns_rows else result.rowcount
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


def _try(world: World, scope: Scope, lane: Lane, name: str, deed: Deed) -> tuple[Outcome, bool]:
    """What came of it, and whether the lane's tenant is as it was."""
    table = TABLES[name]
    with world.engine.connect() as connection, connection.begin() as undone:
        before = _picture(connection, table, lane)
        _as_app(connection, scope)
        outcome = _attempt(connection, _statement(table, deed, lane))
        connection.execute(sa.text("RESET ROLE"))
        same = before == _picture(connection, table, lane)
        undone.rollback()
    return outcome, same


def _whole(lane: Lane) -> Scope:
    return Scope(lane.tenant_id, Reach.TENANT, None, lane.user_id)


def _listed(lane: Lane) -> Scope:
    return Scope(lane.tenant_id, Reach.LISTED, lane.rows["membership"]["id"], lane.user_id)


every_table = pytest.mark.parametrize("table", TENANT_TABLES)
every_deed = pytest.mark.parametrize("deed", list(Deed))


@every_table
@every_deed
def test_a_tenant_does_to_its_own_rows_what_it_may(world: World, table: str, deed: Deed) -> None:
    outcome, _ = _try(world, _whole(world.inside), world.inside, table, deed)

    if (table, deed) in FROZEN:
        assert outcome is Outcome.REFUSED
    else:
        assert outcome in ALLOWED


@every_table
@every_deed
def test_a_tenant_does_nothing_to_another_s_rows(world: World, table: str, deed: Deed) -> None:
    outcome, same = _try(world, _whole(world.inside), world.foreign, table, deed)

    assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
    assert same


@every_table
@every_deed
def test_nobody_s_scope_does_nothing(world: World, table: str, deed: Deed) -> None:
    outcome, same = _try(world, NO_SCOPE, world.inside, table, deed)

    assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
    assert same


@every_table
@every_deed
def test_a_person_s_own_scope_reads_her_memberships_and_no_more(
    world: World, table: str, deed: Deed
) -> None:
    own = Scope(user_id=world.inside.user_id)
    outcome, same = _try(world, own, world.inside, table, deed)

    readable = table == "membership" and deed is Deed.SELECT
    assert outcome in ({Outcome.DONE} if readable else {Outcome.NOTHING, Outcome.REFUSED})
    assert same


@every_table
@every_deed
def test_a_list_does_nothing_outside_itself(world: World, table: str, deed: Deed) -> None:
    outcome, same = _try(world, _listed(world.inside), world.outside, table, deed)

    if (table, deed) == ("outbox", Deed.INSERT):
        assert outcome is Outcome.DONE  # a promise is of the tenant, not of an establishment
    else:
        assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
        assert same


@every_table
@every_deed
def test_a_list_reads_inside_itself_and_writes_little(world: World, table: str, deed: Deed) -> None:
    outcome, same = _try(world, _listed(world.inside), world.inside, table, deed)

    if deed is Deed.SELECT:
        assert outcome is (Outcome.NOTHING if table in PROVIDER_ONLY else Outcome.DONE)
    elif (table, deed) in LISTED_WRITES:
        assert outcome in ALLOWED
    else:
        assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
        assert same


@every_table
@every_deed
def test_a_list_does_nothing_in_another_tenant(world: World, table: str, deed: Deed) -> None:
    outcome, same = _try(world, _listed(world.inside), world.foreign, table, deed)

    assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
    assert same


@every_table
def test_a_list_of_an_ended_membership_reads_nothing(world: World, table: str) -> None:
    ended = sa.text("UPDATE membership SET revoked_at = now() WHERE id = :id")
    scope = _listed(world.inside)
    with world.engine.connect() as connection, connection.begin() as undone:
        connection.execute(ended, {"id": scope.membership_id})
        _as_app(connection, scope)
        outcome = _attempt(connection, _statement(TABLES[table], Deed.SELECT, world.inside))
        undone.rollback()

    assert outcome is (Outcome.DONE if table in STILL_OWN else Outcome.NOTHING)


#: What is the person's rather than the establishment's: she is told that her access has ended.
STILL_OWN = {"membership", "membership_establishment", "mail", "reminder"}
