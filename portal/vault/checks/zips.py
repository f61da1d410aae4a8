"""Zip containers: what the central directory lists, checked before anything is unpacked.

The directory is believed only where each local header says the same, no two members overlap and
every member unpacks to the very size announced.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

from portal.vault.checks.verdict import Failed, Reason


@dataclass(frozen=True)
class Caps:
    """How much a container may hold: members, bytes once unpacked, and times what each weighs."""

    entries: int
    unpacked: int
    ratio: int = 100


DOCUMENT: Final = Caps(entries=1_000, unpacked=60_000_000)
#: Below this, a ratio is no danger: a blank page compresses well.
SMALL: Final = 1_000_000

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_END: Final = struct.Struct("<4s4H2IH")
_SIZES_FOLLOW: Final = 0x8
_LOCKED: Final = 0x1 | 0x40 | 0x2000
_NESTED: Final = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh")
_LINK: Final = 0o120000
_KIND: Final = 0o170000
_PIECE: Final = 64 * 1024


def nowhere(_name: str) -> bool:
    """Whether a member may itself be a container: none."""
    return False


def check(
    file: IO[bytes], caps: Caps = DOCUMENT, *, nests: Callable[[str], bool] = nowhere
) -> zipfile.ZipFile:
    """The container, open, once everything about it is as it should be.  Raises ``Failed``.

    ``file`` is read where it is, never whole.  ``nests`` tells by name which members may be
    containers themselves: whoever says so looks into those.
    """
    archive = _opened(file, caps)
    members = archive.infolist()
    check_sizes(members, caps)
    check_names(members)
    check_headers(file, members)
    check_content(archive, nests)
    return archive


def _opened(file: IO[bytes], caps: Caps) -> zipfile.ZipFile:
    whole = file.seek(0, 2)
    end = _read(file, max(0, whole - _END.size), _END.size)
    if len(end) < _END.size or not end.startswith(b"PK\x05\x06"):
        raise Failed(Reason.ARCHIVE_BROKEN)  # something follows the container, or nothing ends it
    _, disk, first_disk, here, entries, size, start, _ = _END.unpack(end)
    if disk or first_disk or here != entries or start + size + _END.size != whole:
        raise Failed(Reason.ARCHIVE_BROKEN)
    if entries > caps.entries:
        raise Failed(Reason.ARCHIVE_ENTRIES)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise Failed(Reason.ARCHIVE_BROKEN) from error
    if len(archive.infolist()) != entries or not entries:
        raise Failed(Reason.ARCHIVE_BROKEN)
    return archive


def _read(file: IO[bytes], at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def check_sizes(members: Sequence[zipfile.ZipInfo], caps: Caps = DOCUMENT) -> None:
    """As announced; what is announced falsely is found by :func:`check_content`."""
    if len(members) > caps.entries:
        raise Failed(Reason.ARCHIVE_ENTRIES)
    if sum(member.file_size for member in members) > caps.unpacked:
        raise Failed(Reason.ARCHIVE_SIZE)
    for member in members:
        if member.file_size > max(SMALL, caps.ratio * member.compress_size):
            raise Failed(Reason.ARCHIVE_RATIO)


def check_names(members: Sequence[zipfile.ZipInfo]) -> None:
    """Relative, plain, once each whatever their case; no link to anywhere."""
    seen: set[str] = set()
    for member in members:
        name = member.orig_filename
        parts = name.rstrip("/").split("/")
        if not name or "\\" in name or "\0" in name or ":" in parts[0]:
            raise Failed(Reason.ARCHIVE_PATH)
        if any(part in {"", ".", ".."} for part in parts):
            raise Failed(Reason.ARCHIVE_PATH)
        if member.external_attr >> 16 & _KIND == _LINK:
            raise Failed(Reason.ARCHIVE_PATH)
        if (known := name.rstrip("/").casefold()) in seen:
            raise Failed(Reason.ARCHIVE_TWICE)
        seen.add(known)


def check_headers(file: IO[bytes], members: Sequence[zipfile.ZipInfo]) -> None:
    """Each local header says what the directory says, and members stand one after the other."""
    ends = 0
    for member in sorted(members, key=lambda it: it.header_offset):
        if member.flag_bits & _LOCKED:
            raise Failed(Reason.ARCHIVE_LOCKED)
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Failed(Reason.ARCHIVE_BROKEN)
        at = member.header_offset
        # Between members, a descriptor of the one before may stand, and nothing else.
        if not ends <= at <= ends + (24 if ends else 0):
            raise Failed(Reason.ARCHIVE_BROKEN)
        ends = _end_of(file, member)


def _end_of(file: IO[bytes], member: zipfile.ZipInfo) -> int:
    head = _read(file, member.header_offset, _LOCAL.size)
    if len(head) < _LOCAL.size:
        raise Failed(Reason.ARCHIVE_BROKEN)
    mark, _, flags, method, _, _, crc, packed, size, named, extra = _LOCAL.unpack(head)
    start = member.header_offset + _LOCAL.size
    said = (mark, flags, method, _read(file, start, named))
    listed = (b"PK\x03\x04", member.flag_bits, member.compress_type, _raw_name(member))
    told = (crc, packed, size)
    alike = told == (member.CRC, member.compress_size, member.file_size)
    if said != listed or not (alike or (flags & _SIZES_FOLLOW and not any(told))):
        raise Failed(Reason.ARCHIVE_BROKEN)
    return int(start + named + extra) + member.compress_size


def _raw_name(member: zipfile.ZipInfo) -> bytes:
    return member.orig_filename.encode("utf-8" if member.flag_bits & 0x800 else "cp437")


def check_content(archive: zipfile.ZipFile, nests: Callable[[str], bool] = nowhere) -> None:
    """Every member unpacks to what was announced, and is no container itself, unless it may."""
    for member in archive.infolist():
        head, size = b"", 0
        for piece in unpacked(archive, member):
            head, size = head or piece[:8], size + len(piece)
        if size != member.file_size:
            raise Failed(Reason.ARCHIVE_BROKEN)
        if head.startswith(_NESTED) and not nests(member.orig_filename):
            raise Failed(Reason.ARCHIVE_NESTED)


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member, piece by piece.  Raises ``Failed`` where it is damaged."""
    try:
        with archive.open(member) as opened:
            while piece := opened.read(_PIECE):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Failed(Reason.ARCHIVE_BROKEN) from error
