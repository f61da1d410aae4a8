"""Text as it is read in a terminal, and what has to be on one line."""

import re
import textwrap
from typing import Final

#: Leaves room for the marks of whoever quotes it, within eighty columns.
WIDTH: Final = 76
#: A blank, then what a list begins its lines with: the lines that follow stand below the words.
_BEGINS: Final = re.compile(r"\s*(?:[*-] |[0-9]+\. )?")


def lined(text: str) -> str:
    """Break its lines at blanks; an address is never broken, and stands alone if it is too long."""
    return "\n".join(_lined(line) for line in text.split("\n"))


def on_one_line(text: str) -> str:
    """Its lines one behind the other: a message's header has one, whoever wrote what it says."""
    return " ".join(text.splitlines())


def _lined(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    begins = _BEGINS.match(line)
    below = " " * (begins.end() if begins else 0)
    return textwrap.fill(
        line,
        WIDTH,
        subsequent_indent=below,
        break_long_words=False,
        break_on_hyphens=False,
    )
