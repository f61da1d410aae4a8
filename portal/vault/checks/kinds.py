"""The kinds of files that are taken: name, declared type and first bytes must agree."""

from collections.abc import Mapping
from typing import Final

from portal.vault.checks.verdict import Failed, Reason

LIMIT: Final = 10_000_000
#: How many of the first bytes :func:`check` needs.
HEAD: Final = 1024

_OOXML: Final = "application/vnd.openxmlformats-officedocument"
_ODF: Final = "application/vnd.oasis.opendocument"
TYPES: Final[Mapping[str, str]] = {
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
#: What browsers declare besides; a system without an office suite knows none of its types.
_ALSO: Final[Mapping[str, frozenset[str]]] = {
    "jpg": frozenset({"image/pjpeg", "image/jpg"}),
    "jpeg": frozenset({"image/pjpeg", "image/jpg"}),
    "png": frozenset({"image/x-png"}),
    "pdf": frozenset({"application/x-pdf"}),
    # Windows takes the type from the program that opens the file.
    "csv": frozenset({"application/vnd.ms-excel", "text/plain", "text/comma-separated-values"}),
}
_SILENT: Final = frozenset({"", "application/octet-stream"})
_ZIPPED: Final = frozenset({"docx", "xlsx", "odt", "ods"})
_ZIP: Final = b"PK\x03\x04"
_FIRST: Final[Mapping[str, bytes]] = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    **dict.fromkeys(_ZIPPED, _ZIP),
}
#: No text begins so: programs, archives, pages and drawings that a browser might run.
_NO_TEXT: Final = (
    b"%pdf-", b"pk\x03\x04", b"mz", b"\x7felf", b"#!", b"{\\rt", b"\x1f\x8b", b"\xd0\xcf\x11\xe0",
    b"<", b"rar!", b"7z\xbc\xaf", b"\xff\xd8\xff", b"\x89png", b"gif8",
)  # fmt: skip


def extension_of(name: str) -> str:
    """The last part of the name, in lower case; '' without one."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def check(name: str, declared: str, head: bytes) -> str:
    """The extension, once name, declared type and first bytes say the same.  Raises ``Failed``."""
    extension = extension_of(name)
    if extension not in TYPES:
        raise Failed(Reason.UNKNOWN_KIND)
    said = declared.partition(";")[0].strip().lower()
    if said not in _SILENT | {TYPES[extension]} | _ALSO.get(extension, frozenset()):
        raise Failed(Reason.DISGUISED)
    if not head:
        raise Failed(Reason.EMPTY)
    if not _begins(extension, head):
        raise Failed(Reason.DISGUISED)
    return extension


def _begins(extension: str, head: bytes) -> bool:
    if extension == "pdf":
        # A few programs write blank lines before a PDF's own first line; nothing else may.
        return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-")
    if extension in _FIRST:
        return head.startswith(_FIRST[extension])
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return not plain.startswith(_NO_TEXT)
