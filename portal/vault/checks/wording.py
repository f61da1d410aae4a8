"""The words of a document, as far as they can be read without running anything."""

import html
import io
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Final

import pypdfium2

from portal.vault.checks.markup import looks_like

#: Enough to find a resident's number anywhere in a long report.
MAX_CHARACTERS: Final = 4_000_000
MAX_PAGES: Final = 500
_TAG: Final = re.compile(r"<[^>]*>")
#: Between these, words stand apart; between other tags, one word may go on.
_BREAK: Final = re.compile(
    r"</(?:\w+:)?(?:p|h|c|row|si|v|table-cell|tr|tc)>|<(?:\w+:)?(?:tab|br|s)\b[^>]*/>"
)
#: Relations and types name parts, and say nothing to a reader.
_SILENT: Final = re.compile(r"\.rels$|^\[Content_Types\]\.xml$", re.IGNORECASE)


def of_office(archive: zipfile.ZipFile) -> str:
    """What a Word, Excel or OpenDocument file shows: in its pages, cells, drawings and notes."""
    parts = (archive.read(name) for name in archive.namelist() if not _SILENT.search(name))
    return _joined(_words(part.decode("utf-8", "replace")) for part in parts if looks_like(part))


def _words(part: str) -> str:
    """Twice: a number may be cut by tags, or stand between two of them."""
    glued = _TAG.sub("", _BREAK.sub(" ", part))
    apart = _TAG.sub(" ", part)
    return html.unescape(f"{glued}\n{apart}")


def of_pdf(content: bytes) -> str:
    """What the pages show, where they hold text and not its picture."""
    document = pypdfium2.PdfDocument(io.BytesIO(content))
    try:
        return _joined(_page(page) for page in islice(document, MAX_PAGES))
    finally:
        document.close()


def _page(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage()
    found: str = text.get_text_bounded()
    text.close()
    page.close()
    return found


def _joined(pieces: Iterator[str]) -> str:
    kept, size = [], 0
    for piece in pieces:
        kept.append(piece[: MAX_CHARACTERS - size])
        size += len(kept[-1])
        if size >= MAX_CHARACTERS:
            break
    return "\n".join(kept)
