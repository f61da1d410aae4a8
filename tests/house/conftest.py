"""The little world in which every visitor knocks, built once a module and left as it was."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from tenants.db import db
from tests.conftest import isolation
from tests.house import visitors
from tests.house.visitors import World


@pytest.fixture(scope="module")
def built(app: Flask) -> Iterator[tuple[World, sa.Connection]]:
    with isolation(app) as connection:
        yield visitors.build(app), connection


@pytest.fixture
def world(built: tuple[World, sa.Connection]) -> Iterator[World]:
    """What a test does to it is undone."""
    world, connection = built
    with connection.begin_nested() as undone:
        yield world
        db.session.remove()
        undone.rollback()
