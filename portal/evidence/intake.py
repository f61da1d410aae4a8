"""A file on its way in: its name cleaned, its content checked against its name, then stored.

Nothing here trusts what the browser says of a file; the name is shown and never used as a key.
"""

import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from portal.evidence.facts import Deposit
from portal.kit import storage
from portal.kit.errors import Refused

LIMIT = 25_000_000
MAX_NAME = 150
HEAD = 8192

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "docx": f"{_OOXML}.wordprocessingml.document",
    "xlsx": f"{_OOXML}.spreadsheetml.sheet",
    "odt": f"{_ODF}.text",
    "ods": f"{_ODF}.spreadsheet",
    "txt": "text/plain",
    "csv": "text/csv",
}
_SIGNATURES = {
    "pdf": b"%PDF-",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
}
#: What must stand inside a zip for it to be what its name says.
_INSIDE = {"docx": "word/", "xlsx": "xl/", "odt": "content.xml", "ods": "content.xml"}


class Unaccepted(Refused):
    message = "This kind of file is not accepted: PDF, images, office documents, text or CSV only."


class Disguised(Refused):
    message = "The content of this file is not what its name says."


@contextmanager
def receiving(source: IO[bytes], name: str, tenant_id: uuid.UUID) -> Iterator[Deposit]:
    """Store a file for as long as the block succeeds; if it fails, nothing of it stays.

    Raises :class:`Unaccepted`, :class:`Disguised`, ``storage.TooLarge`` or ``Refused`` when empty.
    """
    shown = clean_name(name)
    extension = _checked(source, shown)
    store = storage.current()
    stored = store.put(storage.new_key(tenant_id, "evidence"), source, limit=LIMIT)
    kept = False
    try:
        yield Deposit(stored.key, shown, stored.size, TYPES[extension], stored.sha256)
        kept = True
    finally:
        if not kept:
            store.delete(stored.key)


def clean_name(name: str) -> str:
    """The last part of a path, without invisible or direction-changing characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    plain = " ".join(visible.split()) or "fichier"
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(plain) <= MAX_NAME:
        return plain[:MAX_NAME]
    return f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"


def _checked(source: IO[bytes], name: str) -> str:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in TYPES:
        raise Unaccepted(field="file")
    size = source.seek(0, 2)
    source.seek(0)
    if size == 0:
        raise Refused("This file is empty.", field="file")
    if size > LIMIT:
        raise storage.TooLarge(field="file", limit=LIMIT // 1_000_000)
    head = source.read(HEAD)
    source.seek(0)
    if not _is_what_it_says(extension, head, source):
        raise Disguised(field="file")
    source.seek(0)
    return extension


def _is_what_it_says(extension: str, head: bytes, source: IO[bytes]) -> bool:
    if (signature := _SIGNATURES.get(extension)) is not None:
        # A few programs write a line before a PDF's own first line: the format allows 1,024 bytes.
        return signature in head[:1024] if extension == "pdf" else head.startswith(signature)
    if extension in _INSIDE:
        return head.startswith(b"PK\x03\x04") and _holds(source, extension)
    return b"\0" not in head and not head.startswith((b"%PDF-", b"PK\x03\x04", b"MZ"))


def _holds(source: IO[bytes], extension: str) -> bool:
    """Whether the zip's own list of contents has what it should; next to nothing is unpacked."""
    try:
        with zipfile.ZipFile(source) as archive:
            if any(name.startswith(_INSIDE[extension]) for name in archive.namelist()):
                return not extension.startswith("od") or _said(archive) == TYPES[extension]
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, zlib.error):
        return False
    return False


def _said(archive: zipfile.ZipFile) -> str:
    """The type that an OpenDocument file gives itself."""
    with archive.open("mimetype") as said:
        return said.read(100).decode("ascii", "replace")
