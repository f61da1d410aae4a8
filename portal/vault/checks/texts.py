"""Plain texts and tables: decoded whole, without what no text holds."""

import html
import re
from typing import Final

from portal.vault.checks import formulas
from portal.vault.checks.verdict import Failed, Reason

_ODD: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
#: Where a cell begins that is computed, however wide the sign.
_COMPUTED: Final = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
#: What parts the cells, and what the first line says that it is: spreadsheets believe it.
_PARTS: Final = ";,\t|"
_SAID: Final = re.compile(r"\s*\"?sep=(.)", re.IGNORECASE)
#: A line ends here and nowhere else: what else parts paragraphs stands inside a cell.
_LINE: Final = re.compile(r"[\r\n]+")
#: As a spreadsheet in English or in French calls what fetches or runs; a text may speak of images.
_CALLS: Final = re.compile(
    r"\b(?:WEBSERVICE|SERVICEWEB|HYPERLINK|LIEN[._]HYPERTEXTE|DDE|RTD|EXEC|CALL|FONCTION\.APPELANTE"
    r"|REGISTER\.ID|REGISTRE\.NUMERO|SQL\.REQUEST|IMPORT(?:XML|DATA|HTML|FEED|RANGE|CSV|TEXT))\s*\("
    r"|\bIMAGE(?:\s*\(\s*\"|\(\s*\$?[A-Z]{1,3}\$?\d)",
    re.IGNORECASE,
)
#: A table of symbolic links (SYLK), which spreadsheets know by its first signs and not by its name:
#: its formulas, and what begins by itself.
_SYMBOLIC: Final = "ID;P"
_EXPRESSION: Final = re.compile(r"^C;.*?;E(.*)", re.MULTILINE)
_BY_ITSELF: Final = re.compile(r"^NN;NAuto_", re.MULTILINE | re.IGNORECASE)
#: What makes a browser draw XML, or run what stands in it.
_SHOWN: Final = re.compile(
    r"<!DOCTYPE|<!ENTITY|<\?xml-stylesheet|www\.w3\.org/(?:1999/xhtml|2000/svg|1999/XSL)",
    re.IGNORECASE,
)
_MARKED: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decoded(content: bytes) -> str:
    """The text, whatever it was written in.  Raises ``Failed``."""
    text = _tried(content)
    if text is None or _ODD.search(text):
        raise Failed(Reason.TEXT_ODD)
    return text


def check_cells(text: str) -> None:
    """No cell calls a program or the network when a spreadsheet opens the table."""
    if text.startswith(_SYMBOLIC):
        _check_symbolic(text)
    said = _SAID.match(text)
    parts = re.escape(_PARTS + (said[1] if said else ""))
    begins = re.compile(rf"(?:^|[{parts}\"'])\s*{_COMPUTED}")
    for line in _LINE.split(text):
        begun = begins.search(line)
        if begun and _calls(line[begun.end() :]):
            raise Failed(Reason.TEXT_FORMULA)
    # One in quotes may go on over many lines, to the end of the text where nothing ends it.
    quoted = rf"(?:^|[{parts}])[^\S\r\n]*\"\s*{_COMPUTED}((?:[^\"]|\"\")*)"
    if any(_calls(cell) for cell in re.findall(quoted, text, re.MULTILINE)):
        raise Failed(Reason.TEXT_FORMULA)


def _check_symbolic(text: str) -> None:
    if _BY_ITSELF.search(text) or any(map(_calls, _EXPRESSION.findall(text))):
        raise Failed(Reason.TEXT_FORMULA)


def _calls(formula: str) -> bool:
    """A function that fetches, another file; or another program, ``cmd|'/C calc'!A0``."""
    program = formula.find("|")
    called = 0 <= program < formula.rfind("!") or _CALLS.search(formula) is not None
    return called or formulas.links(formula)


def check_plain_xml(text: str) -> None:
    """Data alone.  Raises ``Failed``."""
    # The name of a language may be written in references.
    if _SHOWN.search(text) or _SHOWN.search(html.unescape(text)):
        raise Failed(Reason.TEXT_ODD)


def _tried(content: bytes) -> str | None:
    named = [codec for mark, codec in _MARKED if content.startswith(mark)]
    for codec in named or ["utf-8", "cp1252"]:
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    return None
