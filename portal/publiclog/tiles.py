"""The log as files (C2SP tlog-tiles): what is called what, and what is in it.  Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from portal.publiclog.merkle import WIDTH

_GROUP: Final = 1_000
_WIDTH_BELOW_FULL: Final = r"(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])"
_NAME = re.compile(
    rf"(?:entries|[0-5])/(?:x\d{{3}}/){{0,5}}\d{{3}}(?:\.p/{_WIDTH_BELOW_FULL})?", re.ASCII
)
ENTRIES: Final = "entries"


def is_name(name: str) -> bool:
    """Whether some log might have a file of this name below ``tile/``."""
    return _NAME.fullmatch(name) is not None


def name(level: int | str, number: int, width: int = WIDTH) -> str:
    """« 0/x001/x234/067.p/12 »; a full tile has no width in its name."""
    groups = [f"{number % _GROUP:03}"]
    while number := number // _GROUP:
        groups.insert(0, f"x{number % _GROUP:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"{level}/{'/'.join(groups)}{partial}"


def grown(before: int, after: int) -> Iterator[tuple[int, int, int]]:
    """The tiles that a tree of ``after`` leaves has and one of ``before`` had not.

    Each is its level, its number and its width.
    """
    level = 0
    while after:
        for number in range(before // WIDTH, -(-after // WIDTH)):
            yield level, number, min(WIDTH, after - number * WIDTH)
        level, before, after = level + 1, before // WIDTH, after // WIDTH


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as files hold them: each behind its length in two bytes."""
    return b"".join(len(each).to_bytes(2, "big") + each for each in entries)
