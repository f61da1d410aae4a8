"""Opening a list of structures: decompressed if need be, recognised, measured while it is read."""

import gzip
import io
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from portal.fleet.importer import detect, etalab, finess_plus, table
from portal.fleet.importer.detect import Kind, Sniffed
from portal.fleet.importer.records import FileReason, FileRefused, Outcome

LARGEST_INFLATED = 3_000_000_000
"""Bytes a compressed flow may give: the national FINESS+ one inflates to about 0.8 GB."""
BEGINNING = 1_000_000
"""Bytes that are looked at while somebody waits: what lies further is told by the preview."""
_BUFFER = 256 * 1024
_TOLD_BY_THE_END = frozenset({FileReason.NO_ROWS, FileReason.JSON_CUT})


class Readable(Protocol):
    """The least asked of a file: bytes, at most `size` of them, none at its end."""

    def read(self, size: int, /) -> bytes: ...


class _Taken:
    """The least that `io.BufferedReader` asks of a raw stream, over any function giving bytes."""

    closed = False

    def __init__(self, give: Callable[[int], bytes]) -> None:
        self._give = give
        self.count = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def writable(self) -> bool:
        return False

    def readinto(self, buffer: bytearray) -> int:
        data = self._give(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is ever written."""

    def close(self) -> None:
        """The stream belongs to whoever opened it."""

    def buffered(self) -> io.BufferedReader:
        return io.BufferedReader(cast("io.RawIOBase", self), _BUFFER)


def _inflating(stream: BinaryIO) -> Callable[[int], bytes]:
    """A function giving decompressed bytes, that says in our words what breaks."""
    archive = gzip.GzipFile(fileobj=stream, mode="rb")

    def give(length: int) -> bytes:
        try:
            data = archive.read(length)
        except (EOFError, gzip.BadGzipFile, zlib.error) as broken:
            raise FileRefused(FileReason.ARCHIVE_BROKEN) from broken
        if archive.tell() > LARGEST_INFLATED:
            detect.refuse_size(archive.tell(), LARGEST_INFLATED)
        return data

    return give


@dataclass(slots=True)
class Opened:
    """A recognised file, ready to be read once."""

    sniffed: Sniffed
    size: int
    _stream: BinaryIO
    _taken: _Taken

    @property
    def bytes_read(self) -> int:
        """Bytes of the file taken so far, out of `size`."""
        return self._taken.count

    def structures(self) -> Iterator[Outcome]:
        """Every structure or refusal; raises `FileRefused` where the file stops making sense."""
        return _structures(self._stream, self.sniffed)

    def check_beginning(self) -> None:
        """Raise `FileRefused` when the file makes no sense from its start; nothing is read after.

        A small archive may hold hours of blank lines: it is not read to its end for that.
        """
        beginning = self._stream.read(BEGINNING)
        try:
            next(_structures(io.BytesIO(beginning), self.sniffed), None)
        except FileRefused as refused:
            if len(beginning) < BEGINNING or refused.reason not in _TOLD_BY_THE_END:
                raise


def _structures(stream: BinaryIO, sniffed: Sniffed) -> Iterator[Outcome]:
    match sniffed.kind:
        case Kind.ETALAB:
            return etalab.structures(stream, sniffed.encoding)
        case Kind.TABLE:
            return table.structures(stream, sniffed.encoding)
        case Kind.FINESS_PLUS:
            return finess_plus.structures(stream)


def opened(stream: Readable, size: int) -> Opened:
    """Recognise a stream of `size` bytes, plain or gzip, or raise `FileRefused`."""
    detect.check_size(size)
    taken = _Taken(stream.read)
    buffered = taken.buffered()
    if buffered.peek(len(detect.GZIP)).startswith(detect.GZIP):
        buffered = _Taken(_inflating(buffered)).buffered()
    if buffered.peek(len(BOM_UTF8)).startswith(BOM_UTF8):
        buffered.read(len(BOM_UTF8))
    head = buffered.peek(detect.HEAD)[: detect.HEAD]
    return Opened(detect.sniff(head), size, buffered, taken)
