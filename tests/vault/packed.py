"""Hostile containers: Word, Excel and OpenDocument files that nobody may deposit."""

import io
import stat
import struct
import zipfile
import zlib

from portal.vault.checks.verdict import Reason
from tests.vault import samples
from tests.vault.samples import docx_parts, odf_parts, xlsx_parts, zipped

#: What it is called, what it holds, what is found.
Trap = tuple[str, bytes, Reason]
R = Reason


def holding(**more: str | bytes) -> bytes:
    """A Word file with more parts; in their names ``__`` is a slash, ``_`` a dot."""
    parts = {name.replace("__", "/").replace("_", "."): part for name, part in more.items()}
    return zipped({**docx_parts(), **parts})


def _named(name: str) -> bytes:
    return zipped({**docx_parts(), name: "<x/>"})


def _linked(kind: str, mode: str = "External") -> bytes:
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" TargetMode="{mode}" Target="https://piege.test/a" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/>'
        "</Relationships>"
    )
    return zipped({**docx_parts(), "word/_rels/document.xml.rels": relation})


def body(inside: str) -> bytes:
    """A Word file whose body holds this, in plain XML."""
    parts = docx_parts()
    parts["word/document.xml"] = f'<w:document xmlns:w="urn:w">{inside}</w:document>'
    return zipped(parts)


