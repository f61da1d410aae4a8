"""What a session tells PostgreSQL at the start of each transaction, and that it is forgotten."""

import uuid

import sqlalchemy as sa
from flask import Flask

from tenants.context import NO_SCOPE, Reach, Scope, entered
from tenants.db import db

SETTINGS = ("tenant_id", "reach", "membership_id", "user_id", "engagement_id")


def _told(connection: sa.Connection) -> list[str | None]:
    asked = sa.select(*(sa.func.current_setting(f"app.{name}", True) for name in SETTINGS))
    return list(connection.execute(asked).one())


def test_postgresql_is_told_the_whole_scope_for_one_transaction(app: Flask) -> None:
    ids = [uuid.uuid4() for _ in range(4)]
    tenant_id, membership_id, user_id, engagement_id = ids
    scope = Scope(tenant_id, Reach.LISTED, membership_id, user_id, engagement_id)
    with app.app_context(), db.engine.connect() as connection:
        with entered(scope), db.session.session_factory(bind=connection) as session:
            within = _told(session.connection())
            session.commit()
        after = _told(connection)
        connection.rollback()
        with entered(NO_SCOPE), db.session.session_factory(bind=connection) as session:
            nowhere = _told(session.connection())

    assert within == [str(tenant_id), "listed", *map(str, ids[1:])]
    assert set(after) <= {"", None}
    assert set(nowhere) == {""}
