"""A ZIP written while it is sent: one file in memory at a time, whatever their number."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

#: Documents are compressed already; every unpacker takes a deflated entry of unknown size.
LEVEL = 1


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


def zipped(files: Iterable[tuple[str, bytes]], *, at: datetime) -> Iterator[bytes]:
    """The archive of ``files``, pairs (name, content), piece by piece; ``at`` dates the entries."""
    sink = _Sink()
    moment = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, moment)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, LEVEL)
            yield sink.taken()
    yield sink.taken()
