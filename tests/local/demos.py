"""The demo in a database of its own, as `make run` builds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from flask import Flask

from portal.app import create_app
from portal.local.demo import build
from tenants.db import db
from tests.conftest import Browser, new_database, settings
from tests.servers import servers


@contextmanager
def built(name: str, storage: str, today: date) -> Iterator[Flask]:
    """A portal that has just been filled, within its app context."""
    database = f"{name}_{servers.slot}"
    new_database(database)
    app = create_app(settings(database, storage))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Browser
    with app.app_context():
        build.build(today)
        db.session.remove()
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["valkey"].close()
