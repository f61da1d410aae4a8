"""The words of a document, as far as they can be read without running anything, piece by piece."""

import html
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Final

import pypdfium2

from portal.vault.checks.markup import looks_like

#: Of a part's signs, how many are stripped of their tags at once, or as many as its next tag needs.
PIECE: Final = 500_000
_TAG: Final = re.compile(r"<[^<>]*>")
#: Between these, words stand apart; between other tags, one word may go on.
_BREAK: Final = re.compile(
    r"</(?:\w+:)?(?:p|h|c|row|si|v|table-cell|tr|tc)>|<(?:\w+:)?(?:tab|br|s)\b[^<>]*/>"
)
#: Relations and types name parts, and say nothing to a reader.
_SILENT: Final = re.compile(r"\.rels$|^\[Content_Types\]\.xml$", re.IGNORECASE)


def of_office(archive: zipfile.ZipFile) -> Iterator[str]:
    """What a Word, Excel or OpenDocument file shows: in its pages, cells, drawings and notes.

    Twice: a number may be cut by tags, or stand between two of them.
    """
    for name in archive.namelist():
        if _SILENT.search(name) or not looks_like(part := archive.read(name)):
            continue
        text = part.decode("utf-8", "replace")
        for way in (_glued, _apart):
            yield from _stripped(text, way)
            yield "\n"


def _stripped(part: str, way: Callable[[str], str]) -> Iterator[str]:
    """Cut before a tag, never inside one."""
    start = 0
    while start < len(part):
        end = part.find("<", start + PIECE)
        end = end if end >= 0 else len(part)
        yield html.unescape(way(part[start:end]))
        start = end


def _glued(piece: str) -> str:
    return _TAG.sub("", _BREAK.sub("\n", piece))


def _apart(piece: str) -> str:
    return _TAG.sub(" ", piece)


def of_pdf(content: bytes) -> Iterator[str]:
    """What the pages show, where they hold text and not its picture."""
    document = pypdfium2.PdfDocument(io.BytesIO(content))
    try:
        for page in document:
            yield f"{_page(page)}\n"
    finally:
        document.close()


def _page(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage()
    found: str = text.get_text_bounded()
    text.close()
    page.close()
    return found
