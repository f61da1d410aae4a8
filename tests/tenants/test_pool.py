"""Connections that PostgreSQL hung up on are renewed before anybody notices."""

from contextlib import ExitStack

import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import OperationalError

from tenants.db import db
from tests import live as alive
from tests.counting import counted

live = alive.live
NUMBER = sa.text("SELECT pg_backend_pid()")


def _lying_idle(count: int) -> set[int]:
    """So many connections are in the pool; by the process that serves each."""
    with ExitStack() as stack:
        opened = [stack.enter_context(db.engine.connect()) for _ in range(count)]
        return {each.execute(NUMBER).scalar_one() for each in opened}


def test_a_restart_costs_no_page_its_answer(live: Flask) -> None:
    client = live.test_client()
    before = client.get("/connexion").status_code
    known = _lying_idle(3)
    alive.cut_off(live)

    assert (before, client.get("/connexion").status_code) == (200, 200)
    assert _lying_idle(3).isdisjoint(known)


def test_one_that_is_still_there_is_kept_and_asked_nothing(live: Flask) -> None:
    known = _lying_idle(2)

    with counted() as sent:
        assert _lying_idle(2) == known
    assert sent == [str(NUMBER)] * 2


def test_one_that_was_closed_on_this_side_is_replaced(live: Flask) -> None:
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
    assert driver is not None
    driver.close()

    with db.engine.connect() as connection:
        assert connection.execute(NUMBER).scalar_one()


def test_while_postgresql_is_away_nobody_waits_for_it(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection in the pool is dead, and no other can be had."""
    _lying_idle(1)
    alive.cut_off(live)
    monkeypatch.setattr(db.engine.dialect, "connect", _refused)

    with pytest.raises(sa.exc.OperationalError):
        db.engine.connect()


def _refused(*_: object, **__: object) -> None:
    raise OperationalError("connection refused")
