"""A store of files that does not answer, for as long as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from flask import Flask

from portal.kit.errors import Unavailable
from portal.kit.storage import Storage, Stored


class Away(Storage):
    """Neither takes nor gives; what it is asked to delete is not there."""

    def __init__(self) -> None:
        super().__init__(None)

    def put(self, *_: object, **__: object) -> Stored:
        raise Unavailable

    def open(self, *_: object, **__: object) -> Iterator[bytes]:
        raise Unavailable

    def delete(self, *_: object, **__: object) -> None:
        """Nothing to do."""


@contextmanager
def store(app: Flask) -> Iterator[None]:
    """While the block runs."""
    with mock.patch.dict(app.extensions, {"storage": Away()}):
        yield
