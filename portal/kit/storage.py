"""Where files live: a folder, or an object store, behind random keys.

A key never comes from a user nor from a file's content; nothing is held in memory whole.
"""

import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, Self, runtime_checkable
from urllib.parse import unquote, urlsplit

import obstore
from flask import Flask, current_app
from obstore.store import LocalStore, from_url

from portal.kit.errors import Conflict, Refused
from portal.kit.storage_faults import no_bucket, plain_words

#: Bytes held at once for each part of an upload; the least that S3 takes is 5 MiB.
PART = 5 * 1024 * 1024
READ = 256 * 1024
#: A page waits no longer for an object store; work that was promised comes back later.
_CONNECT: Final = timedelta(seconds=3)
_ANSWER: Final = timedelta(seconds=20)
_TRIES: Final = 3
_PATIENCE: Final = timedelta(seconds=15)

_KEY = re.compile(
    r"tenants/[0-9a-f-]{36}/[a-z]{1,32}/[0-9a-f-]{36}|log/(?:[0-9a-z]+(?:\.p)?/)+[0-9]{1,3}"
)


@runtime_checkable
class Readable(Protocol):
    """An open binary file, or the ``stream`` of an uploaded one."""

    def read(self, size: int, /) -> bytes: ...


Source = bytes | Readable | Iterable[bytes]


class TooLarge(Refused):
    """The file passes the cap that its caller set; nothing of it was kept."""

    status = 413
    message = "This file is too large: at most %(limit)s MB."


class Misplaced(ValueError):
    """A key that ``new_key`` did not make: a fault of ours or an attack, never a user's slip."""


@dataclass(frozen=True)
class Stored:
    """What was written: its key, its size in bytes and its SHA-256 in hexadecimal."""

    key: str
    size: int
    sha256: str


def new_key(tenant_id: uuid.UUID, kind: str) -> str:
    """A random place for one file of a tenant; ``kind`` is a plain word such as ``evidence``."""
    return _checked(f"tenants/{tenant_id}/{kind}/{uuid.uuid4()}")


def log_key(name: str) -> str:
    """The place of a file of the public log, which everybody knows by its name."""
    return _checked(f"log/{name}")


class Storage:
    """A small port over obstore: put once, read in pieces, delete."""

    def __init__(self, store: Any, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    @classmethod
    def from_url(cls, url: str) -> Self:
        """A folder (``file:///…``, made with mode 0700 if absent) or a bucket (``s3://…``).

        Whose bucket it is and how it is entered, the environment says (``AWS_ENDPOINT_URL``,
        ``AWS_REGION``, ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``).
        """
        parts = urlsplit(url)
        if parts.scheme != "file":
            return cls(_bucket(url))
        folder = Path(unquote(parts.path))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(LocalStore(prefix=folder), folder)

    def init_app(self, app: Flask) -> None:
        app.extensions["storage"] = self

    def put(self, key: str, source: Source, *, limit: int) -> Stored:
        """Write a new file of at most ``limit`` bytes.

        Raises ``TooLarge`` past the limit, ``Conflict`` when the key is taken; in both cases, as
        when the source itself fails, nothing is left behind.
        """
        _checked(key)
        meter = Meter(pieces(source), limit)
        metered = iter(meter)
        head = _first(metered, PART)
        with plain_words(self._folder, writing=True):
            if len(head) < PART:
                obstore.put(self._store, key, head, mode="create", use_multipart=False)
            else:
                self._put_parts(key, head, metered)
        return Stored(key, meter.size, meter.sha256)

    def _put_parts(self, key: str, head: bytes, rest: Iterator[bytes]) -> None:
        # Object stores cannot "create only" in parts: look first; keys are random anyway.
        if self._exists(key):
            raise Conflict
        body = _chain(head, rest)
        obstore.put(self._store, key, body, use_multipart=True, chunk_size=PART, max_concurrency=2)

    def open(self, key: str) -> Iterator[bytes]:
        """The file piece by piece.  A missing file is told at once, not at the first piece."""
        with plain_words(self._folder):
            found = obstore.get(self._store, _checked(key))
        return _read(found)

    def read(self, key: str) -> bytes:
        """The whole file in memory: for small ones only."""
        return b"".join(self.open(key))

    def size(self, key: str) -> int:
        """In bytes."""
        with plain_words(self._folder):
            return int(obstore.head(self._store, _checked(key))["size"])

    def delete(self, key: str) -> None:
        """Remove the file; removing it twice is no error."""
        with plain_words(self._folder):
            try:
                obstore.delete(self._store, _checked(key))
            except FileNotFoundError as error:
                if no_bucket(error):
                    raise

    def _exists(self, key: str) -> bool:
        try:
            obstore.head(self._store, key)
        except FileNotFoundError:
            return False
        return True


def current() -> Storage:
    """The running portal's storage."""
    found: Storage = current_app.extensions["storage"]
    return found


class Meter:
    """Counts and hashes what passes, and stops what is more than ``limit`` bytes.

    ``field`` names the field of a form that too large a file is the fault of.
    """

    def __init__(self, pieces: Iterable[bytes], limit: int, *, field: str | None = None) -> None:
        self._pieces = pieces
        self._limit = limit
        self._field = field
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.size += len(piece)
            if self.size > self._limit:
                raise TooLarge(field=self._field, limit=self._limit // 1_000_000)
            self._hash.update(piece)
            yield piece


def pieces(source: Source) -> Iterable[bytes]:
    """The source piece by piece, whatever it is."""
    if isinstance(source, bytes):
        return (source,)
    if isinstance(source, Readable):
        return iter(partial(source.read, READ), b"")
    return source


def _first(pieces: Iterator[bytes], wanted: int) -> bytes:
    head = bytearray()
    for piece in pieces:
        head += piece
        if len(head) >= wanted:
            break
    return bytes(head)


def _chain(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _read(found: Any) -> Iterator[bytes]:
    with plain_words():
        for piece in found.stream(min_chunk_size=READ):
            yield bytes(piece)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise Misplaced(key)
    return key


def _bucket(url: str) -> Any:
    # Named here, options that the environment would give are no longer read from it.
    plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http:")
    return from_url(
        url,
        client_options={"connect_timeout": _CONNECT, "timeout": _ANSWER, "allow_http": plain},
        retry_config={"max_retries": _TRIES, "retry_timeout": _PATIENCE},
    )
