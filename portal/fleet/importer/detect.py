"""What a file is, from its size and its beginning, before anything of it is read in earnest."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NoReturn

from portal.fleet.importer import etalab
from portal.fleet.importer.lines import decoded, fields
from portal.fleet.importer.records import FileReason, FileRefused

LARGEST = 500_000_000
"""Bytes a file may weigh; the national flows weigh 60 MB, 55 MB once compressed."""
HEAD = 64 * 1024

GZIP = b"\x1f\x8b"
_UTF32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SIGNATURES: tuple[tuple[bytes, FileReason], ...] = (
    (b"\xd0\xcf\x11\xe0", FileReason.SPREADSHEET),
    (b"%PDF", FileReason.DOCUMENT),
    (b"{\\rtf", FileReason.DOCUMENT),
    (b"7z\xbc\xaf", FileReason.ARCHIVE),
    (b"Rar!", FileReason.ARCHIVE),
    (b"\xfd7zXZ", FileReason.ARCHIVE),
    (b"BZh", FileReason.ARCHIVE),
    (b"PAR1", FileReason.BINARY),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r"))
_MOST_CONTROLS = 0.01
_OTHER_EXTRACTS = frozenset(
    {
        "structureej",
        "equipementsocial",
        "equipsocial",
        "autre",
        "activitesoin",
        "equipementmateriellourd",
    }
)


class Kind(StrEnum):
    """The formats that are understood."""

    ETALAB = "etalab"
    TABLE = "table"
    FINESS_PLUS = "finess_plus"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the beginning of a file says: its format, its encoding when odd, the extract's day."""

    kind: Kind
    encoding: str | None = None
    extracted_on: date | None = None


def check_size(size: int) -> None:
    """Refuse an empty or oversized file by its size alone."""
    if size == 0:
        raise FileRefused(FileReason.EMPTY)
    if size > LARGEST:
        refuse_size(size, LARGEST)


def refuse_size(size: int, largest: int) -> NoReturn:
    """Refuse a file of `size` bytes where `largest` are taken."""
    raise FileRefused(FileReason.TOO_LARGE, size=_megabytes(size), largest=_megabytes(largest))


def _megabytes(size: int) -> str:
    return str(-(-size // 1_000_000))


def sniff(head: bytes) -> Sniffed:
    """Recognise a file by its first bytes (decompressed), or refuse it with what it seems to be."""
    if not head:
        raise FileRefused(FileReason.EMPTY)
    encoding = _UTF16.get(head[:2])
    if encoding and not head.startswith(_UTF32):
        return _sniff_text(head[: len(head) // 2 * 2].decode(encoding, "replace"), encoding)
    refuse_binary(head)
    return _sniff_text(decoded(head.decode("latin-1")) or head.decode("latin-1"), None)


def refuse_binary(head: bytes) -> None:
    """Refuse what is no text at all: archives, office documents, pictures."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        office = any(
            mark in head for mark in (b"xl/", b"[Content_Types]", b"opendocument", b"word/")
        )
        raise FileRefused(FileReason.SPREADSHEET if office else FileReason.ARCHIVE)
    for signature, reason in _SIGNATURES:
        if head.startswith(signature):
            raise FileRefused(reason)
    odd = len(head) - len(head.translate(None, _CONTROLS))
    if b"\0" in head or odd > len(head) * _MOST_CONTROLS:
        raise FileRefused(FileReason.BINARY)


def _sniff_text(text: str, encoding: str | None) -> Sniffed:
    text = text.removeprefix("\ufeff").lstrip()
    if not text:
        raise FileRefused(FileReason.EMPTY)
    if text[0] in "{[":
        return Sniffed(Kind.FINESS_PLUS)
    if text[0] == "<":
        raise FileRefused(FileReason.MARKUP)
    first, *others = text.splitlines()
    section, *more = _words(first)
    if section == etalab.METADATA and more[:1] == [Kind.ETALAB]:
        return _sniff_extract(first, others, encoding)
    if section == etalab.ESTABLISHMENT:
        return Sniffed(Kind.ETALAB, encoding)
    if section in _OTHER_EXTRACTS:
        raise FileRefused(FileReason.OTHER_EXTRACT, section=section)
    return Sniffed(Kind.TABLE, encoding)


def _words(line: str) -> list[str]:
    """The fields of an extract's line, quoted or not, to be compared."""
    return [field.strip().lower() for field in fields(line, ";")]


def _sniff_extract(first: str, others: list[str], encoding: str | None) -> Sniffed:
    following = next((line for line in others if line.strip()), None)
    if following is None:
        raise FileRefused(FileReason.NO_ROWS)
    section = _words(following)[0]
    if section not in etalab.SECTIONS:
        raise FileRefused(FileReason.OTHER_EXTRACT, section=section[:40])
    return Sniffed(Kind.ETALAB, encoding, etalab.extracted_on(first))
