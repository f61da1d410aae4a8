"""What two connections must see is committed in earnest, and taken away afterwards."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask

from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.servers import servers


@contextmanager
def tenant(app: Flask, slug: str = "acme") -> Iterator[Actor]:
    """The owner of a tenant that every connection sees; outside of any app context."""
    app.extensions["limits"].forget()
    with app.app_context():
        owner = make.tenant(slug)
        db.session.remove()
    try:
        yield owner
    finally:
        database = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
        assert database
        engine = sa.create_engine(servers.admin_url(database))
        with engine.begin() as connection:
            connection.execute(sa.text("TRUNCATE tenant, user_account CASCADE"))
        engine.dispose()


def meanwhile(act: Callable[[], str]) -> list[str]:
    """Begin something beside the test; filled with what became of it when it ends."""
    told: list[str] = []
    threading.Thread(target=lambda: told.append(act()), daemon=True).start()
    return told


def became(told: list[str]) -> str:
    """What became of it, within ten seconds."""
    for _ in range(100):
        if told:
            return told[0]
        time.sleep(0.1)
    raise AssertionError("it waits for ever")
