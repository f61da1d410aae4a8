"""Lines and rows of a text file, read once, in constant memory, whatever its encoding.

Each line is tried as UTF-8, then as Windows-1252, so that a mixed or late surprise costs one line.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from portal.fleet.importer.records import FileReason, FileRefused, Reason

LONGEST_LINE = 64 * 1024
MOST_LINES = 5_000_000
"""The national extract has about 220,000, places on the map included."""
_LONGEST_QUOTED = 10
_MARKS = ("\ufeff", "ï»¿")


class Line(NamedTuple):
    """One physical line without its end; `fault` says why its text cannot be trusted."""

    number: int
    text: str
    fault: Reason | None = None
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one line, or the reason there are none."""

    number: int
    fields: list[str]
    fault: Reason | None = None


def decoded(text: str) -> str | None:
    """The true text of bytes read as latin-1: UTF-8 first, else Windows-1252, else None."""
    if text.isascii():
        return text
    data = text.encode("latin-1")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def lines(stream: BinaryIO, encoding: str | None = None) -> Iterator[Line]:
    """Every line of a stream. `encoding` is set only for what is not ASCII-like (UTF-16).

    Raises `FileRefused` past `MOST_LINES`: a small archive may hold billions of blank ones.
    """
    reader = io.TextIOWrapper(stream, encoding or "latin-1", errors="replace", newline=None)
    try:
        number = 0
        while text := reader.readline(LONGEST_LINE):
            number += 1
            if number > MOST_LINES:
                raise FileRefused(FileReason.TOO_MANY_LINES, millions=str(MOST_LINES // 1_000_000))
            if number == 1:
                text = _without_mark(text)
            yield _line(number, text, reader, encoding)
    finally:
        reader.detach()


def _without_mark(text: str) -> str:
    for mark in _MARKS:
        text = text.removeprefix(mark)
    return text


def _line(number: int, text: str, reader: io.TextIOWrapper, encoding: str | None) -> Line:
    ended = text.endswith("\n")
    if not ended and len(text) >= LONGEST_LINE:
        rest = text
        while rest and not rest.endswith("\n"):
            rest = reader.readline(LONGEST_LINE)
        return Line(number, "", Reason.LINE_TOO_LONG)
    if "\0" in text:
        return Line(number, "", Reason.UNREADABLE, ended)
    found = text if encoding else decoded(text)
    if found is None:
        return Line(number, "", Reason.UNREADABLE, ended)
    return Line(number, found.rstrip("\n"), None, ended)


def rows(source: Iterator[Line], delimiter: str, width: int) -> Iterator[Row]:
    """Split lines into `width` fields. Blank lines are skipped; a wrong count is a fault.

    A quote that is never closed costs its own line only: the lines it would swallow are given back.
    """
    waiting: deque[Line] = deque()
    while (line := waiting.popleft() if waiting else next(source, None)) is not None:
        if line.fault:
            yield Row(line.number, [], line.fault)
        elif not line.text.strip(f"{delimiter} \t"):
            continue
        elif line.text.count('"') % 2 == 0:
            yield _counted(line, fields(line.text, delimiter), width)
        else:
            yield _with_odd_quote(line, source, waiting, delimiter, width)


def fields(text: str, delimiter: str) -> list[str]:
    """The fields of one line; a delimiter within quotes parts nothing, a stray quote is a sign."""
    if '"' not in text or text.count('"') % 2:
        return text.split(delimiter)
    return _parsed(text, delimiter)


def _parsed(text: str, delimiter: str) -> list[str]:
    return next(csv.reader([text], delimiter=delimiter), [])


def _counted(line: Line, fields: list[str], width: int) -> Row:
    """The row when the count is right; empty fields in excess are forgiven."""
    if len(fields) > width and not any(field.strip() for field in fields[width:]):
        fields = fields[:width]
    if len(fields) == width:
        return Row(line.number, fields)
    cut = not line.ended and len(fields) < width
    return Row(line.number, fields, Reason.LINE_CUT if cut else Reason.FIELD_COUNT)


def _with_odd_quote(
    line: Line, source: Iterator[Line], waiting: deque[Line], delimiter: str, width: int
) -> Row:
    """A stray quote, or a field that goes on over next lines: whichever gives `width` fields."""
    literal = line.text.split(delimiter)
    if len(literal) == width and not any(field.startswith('"') for field in literal):
        return Row(line.number, literal)
    taken: list[Line] = []
    text, over = line.text, False
    # Two lines are no longer than what `csv` takes for one field: 131,072 signs.
    while not over and len(taken) < _LONGEST_QUOTED and len(text) < LONGEST_LINE:
        following = waiting.popleft() if waiting else next(source, None)
        if following is None:
            over = True
            continue
        taken.append(following)
        text = f"{text} {following.text}"
        if following.fault or text.count('"') % 2 == 0:
            break
    fields = _parsed(text, delimiter) if text.count('"') % 2 == 0 else []
    if taken and not any(more.fault for more in taken) and len(fields) == width:
        return Row(line.number, fields)
    if over and _cut_within([line, *taken], delimiter, width):
        return Row(line.number, literal, Reason.LINE_CUT)
    waiting.extendleft(reversed(taken))
    return Row(line.number, literal, Reason.QUOTE_UNCLOSED)


def _cut_within(last: list[Line], delimiter: str, width: int) -> bool:
    """Whether the file ends within the field that these last lines open, and never close.

    A whole row among them, and the quote was a stray one.
    """
    opening, *others = last
    if others:
        return not any(len(it.text.split(delimiter)) == width for it in others)
    return not opening.ended or len(opening.text.split(delimiter)) < width
