"""Every table of a person's own × every deed: hers alone, in whichever scope, by plain SQL."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tenants.context import NO_SCOPE, Reach, Scope
from tests.house import locks
from tests.house.locks import TABLES, Deed, Outcome, World, as_app, outcome_of
from tests.house.rows import Lane, Row
from tests.house.test_tenancy import PERSONAL

#: What the portal itself only reads: the operator is named from a terminal.
READ_ONLY = {"operator"}

every_table = pytest.mark.parametrize("table", sorted(PERSONAL))
every_deed = pytest.mark.parametrize("deed", list(Deed))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Each lane's person with a row in each table."""
    with locks.opened() as world:
        with world.engine.begin() as connection:
            for name in sorted(PERSONAL):
                for lane in (world.inside, world.foreign):
                    connection.execute(TABLES[name].insert(), lane.fill(TABLES[name]))
        yield world


def _statement(table: sa.Table, deed: Deed, row: Row, another: Row) -> Any:
    key = sa.and_(*(column == row[column.name] for column in table.primary_key))
    if deed is Deed.SELECT:
        return sa.select(sa.literal(1)).select_from(table).where(key)
    if deed is Deed.INSERT:
        return table.insert().values(another)
    if deed is Deed.UPDATE:
        return table.update().where(key).values(user_id=row["user_id"])
    return table.delete().where(key)


def _attempt(
    world: World, scope: Scope, whose: Lane, table: str, deed: Deed
) -> tuple[Outcome, bool]:
    """What came of it, and whether the table is as it was."""
    found, every = TABLES[table], sa.select(TABLES[table])
    with world.engine.connect() as connection, connection.begin() as undone:
        before = set(map(str, connection.execute(every)))
        as_app(connection, scope)
        statement = _statement(found, deed, whose.rows[table], whose.another(found))
        outcome = outcome_of(connection, statement)
        connection.execute(sa.text("RESET ROLE"))
        same = before == set(map(str, connection.execute(every)))
        undone.rollback()
    return outcome, same


@every_table
@every_deed
def test_a_person_does_to_her_own_rows_what_the_portal_may(
    world: World, table: str, deed: Deed
) -> None:
    outcome, _ = _attempt(world, Scope(user_id=world.inside.user_id), world.inside, table, deed)

    if table in READ_ONLY and deed is not Deed.SELECT:
        assert outcome is Outcome.REFUSED
    else:
        assert outcome in {Outcome.DONE, Outcome.TIED}


@every_table
@every_deed
@pytest.mark.parametrize("where", ["her own scope", "her tenant", "the other's tenant", "nowhere"])
def test_nobody_does_anything_to_another_person_s_rows(
    world: World, table: str, deed: Deed, where: str
) -> None:
    user_id = world.inside.user_id
    scope = {
        "her own scope": Scope(user_id=user_id),
        "her tenant": Scope(world.inside.tenant_id, Reach.TENANT, uuid.uuid4(), user_id),
        "the other's tenant": Scope(world.foreign.tenant_id, Reach.TENANT, uuid.uuid4(), user_id),
        "nowhere": NO_SCOPE,
    }[where]

    outcome, same = _attempt(world, scope, world.foreign, table, deed)

    assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
    assert same
