"""Word, Excel and OpenDocument files: nothing in them runs, and nothing is fetched on opening."""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Final

from portal.vault.checks import markup, zips
from portal.vault.checks.kinds import TYPES
from portal.vault.checks.verdict import Failed, Reason

#: The part that makes the document, by extension.
_MAIN: Final[Mapping[str, str]] = {
    "docx": "word/document.xml",
    "xlsx": "xl/workbook.xml",
    "odt": "content.xml",
    "ods": "content.xml",
}
_TYPED: Final = "[Content_Types].xml"
_MACROS: Final = re.compile(
    r"(^|/)(vba[^/]*|macrosheets|dialogsheets|activex)(/|$|\.)|(^|/)(basic|scripts)/.",
    re.IGNORECASE,
)
_OBJECTS: Final = re.compile(
    r"(^|/)embeddings/|\.(bin|ole|exe|dll|js|vbs|hta|lnk|swf)$", re.IGNORECASE
)
#: Printers' settings are the one ``.bin`` that Excel writes by itself.
_PRINTER: Final = re.compile(r"^xl/printerSettings/printerSettings\d+\.bin$")
_EXTERNALS: Final = re.compile(
    r"(^|/)(externalLinks/|connections\.xml$|queryTables/)", re.IGNORECASE
)
#: Programs, and what objects with their macros are kept in, under whatever name.
_RUNS: Final = (b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0")
_MACRO_TYPE: Final = re.compile(rb"macroEnabled|vbaProject|ms-office\.activeX", re.IGNORECASE)


def check(extension: str, content: bytes) -> zipfile.ZipFile:
    """The container, open, once it is the document that its name says and no more."""
    archive = zips.check(io.BytesIO(content))
    check_parts(archive.namelist())
    check_kind(extension, archive)
    for name in archive.namelist():
        part = archive.read(name)
        if part.startswith(_RUNS):
            raise Failed(Reason.OFFICE_OBJECT)
        if name.lower().endswith((".xml", ".rels", ".vml")) or markup.looks_like(part):
            markup.check(part)
    return archive


def check_parts(names: list[str]) -> None:
    """No macro, no embedded object, no link to another workbook, by the members' names."""
    for name in names:
        if _MACROS.search(name):
            raise Failed(Reason.OFFICE_MACRO)
        if _OBJECTS.search(name) and not _PRINTER.search(name):
            raise Failed(Reason.OFFICE_OBJECT)
        if _EXTERNALS.search(name):
            raise Failed(Reason.OFFICE_EXTERNAL)


def check_kind(extension: str, archive: zipfile.ZipFile) -> None:
    """The container says of itself what its extension says."""
    names = set(archive.namelist())
    if _MAIN[extension] not in names:
        raise Failed(Reason.DISGUISED)
    if extension.startswith("od"):
        said = archive.read("mimetype") if "mimetype" in names else b""
        if said.strip().decode("ascii", "replace") != TYPES[extension]:
            raise Failed(Reason.DISGUISED)
        return
    typed = archive.read(_TYPED) if _TYPED in names else b""
    if _MACRO_TYPE.search(typed):
        raise Failed(Reason.OFFICE_MACRO)
    if f"{TYPES[extension]}.main+xml".encode() not in typed:
        raise Failed(Reason.DISGUISED)
