"""Zip containers: what the central directory lists, checked before anything is unpacked.

The directory is believed only where each local header says the same, no two members overlap and
every member unpacks to the very size announced.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from portal.vault.checks.verdict import Failed, Reason

MAX_ENTRIES: Final = 1_000
MAX_UNPACKED: Final = 60_000_000
MAX_RATIO: Final = 100
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


def check(content: bytes) -> zipfile.ZipFile:
    """The container, open, once everything about it is as it should be.  Raises ``Failed``."""
    archive = _opened(content)
    members = archive.infolist()
    check_sizes(members)
    check_names(members)
    check_headers(content, members)
    check_content(archive)
    return archive


def _opened(content: bytes) -> zipfile.ZipFile:
    end = content[-_END.size :]
    if len(end) < _END.size or not end.startswith(b"PK\x05\x06"):
        raise Failed(Reason.ARCHIVE_BROKEN)  # something follows the container, or nothing ends it
    _, disk, first_disk, here, entries, size, start, _ = _END.unpack(end)
    if disk or first_disk or here != entries or start + size + _END.size != len(content):
        raise Failed(Reason.ARCHIVE_BROKEN)
    if entries > MAX_ENTRIES:
        raise Failed(Reason.ARCHIVE_ENTRIES)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise Failed(Reason.ARCHIVE_BROKEN) from error
    if len(archive.infolist()) != entries or not entries:
        raise Failed(Reason.ARCHIVE_BROKEN)
    return archive


def check_sizes(members: Sequence[zipfile.ZipInfo]) -> None:
    """As announced; what is announced falsely is found by :func:`check_content`."""
    if len(members) > MAX_ENTRIES:
        raise Failed(Reason.ARCHIVE_ENTRIES)
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise Failed(Reason.ARCHIVE_SIZE)
    for member in members:
        if member.file_size > max(SMALL, MAX_RATIO * member.compress_size):
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


def check_headers(content: bytes, members: Sequence[zipfile.ZipInfo]) -> None:
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
        ends = _end_of(content, member)


def _end_of(content: bytes, member: zipfile.ZipInfo) -> int:
    head = content[member.header_offset : member.header_offset + _LOCAL.size]
    if len(head) < _LOCAL.size:
        raise Failed(Reason.ARCHIVE_BROKEN)
    mark, _, flags, method, _, _, crc, packed, size, named, extra = _LOCAL.unpack(head)
    start = member.header_offset + _LOCAL.size
    name = content[start : start + named]
    said = (mark, flags, method, name)
    listed = (b"PK\x03\x04", member.flag_bits, member.compress_type, _raw_name(member))
    told = (crc, packed, size)
    alike = told == (member.CRC, member.compress_size, member.file_size)
    if said != listed or not (alike or (flags & _SIZES_FOLLOW and not any(told))):
        raise Failed(Reason.ARCHIVE_BROKEN)
    return int(start + named + extra) + member.compress_size


def _raw_name(member: zipfile.ZipInfo) -> bytes:
    return member.orig_filename.encode("utf-8" if member.flag_bits & 0x800 else "cp437")


def check_content(archive: zipfile.ZipFile) -> None:
    """Every member unpacks to what was announced, and is not itself a container."""
    for member in archive.infolist():
        head, size = b"", 0
        for piece in _unpacked(archive, member):
            head, size = head or piece[:8], size + len(piece)
        if size != member.file_size:
            raise Failed(Reason.ARCHIVE_BROKEN)
        if head.startswith(_NESTED):
            raise Failed(Reason.ARCHIVE_NESTED)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(member) as opened:
            while piece := opened.read(_PIECE):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Failed(Reason.ARCHIVE_BROKEN) from error
