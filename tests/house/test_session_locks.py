"""The filter on reads and the guard on writes, alone, on every tenant table.

The session works as the superuser, whom no policy of PostgreSQL restrains: what another tenant has
is hidden, and kept as it is, by ``tenants.scoping`` or by nothing.
"""

import uuid
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import flag_modified

from tenants.context import tenant_scope
from tenants.db import Base
from tenants.scoping import CrossTenantWriteError, TenantScoped
from tests.house import locks
from tests.house.locks import World
from tests.house.rows import Lane
from tests.house.test_tenancy import TENANT_TABLES

Model: TypeAlias = Any
MODELS: dict[str, Model] = {
    str(mapper.persist_selectable): mapper.class_
    for mapper in Base.registry.mappers
    if issubclass(mapper.class_, TenantScoped)
}
every_table = pytest.mark.parametrize("table", TENANT_TABLES)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with locks.opened() as world:
        yield world


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    """Acme's, in the scope of the whole of it; what it does is undone."""
    with tenant_scope(world.inside.tenant_id), Session(world.engine) as session:
        yield session
        session.rollback()


def _key(model: Model, row: dict[str, Any]) -> sa.ColumnElement[bool]:
    return sa.and_(*(c == row[c.name] for c in model.__table__.primary_key))


def _tenants(world: World, table: str) -> set[uuid.UUID]:
    """Whose rows there are, seen over every lock."""
    with world.engine.connect() as connection:
        return set(connection.scalars(sa.select(locks.TABLES[table].c.tenant_id)))


def test_every_tenant_table_has_its_model() -> None:
    assert sorted(MODELS) == TENANT_TABLES


@every_table
def test_the_filter_alone_shows_a_tenant_its_own_rows_in_every_shape(
    world: World, session: Session, table: str
) -> None:
    model, own = MODELS[table], world.inside.tenant_id
    other, inner = aliased(model), sa.select(MODELS[table].tenant_id).subquery()
    shapes = [
        sa.select(model.tenant_id),
        sa.select(other.tenant_id),
        sa.select(inner.c.tenant_id),
        sa.select(model.tenant_id).join_from(model, other, sa.true()),
    ]

    seen = [set(session.scalars(shape)) for shape in shapes]
    entities = {row.tenant_id for row in session.scalars(sa.select(model))}

    assert [*seen, entities] == [{own}] * 5
    assert _tenants(world, table) == {own, world.foreign.tenant_id}


@every_table
def test_the_filter_alone_hides_a_foreign_key(world: World, session: Session, table: str) -> None:
    model, row = MODELS[table], world.foreign.rows[table]

    assert session.scalar(sa.select(model).where(_key(model, row))) is None


@every_table
def test_the_filter_alone_keeps_updates_and_deletes_at_home(
    world: World, session: Session, table: str
) -> None:
    model, row = MODELS[table], world.foreign.rows[table]
    touched: list[Any] = [
        session.execute(statement.where(_key(model, row)))
        for statement in (
            sa.update(model).values(tenant_id=model.tenant_id),
            sa.delete(model),
        )
    ]

    assert [result.rowcount for result in touched] == [0, 0]


def _loaded(world: World, table: str, lane: Lane) -> Model:
    """A row of the lane's tenant, as its own session left it."""
    model = MODELS[table]
    with tenant_scope(lane.tenant_id), Session(world.engine) as session:
        row = session.scalars(sa.select(model).where(_key(model, lane.rows[table]))).one()
        session.expunge(row)
    return row


@every_table
def test_the_guard_alone_refuses_a_new_row_for_another_tenant(
    world: World, session: Session, table: str
) -> None:
    row = world.foreign.another(locks.TABLES[table])
    session.add(MODELS[table](**row))

    with pytest.raises(CrossTenantWriteError):
        session.flush()


@every_table
def test_the_guard_alone_refuses_to_change_a_foreign_row(
    world: World, session: Session, table: str
) -> None:
    row = _loaded(world, table, world.foreign)
    session.add(row)
    row.tenant_id = world.foreign.tenant_id
    flag_modified(row, "tenant_id")

    with pytest.raises(CrossTenantWriteError):
        session.flush()


@every_table
def test_the_guard_alone_refuses_to_give_a_row_away(
    world: World, session: Session, table: str
) -> None:
    row = _loaded(world, table, world.inside)
    session.add(row)
    row.tenant_id = world.foreign.tenant_id

    with pytest.raises(CrossTenantWriteError):
        session.flush()


@every_table
def test_the_guard_alone_refuses_to_delete_a_foreign_row(
    world: World, session: Session, table: str
) -> None:
    session.delete(_loaded(world, table, world.foreign))

    with pytest.raises(CrossTenantWriteError):
        session.flush()
