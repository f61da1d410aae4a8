"""A ZIP written while it is sent: one piece of one file in memory at a time, whatever their number.

And its list of digests, learnt while the files pass.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Documents are compressed already; every unpacker takes a deflated entry of unknown size.
LEVEL: Final = 1
#: The list that ``sha256sum --check`` reads.
SUMS: Final = "SHA256SUMS"

Content = bytes | Iterable[bytes]


class _Sink(io.RawIOBase):
    """What the archive has written and nobody has taken yet."""

    def __init__(self) -> None:
        super().__init__()
        self._pending = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._pending += data
        return len(data)

    def taken(self) -> bytes:
        pending = bytes(self._pending)
        self._pending.clear()
        return pending


def zipped(files: Iterable[tuple[str, Content]], *, at: datetime) -> Iterator[bytes]:
    """The archive of ``files``, pairs (name, content), piece by piece; ``at`` dates the entries."""
    sink = _Sink()
    moment = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, moment)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry._compresslevel = LEVEL  # type: ignore[attr-defined]  # noqa: SLF001 -- named without the dash since Python 3.13
            with archive.open(entry, "w") as written:
                for piece in _pieces(content):
                    written.write(piece)
                    yield sink.taken()
            yield sink.taken()
    yield sink.taken()


@dataclass(frozen=True)
class Entry:
    """One file of an archive; its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


class Ledger:
    """What each entry weighed and its digest, once it has passed."""

    def __init__(self) -> None:
        """Nothing has passed yet."""
        self.entries: list[Entry] = []

    def noting(self, files: Iterable[tuple[str, Content]]) -> Iterator[tuple[str, Content]]:
        """The same files; each is noted when the next one is asked for."""
        for name, content in files:
            passing = _Passing(content)
            yield name, passing
            self.entries.append(Entry(name, passing.size, passing.digest.hexdigest()))

    def sums(self) -> bytes:
        return "".join(f"{entry.sha256}  {entry.name}\n" for entry in self.entries).encode()


def summed(files: Iterable[tuple[str, Content]]) -> Iterator[tuple[str, Content]]:
    """The files one by one, then the list of their digests."""
    ledger = Ledger()
    yield from ledger.noting(files)
    yield SUMS, ledger.sums()


class _Passing:
    """A content on its way, weighed and hashed."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self.digest = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in _pieces(self._content):
            self.digest.update(piece)
            self.size += len(piece)
            yield piece


def _pieces(content: Content) -> Iterable[bytes]:
    return (content,) if isinstance(content, bytes) else content
