"""True files of each accepted kind, made on the spot; the same bytes in every process."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pikepdf
from PIL import Image

_OOXML = "application/vnd.openxmlformats-officedocument"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NOON = (2026, 6, 15, 12, 0, 0)

Parts = Mapping[str, str | bytes]


def zipped(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A container of these parts, in this order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            member = zipfile.ZipInfo(name, _NOON)
            stored = name == "mimetype"
            archive.writestr(member, content, zipfile.ZIP_STORED if stored else method)
    return buffer.getvalue()


def docx_parts(words: str = "Compte rendu d’essai") -> dict[str, str | bytes]:
    return {
        "[Content_Types].xml": f'<Types><Override PartName="/word/document.xml" ContentType='
        f'"{_OOXML}.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELS}"/>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>{words}</w:t>'
        "</w:r></w:p></w:body></w:document>",
    }


def xlsx_parts(words: str = "Poste") -> dict[str, str | bytes]:
    return {
        "[Content_Types].xml": f'<Types><Override PartName="/xl/workbook.xml" ContentType='
        f'"{_OOXML}.spreadsheetml.sheet.main+xml"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}"><sheets/></workbook>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_SHEET}"><si><t>{words}</t></si></sst>',
    }


def odf_parts(kind: str, words: str = "Note", more: str = "") -> dict[str, str | bytes]:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(
        f'xmlns:{name}="{space}:{name}:1.0"'
        for name in ("office", "text", "draw", "table", "script")
    )
    return {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f'<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/'
        f'xlink"><office:body><text:p>{words}</text:p>{more}</office:body>'
        "</office:document-content>",
    }


def pdf(**root: Any) -> bytes:
    """One empty page; ``root`` is added to the catalogue."""
    made = pikepdf.new()
    made.add_blank_page()
    for name, value in root.items():
        made.Root[f"/{name}"] = made.make_indirect(value)
    return saved(made)


def saved(made: pikepdf.Pdf, **how: Any) -> bytes:
    output = io.BytesIO()
    made.save(output, deterministic_id="encryption" not in how, **how)
    return output.getvalue()


def pdf_saying(words: str) -> bytes:
    """One page that shows these words (plain letters and digits)."""
    made = pikepdf.new()
    page = made.add_blank_page()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    page.Contents = made.make_stream(f"BT /F1 12 Tf 50 500 Td ({words}) Tj ET".encode())
    return saved(made)


def carrying(*files: tuple[str, bytes]) -> bytes:
    """A PDF with these files attached."""
    made = pikepdf.open(io.BytesIO(pdf()))
    for name, content in files:
        made.attachments[name] = content
    return saved(made)


def image(kind: str, size: tuple[int, int] = (8, 6), **how: Any) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, (20, 110, 90)).save(output, format=kind, **how)
    return output.getvalue()


PDF = pdf()
PNG = image("PNG")
JPEG = image("JPEG")
DOCX = zipped(docx_parts())
XLSX = zipped(xlsx_parts())
ODT = zipped(odf_parts("text"))
ODS = zipped(odf_parts("spreadsheet"))

ALL = {
    "Essai.pdf": PDF,
    "capture.png": PNG,
    "photo.jpeg": JPEG,
    "photo.jpg": JPEG,
    "note.docx": DOCX,
    "liste.xlsx": XLSX,
    "note.odt": ODT,
    "liste.ods": ODS,
    "export.csv": "Poste;État\r\n12;à jour\r\n".encode("cp1252"),
    "dns.txt": "relevé".encode(),
    "vide.txt": b"\n",
}
