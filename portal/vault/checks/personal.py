"""What looks like a resident's data: a social security number, or the words of a care record.

A proof of security has no use for either.  Found here, nothing is refused: whoever deposited the
file is asked, for a serial number may look like a person's, and a procedure may speak of records.

A file is read whole, a piece at a time: what is kept of it between two pieces is a few lines.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from portal.vault.checks import records
from portal.vault.checks.numbers import Numbers

MOST_HINTS: Final = 6
#: Characters that are looked through at once, and how many of the last are looked through again:
#: a number, or the head of a table, may stand where two pieces meet.
PIECE: Final = 500_000
_OVERLAP: Final = 600


def hints(pieces: Iterable[str]) -> list[str]:
    """What was found, shortened so that it tells nobody's number; empty when nothing was.

    ``pieces`` follow each other without anything between; all are read.
    """
    numbers, words = Numbers(), records.Words()
    for piece in pieces_of(pieces):
        numbers.read(piece)
        words.read(piece)
    told = [_shortened(found) for found in numbers.found()]
    return list(dict.fromkeys([*told, *words.found()]))[:MOST_HINTS]


def pieces_of(texts: Iterable[str]) -> Iterator[str]:
    """The same text in pieces of a bearable size, each beginning with the end of the last."""
    held = ""
    for text in texts:
        for start in range(0, len(text), PIECE):
            held += text[start : start + PIECE]
            if len(held) >= PIECE:
                end = _between_words(held, len(held))
                yield held[:end]
                held = held[_between_words(held, end - _OVERLAP) :]
    if held:
        yield held


def _between_words(text: str, at: int) -> int:
    """There or a little before, where no word or number is cut in two: half of one misleads."""
    for place in range(at, max(at - _OVERLAP, 0), -1):
        if not text[place - 1].isalnum():
            return place
    return at


def _shortened(number: str) -> str:
    return f"{number[:3]} … {number[-2:]}"
