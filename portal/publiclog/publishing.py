"""The log as static files in the object store: anybody may copy the whole of it."""

from typing import Final

from portal.kit import storage
from portal.publiclog import queries, tiles
from portal.publiclog.merkle import WIDTH

_LARGEST: Final = 64 * 1024


def publish(before: int, after: int) -> None:
    """Write the files that a log of ``after`` entries has and one of ``before`` had not.

    Twice is no harm: the same entries make the same files.
    """
    for level, number, width in tiles.grown(before, after):
        _put(tiles.name(level, number, width), b"".join(queries.tile(level, number, width)))
        if level == 0:
            first = number * WIDTH
            entries = list(queries.entries(start=first, stop=first + width))
            _put(tiles.name(tiles.ENTRIES, number, width), tiles.bundle(entries))


def read(name: str) -> bytes:
    """A file of the log; raises ``NotFound``."""
    return storage.current().read(storage.log_key(name))


def _put(name: str, content: bytes) -> None:
    store, key = storage.current(), storage.log_key(name)
    store.delete(key)
    store.put(key, content, limit=_LARGEST)