def _symlink() -> bytes:
    buffer = io.BytesIO(samples.DOCX)
    with zipfile.ZipFile(buffer, "a") as archive:
        link = zipfile.ZipInfo("word/lien.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def _twice(second: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("word/document.xml", second):
            archive.NameToInfo.pop(name, None)  # or it warns of what is done on purpose
            archive.writestr(zipfile.ZipInfo(name), "<x/>")
    return buffer.getvalue()


def _patched(found: bytes, new: bytes, start: bytes) -> bytes:
    """A Word file, a run of bytes of it exchanged in the header that begins with ``start``."""
    at = samples.DOCX.index(found, samples.DOCX.index(start))
    assert len(found) == len(new)
    return samples.DOCX[:at] + new + samples.DOCX[at + len(found) :]


def _local(offset: int, new: bytes) -> bytes:
    """A Word file whose first local header is changed there."""
    return samples.DOCX[:offset] + new + samples.DOCX[offset + len(new) :]


def _lying_size() -> bytes:
    """Both headers announce ten bytes; a megabyte comes out."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(b"<x/>" * 250_000) + packed.flush()
    return _hand_made("word/document.xml", data, size=10, crc=zlib.crc32(b"<x/>" * 250_000))


def _hand_made(name: str, data: bytes, *, size: int, crc: int, times: int = 1) -> bytes:
    """One member, listed ``times`` times under other names (they overlap)."""
    raw = name.encode()
    told = struct.pack("<3I", crc, len(data), size)
    local = struct.pack("<4s5H", b"PK\x03\x04", 20, 0, 8, 0, 33) + told
    local += struct.pack("<2H", len(raw), 0) + raw + data
    listing = b""
    for _ in range(times):
        listing += struct.pack("<4s6H", b"PK\x01\x02", 20, 20, 0, 8, 0, 33) + told
        listing += struct.pack("<5H2I", len(raw), 0, 0, 0, 0, 0, 0) + raw
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, times, times, len(listing), len(local), 0)
    return local + listing + end


def _overlapping() -> bytes:
    """Two names, one place: the second local header is the first one."""
    made = bytearray(_hand_made("word/a.xml", b"\x03\x00", size=0, crc=0, times=2))
    at = made.rindex(b"word/a.xml")
    made[at : at + 10] = b"word/b.xml"
    return bytes(made)


_FRAME = '<draw:frame><draw:{0} xlink:href="{1}" xlink:actuate="onLoad"/></draw:frame>'
_MACRO_TYPES = str(docx_parts()["[Content_Types].xml"]).replace(
    "</Types>", '<Default ContentType="application/vnd.ms-office.vbaProject"/></Types>'
)
_BILLION = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
_PEEK = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'

#: What is wrong with them is in the way they are packed.
ZIPS: dict[str, Trap] = {
    "too many parts": (
        "a.docx",
        zipped({**docx_parts(), **{f"word/p{n}.xml": "" for n in range(1_001)}}),
        R.ARCHIVE_ENTRIES,
    ),
    "a bomb in one part": ("a.docx", holding(word__b_xml=b"0" * 61_000_000), R.ARCHIVE_SIZE),
    "a bomb in many parts": (
        "a.docx",
        zipped({**docx_parts(), **{f"word/p{n}.xml": b"0" * 700_000 for n in range(90)}}),
        R.ARCHIVE_SIZE,
    ),
    "a ratio past reason": ("a.docx", holding(word__b_xml=b"0" * 20_000_000), R.ARCHIVE_RATIO),
    "a size that lies": ("a.docx", _lying_size(), R.ARCHIVE_BROKEN),
    "parts that overlap": ("a.docx", _overlapping(), R.ARCHIVE_BROKEN),
    "an absolute path": ("a.docx", _named("/etc/cron.d/a"), R.ARCHIVE_PATH),
    "a path that climbs": ("a.docx", _named("word/../../a.xml"), R.ARCHIVE_PATH),
    "a path of Windows": ("a.docx", _named("word\\..\\a.xml"), R.ARCHIVE_PATH),
    "a drive": ("a.docx", _named("C:/a.xml"), R.ARCHIVE_PATH),
    "an empty part of a path": ("a.docx", _named("word//a.xml"), R.ARCHIVE_PATH),
    "a symbolic link": ("a.docx", _symlink(), R.ARCHIVE_PATH),
    "the same name twice": ("a.docx", _twice("word/document.xml"), R.ARCHIVE_TWICE),
    "the same name in capitals": ("a.docx", _twice("Word/Document.XML"), R.ARCHIVE_TWICE),
    "an archive inside": ("a.docx", holding(word__a_xml=samples.DOCX), R.ARCHIVE_NESTED),
    "a rar inside": ("a.docx", holding(word__media__a_png=b"Rar!\x1a\x07"), R.ARCHIVE_NESTED),
    "a gzip inside": (
        "a.xlsx",
        zipped({**xlsx_parts(), "xl/a": b"\x1f\x8b\x08"}),
        R.ARCHIVE_NESTED,
    ),
    "a local name that differs": (
        "a.docx",
        _patched(b"word/document", b"word/dokument", b"PK\x03\x04"),
        R.ARCHIVE_BROKEN,
    ),
    "a local method that differs": ("a.docx", _local(8, b"\0\0"), R.ARCHIVE_BROKEN),
    "a local size that differs": ("a.docx", _local(22, b"\1\0\0\0"), R.ARCHIVE_BROKEN),
    "a local lock that differs": ("a.docx", _local(6, b"\1\0"), R.ARCHIVE_BROKEN),
    "a locked part": (
        "a.docx",
        _patched(b"\x14\3\x14\0\0\0", b"\x14\3\x14\0\1\0", b"PK\x01\x02"),
        R.ARCHIVE_LOCKED,
    ),
    "a method nobody uses": ("a.docx", zipped(docx_parts(), zipfile.ZIP_BZIP2), R.ARCHIVE_BROKEN),
    "something before it": ("a.docx", samples.DOCX[:4] + samples.DOCX, R.ARCHIVE_BROKEN),
    "something behind it": ("a.docx", samples.DOCX + b"MZ", R.ARCHIVE_BROKEN),
    "a comment behind it": (
        "a.docx",
        samples.DOCX[:-2] + b"\x04\0<js>",
        R.ARCHIVE_BROKEN,
    ),
    "half of it": ("a.docx", samples.DOCX[: len(samples.DOCX) // 2], R.ARCHIVE_BROKEN),
    "bytes that do not add up": (
        "a.docx",
        samples.DOCX.replace(b"PK\x03\x04", b"PK\x03\x04", 1)[:60]
        + bytes(b ^ 0x55 for b in samples.DOCX[60:70])
        + samples.DOCX[70:],
        R.ARCHIVE_BROKEN,
    ),
}

#: What is wrong with them is in what the document says.
OFFICE: dict[str, Trap] = {
    "a macro": ("a.docx", holding(word__vbaProject_bin=b"\xd0\xcf\x11\xe0"), R.OFFICE_MACRO),
    "a macro in capitals": ("a.docx", _named("word/VBAPROJECT.BIN"), R.OFFICE_MACRO),
    "a macro's data": ("a.docx", holding(word__vbaData_xml="<x/>"), R.OFFICE_MACRO),
    "a macro by its type": (
        "a.docx",
        zipped({**docx_parts(), "[Content_Types].xml": _MACRO_TYPES}),
        R.OFFICE_MACRO,
    ),
    "a macro of the old Excel": (
        "a.xlsx",
        zipped({**xlsx_parts(), "xl/macrosheets/sheet1.xml": "<x/>"}),
        R.OFFICE_MACRO,
    ),
    "a control": ("a.docx", _named("word/activeX/activeX1.xml"), R.OFFICE_MACRO),
    "a macro of LibreOffice": (
        "a.odt",
        zipped({**odf_parts("text"), "Basic/Standard/Module1.xml": "<x/>"}),
        R.OFFICE_MACRO,
    ),
    "a script of LibreOffice": (
        "a.ods",
        zipped({**odf_parts("spreadsheet"), "Scripts/python/a.py": "x"}),
        R.OFFICE_MACRO,
    ),
    "a macro tied to an event": (
        "a.odt",
        zipped(odf_parts("text", more='<script:event-listener script:event-name="on"/>')),
        R.OFFICE_MACRO,
    ),
    "an OLE object": (
        "a.docx",
        holding(word__embeddings__o_bin=b"\xd0\xcf\x11\xe0"),
        R.OFFICE_OBJECT,
    ),
    "a workbook inside": ("a.docx", _named("word/embeddings/a.xlsx"), R.OFFICE_OBJECT),
    "a program inside": ("a.docx", holding(word__media__a_exe=b"MZ"), R.OFFICE_OBJECT),
    "an object in its words": ("a.docx", body("<w:OLEObject/>"), R.OFFICE_OBJECT),
    "a template elsewhere": ("a.docx", _linked("attachedTemplate"), R.OFFICE_EXTERNAL),
    "an image elsewhere": ("a.docx", _linked("image"), R.OFFICE_EXTERNAL),
    "an object elsewhere": ("a.docx", _linked("oleObject", "external"), R.OFFICE_EXTERNAL),
    "a link to another workbook": (
        "a.xlsx",
        zipped({**xlsx_parts(), "xl/externalLinks/externalLink1.xml": "<x/>"}),
        R.OFFICE_EXTERNAL,
    ),
    "a connection": (
        "a.xlsx",
        zipped({**xlsx_parts(), "xl/connections.xml": "<x/>"}),
        R.OFFICE_EXTERNAL,
    ),
    "a DDE field": ("a.docx", body("<w:instrText>DDEAUTO cmd a</w:instrText>"), R.OFFICE_EXTERNAL),
    "a picture field": (
        "a.docx",
        body("<w:instrText>INCLUDEPICTURE https://piege.test</w:instrText>"),
        R.OFFICE_EXTERNAL,
    ),
    "an image of LibreOffice elsewhere": (
        "a.odt",
        zipped(odf_parts("text", more=_FRAME.format("image", "https://piege.test/a.png"))),
        R.OFFICE_EXTERNAL,
    ),
    "an object of LibreOffice elsewhere": (
        "a.odt",
        zipped(odf_parts("text", more=_FRAME.format("object", "../../secret.odt"))),
        R.OFFICE_EXTERNAL,
    ),
    "a table of LibreOffice elsewhere": (
        "a.ods",
        zipped(
            odf_parts("spreadsheet", more='<table:table-source xlink:href="file:///etc/passwd"/>')
        ),
        R.OFFICE_EXTERNAL,
    ),
    "an entity that grows": ("a.docx", holding(word__a_xml=_BILLION), R.OFFICE_XML),
    "an entity that peeks": ("a.docx", holding(word__a_xml=_PEEK), R.OFFICE_XML),
    "an entity in sixteen bits": (
        "a.docx",
        holding(word__a_xml=_PEEK.encode("utf-16")),
        R.OFFICE_XML,
    ),
    "XML that does not close": ("a.docx", holding(word__a_xml="<a><b></a>"), R.OFFICE_XML),
    "a workbook called a letter": ("a.docx", samples.XLSX, R.DISGUISED),
    "a letter called a sheet": ("a.ods", samples.ODT, R.DISGUISED),
    "any zip": ("a.xlsx", zipped({"a.txt": "a"}), R.DISGUISED),
    "a program for Java": ("a.docx", zipped({"META-INF/MANIFEST.MF": "Main"}), R.DISGUISED),
}
