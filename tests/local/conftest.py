"""A place for servers: short of path, open to other accounts, gone after the test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.local.postgres import Postgres


def _place() -> Iterator[Path]:
    # pytest's own directories are closed to the account that root's servers run under.
    path = Path(tempfile.mkdtemp(prefix="treize-local-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def place() -> Iterator[Path]:
    yield from _place()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    """A running server with one database, shared by the tests of a module."""
    for path in _place():
        postgres = Postgres(path, settings={"fsync": "off"})
        postgres.start()
        postgres.ensure_database("portal")
        yield postgres
        postgres.stop()
