"""Typst: data in, a PDF out that is both archival (PDF/A-3a) and accessible (PDF/UA-1).

Data travels as JSON, never as template source, so that no text can become an instruction; the
same arguments give the same bytes.
"""

import json
import os
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

import typst

TEMPLATES = Path(__file__).parents[2] / "templates" / "pdf"
FONTS = TEMPLATES / "fonts"
#: Longest run of letters kept whole; a longer one may break anywhere rather than leave the page.
LONGEST_WORD = 28
UNPRINTABLE = "\N{WHITE SQUARE}"
BREAK = "\N{ZERO WIDTH SPACE}"

# One compiler per process and template keeps fonts and parsed sources; it takes one job at a time.
_turn = Lock()


class ForkedAfterTypesetting(RuntimeError):
    """Typst's threads stayed in the parent: here it would wait for them for ever."""


def typeset(
    template: str,
    data: Mapping[str, Any],
    *,
    timestamp: datetime,
    attachments: Mapping[str, bytes] | None = None,
    images: Mapping[str, str] | None = None,
) -> bytes:
    """Compile ``templates/pdf/<template>.typ``, which reads its arguments through ``treize.typ``.

    Every text of ``data`` is made printable first.  ``attachments`` are UTF-8 files, embedded
    byte for byte as the document's source; ``images`` are SVG made by us.  ``timestamp`` is the
    document's date.  Raises ``typst.TypstError`` when the template itself is at fault, and
    ``ForkedAfterTypesetting`` in the child of a process that has typeset: a worker that forks
    for each job must not typeset itself.
    """
    if _home() != os.getpid():
        raise ForkedAfterTypesetting
    files = {name: content.decode() for name, content in (attachments or {}).items()}
    inputs = {
        "data": json.dumps(_all_printable(data)),
        "attachments": json.dumps(files),
        "images": json.dumps(images or {}),
    }
    with _turn:
        made: Any = _compiler(template).compile(
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["a-3a", "ua-1"],
            timestamp=int(timestamp.timestamp()),
        )
    return bytes(made)


def printable(text: str) -> str:
    """What the fonts can show: PDF/A refuses a document with one missing glyph.

    Other characters become □; invisible ones, which could reverse a number, go.  Words longer
    than ``LONGEST_WORD`` are given places to break.
    """
    if len(text) <= LONGEST_WORD and text.isascii() and text.isprintable():
        return text
    shown = "".join(map(_shown, unicodedata.normalize("NFC", text)))
    return " ".join(map(_breakable, shown.split(" ")))


@cache
def _home() -> int:
    """The process that typeset first; a child inherits the answer."""
    return os.getpid()


@cache
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=[FONTS],
        ignore_system_fonts=True,
    )


def _all_printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _all_printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_all_printable(item) for item in value]
    return value


def _shown(character: str) -> str:
    if covered(character):
        return character
    category = unicodedata.category(character)
    if character.isspace() or category in {"Zl", "Zp"}:
        return " "
    return "" if category in {"Cc", "Cf", "Mn", "Me"} else UNPRINTABLE


def _breakable(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    pieces = (word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD))
    return BREAK.join(pieces)


def covered(character: str) -> bool:
    """Whether the documents' fonts hold this character."""
    bounds = _coverage()
    return bisect_right(bounds, ord(character)) % 2 == 1


@cache
def _coverage() -> list[int]:
    """Starts and ends (excluded) of the ranges covered, in order."""
    lines = (FONTS / "coverage.txt").read_text("ascii").split()
    ranges = (line.partition("-") for line in lines)
    pairs = ((int(first, 16), int(last or first, 16) + 1) for first, _, last in ranges)
    return list(chain.from_iterable(pairs))
