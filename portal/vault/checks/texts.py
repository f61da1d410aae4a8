"""Plain texts and tables: decoded whole, without what no text holds."""

import re
from typing import Final

from portal.vault.checks.verdict import Failed, Reason

_ODD: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
#: Where a cell begins that is computed, whatever parts the cells and however wide the sign.
_COMPUTED: Final = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
_BEGINS: Final = re.compile(rf"(?:^|[;,\t|\"'])\s*{_COMPUTED}")
#: One in quotes may go on over many lines, to the end of the text where nothing ends it.
_QUOTED: Final = re.compile(
    rf"(?:^|[;,\t|])[^\S\r\n]*\"\s*{_COMPUTED}((?:[^\"]|\"\")*)", re.MULTILINE
)
_CALLS: Final = re.compile(
    r"\b(?:WEBSERVICE|HYPERLINK|DDE|EXEC|CALL|IMPORT(?:XML|DATA|HTML|FEED|RANGE))\s*\(",
    re.IGNORECASE,
)
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
    for line in text.splitlines():
        begun = _BEGINS.search(line)
        if begun and _calls(line[begun.end() :]):
            raise Failed(Reason.TEXT_FORMULA)
    if any(_calls(cell) for cell in _QUOTED.findall(text)):
        raise Failed(Reason.TEXT_FORMULA)


def _calls(formula: str) -> bool:
    """A function that fetches; or another program, ``cmd|'/C calc'!A0``."""
    program = formula.find("|")
    return 0 <= program < formula.rfind("!") or _CALLS.search(formula) is not None


def check_plain_xml(text: str) -> None:
    """Data alone.  Raises ``Failed``."""
    if _SHOWN.search(text):
        raise Failed(Reason.TEXT_ODD)


def _tried(content: bytes) -> str | None:
    named = [codec for mark, codec in _MARKED if content.startswith(mark)]
    for codec in named or ["utf-8", "cp1252"]:
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    return None
