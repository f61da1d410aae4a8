"""A store of files that does not answer, for as long as it takes, or that refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from flask import Flask

from portal.kit.errors import Unavailable
from portal.kit.storage import Storage, Stored
from portal.kit.storage_faults import StoreAway, StoreRefuses


class Silent(Storage):
    """Neither takes nor gives; what it is asked to delete is not there."""

    def __init__(self, fault: type[Unavailable]) -> None:
        super().__init__(None)
        self._fault = fault

    def put(self, *_: object, **__: object) -> Stored:
        raise self._fault

    def open(self, *_: object, **__: object) -> Iterator[bytes]:
        raise self._fault

    def delete(self, *_: object, **__: object) -> None:
        """Nothing to do."""


@contextmanager
def store(app: Flask) -> Iterator[None]:
    """It cannot be reached while the block runs: work waits for it."""
    with mock.patch.dict(app.extensions, {"storage": Silent(StoreAway)}):
        yield


@contextmanager
def shut(app: Flask) -> Iterator[None]:
    """It refuses our key while the block runs: work has its eight tries."""
    with mock.patch.dict(app.extensions, {"storage": Silent(StoreRefuses)}):
        yield
