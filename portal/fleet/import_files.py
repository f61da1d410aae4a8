"""The files of an import: the uploaded one read back in pieces, the report gathered and stored."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from portal.kit import storage
from tenants.context import current_tenant_id

_LARGEST_REPORT = 500_000_000
_IN_MEMORY = 2_000_000


@contextmanager
def gathered() -> Iterator[IO[str]]:
    """Where a report is gathered: memory first, then a file that vanishes."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="") as report:
        yield report


def store(report: IO[str]) -> str:
    """Put a gathered report away; gives its key."""
    key = storage.new_key(current_tenant_id(), "report")
    report.seek(0)
    pieces = iter(lambda: report.read(storage.READ).encode(), b"")
    storage.current().put(key, pieces, limit=_LARGEST_REPORT)
    return key


class Pieces:
    """A stored file, given piece by piece, as something that is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        """Take the pieces as they come."""
        self._pieces = pieces
        self._left = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = memoryview(piece)
        given, self._left = self._left[:size], self._left[size:]
        return bytes(given)
