"""Whatever the owner of the database does to a journal, over every lock, is found."""

import random
import uuid
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit import chaining, verification
from portal.audit.chain import Finding, Head, Kind
from tenants.context import tenant_scope
from tenants.db import db
from tests.conftest import new_database
from tests.servers import servers

EVENTS = 40
TENANT = uuid.UUID(int=13)

#: What the owner of the database may do: {a} and {b} are positions, a < b.
SQL: dict[str, tuple[set[Kind], str]] = {
    "action": ({Kind.EDITED}, "UPDATE audit_event SET action = 'x.y' WHERE id = {event}"),
    "time": (
        {Kind.EDITED},
        "UPDATE audit_event SET at = at + interval '1 microsecond' WHERE id = {event}",
    ),
    "details": (
        {Kind.EDITED},
        "UPDATE audit_event SET details = '{{\"number\": 99}}' WHERE id = {event}",
    ),
    "name": ({Kind.EDITED}, "UPDATE audit_event SET actor_name = 'Eve' WHERE id = {event}"),
    "hidden name": (
        {Kind.EDITED},
        "UPDATE audit_link SET actor_salt = NULL WHERE position = {a}",
    ),
    "event": ({Kind.MISSING}, "DELETE FROM audit_event WHERE id = {event}"),
    "link": ({Kind.MISSING}, "DELETE FROM audit_link WHERE position = {a}"),
    "both": (
        {Kind.MISSING},
        "DELETE FROM audit_link WHERE position = {a}; DELETE FROM audit_event WHERE id = {event}",
    ),
    "beside": (
        {Kind.INSERTED},
        """INSERT INTO audit_event (tenant_id, id, actor_name, action, subject_type, subject_id,
                                    details)
           SELECT tenant_id, gen_random_uuid(), 'Eve', action, subject_type, subject_id, '{{}}'
             FROM audit_event WHERE id = {event}""",
    ),
    "swap": (
        {Kind.REORDERED},
        """UPDATE audit_link SET position = -1 WHERE position = {a};
           UPDATE audit_link SET position = {a} WHERE position = {b};
           UPDATE audit_link SET position = {b} WHERE position = -1""",
    ),
    "tail": ({Kind.TRUNCATED}, "DELETE FROM audit_link WHERE position > {a}"),
    "head": ({Kind.EDITED}, "UPDATE audit_head SET digest = '\\x00'"),
    "head moved": ({Kind.INSERTED}, "UPDATE audit_head SET position = {a}"),
}


_SOME = sa.text("""
    INSERT INTO audit_event (tenant_id, id, actor_id, actor_name, action, subject_type, subject_id,
                             establishment_id, details)
    SELECT :tenant, gen_random_uuid(), gen_random_uuid(), 'Ann', 'statement.declared',
           'establishment', gen_random_uuid(), gen_random_uuid(),
           jsonb_build_object('number', number)
      FROM generate_series(1, :count) AS number RETURNING id
""")


@pytest.fixture(scope="module")
def journal() -> Iterator[sa.Connection]:
    """A database of its own with one chain in it, seen by the superuser whom no key holds."""
    name = f"journal_{servers.slot}"
    new_database(name)
    engine = sa.create_engine(servers.admin_url(name))
    with engine.connect() as connection:
        connection.execute(sa.text("SET session_replication_role = replica"))
        connection.execute(
            sa.text("INSERT INTO tenant (id, slug, name, edition_id) VALUES (:id, 't', 'T', 'e')"),
            {"id": TENANT},
        )
        for count in (1, EVENTS - 1):
            told = {"tenant": TENANT, "count": count}
            chaining.tie(connection, TENANT, list(connection.scalars(_SOME, told)))
        connection.commit()
        yield connection
    engine.dispose()


@contextmanager
def _reading(app: Flask, connection: sa.Connection) -> Iterator[None]:
    factory = db.session.session_factory
    with app.app_context(), ExitStack() as stack:
        stack.callback(db.session.remove)
        options = {"join_transaction_mode": "create_savepoint"}
        stack.enter_context(mock.patch.dict(factory.kw, options))
        stack.enter_context(mock.patch.object(factory.class_, "get_bind", return_value=connection))
        stack.enter_context(tenant_scope(TENANT))
        yield


def _found(
    app: Flask, journal: sa.Connection, statement: str, *, noted: Collection[Head] = ()
) -> Finding | None:
    with journal.begin_nested() as undone:
        for one in filter(None, statement.split(";")):
            journal.execute(sa.text(one.replace(":", r"\:")))
        with _reading(app, journal):
            finding = verification.verify(noted=noted).finding
        undone.rollback()
    return finding


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("way", sorted(SQL))
def test_what_the_database_s_owner_does_to_it_is_found(
    app: Flask, journal: sa.Connection, way: str, turn: int
) -> None:
    kinds, statement = SQL[way]
    dice = random.Random(f"{way}{turn}")  # noqa: S311 - the same tries each time
    a, b = sorted(dice.sample(range(1, EVENTS), 2))
    event = f"(SELECT event_id FROM audit_link WHERE position = {a})"  # noqa: S608 - a number

    finding = _found(app, journal, statement.format(a=a, b=b, event=event))

    assert finding is not None
    assert finding.kind in kinds


def test_the_journal_as_it_was_written_holds(app: Flask, journal: sa.Connection) -> None:
    assert _found(app, journal, "SELECT 1") is None


def test_a_journal_emptied_with_its_head_is_found_by_what_was_noted_elsewhere(
    app: Flask, journal: sa.Connection
) -> None:
    with _reading(app, journal):
        noted = verification.head()
        db.session.rollback()
    emptied = "DELETE FROM audit_link;DELETE FROM audit_event;DELETE FROM audit_head"

    assert noted.position == EVENTS
    assert _found(app, journal, emptied) is None
    assert _found(app, journal, emptied, noted=[noted]) == Finding(1, Kind.TRUNCATED)
