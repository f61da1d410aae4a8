"""Without row-level security no page shows another tenant's row either.

The session's filter, and what each query says of tenants, stand alone here.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from flask import Flask

from tenants.db import db
from tests.house import canaries, routes, visitors
from tests.house.visitors import World
from tests.servers import servers

PAGES = [route for route in routes.known() if "GET" in route.methods]
every_page = pytest.mark.parametrize("route", PAGES, ids=[route.endpoint for route in PAGES])


@pytest.fixture(scope="module")
def bare(app: Flask) -> Iterator[World]:
    """The world as the superuser sees it, whom PostgreSQL hides nothing from; undone."""
    database = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    assert database
    engine: Any = sa.create_engine(servers.admin_url(database), poolclass=sa.NullPool)
    factory = db.session.session_factory
    with app.app_context(), engine.connect() as connection, ExitStack() as stack:
        stack.callback(connection.begin().rollback)
        stack.callback(db.session.remove)
        options = {"join_transaction_mode": "create_savepoint"}
        stack.enter_context(mock.patch.dict(factory.kw, options))
        stack.enter_context(mock.patch.object(factory.class_, "get_bind", return_value=connection))
        yield visitors.build(app)


@every_page
def test_without_row_level_security_no_page_shows_another_tenant_s_row(
    bare: World, route: routes.Route
) -> None:
    client = bare.client("owner")
    for lane in (bare.inside, bare.foreign):
        answer = client.get(bare.address(route.rule, lane))

        own = {mark for mark in canaries.shown(answer) if mark not in answer.request.path}
        assert own & canaries.of(bare.foreign) == set()
