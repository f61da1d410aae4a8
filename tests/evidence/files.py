"""Small true files of each accepted kind, made on the spot."""

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 32


def zipped(**members: str) -> bytes:
    """A zip; in the names of its members ``__`` stands for a slash and ``_`` for a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            # A fixed date: made anew in each process, the bytes must be the same.
            member = zipfile.ZipInfo(name.replace("__", "/").replace("_", "."))
            archive.writestr(member, content)
    return buffer.getvalue()


DOCX = zipped(word__document_xml="<w/>")
XLSX = zipped(xl__workbook_xml="<w/>")
ODT = zipped(mimetype="application/vnd.oasis.opendocument.text", content_xml="<o/>")
ODS = zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml="<o/>")
