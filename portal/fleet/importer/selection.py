"""Which structures of a file are wanted: all of them, or those of a list of FINESS numbers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from portal.fleet.importer import numbers, table
from portal.fleet.importer.lines import Line, lines, rows
from portal.fleet.importer.records import (
    Caution,
    Outcome,
    Reason,
    Refusal,
    StructureRecord,
)

_SCIENTIFIC = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]{1,2}", re.IGNORECASE)
_FIELDS = re.compile(r"[;,|\t]")
_CLOSE_TO_A_NUMBER = 7
_SHOWN = 40


@dataclass(slots=True)
class Wanted:
    """A list of FINESS numbers: each with the line that first names it, and what was unreadable."""

    lines: dict[str, int] = field(default_factory=dict)
    cautions: dict[str, tuple[Caution, ...]] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    repeated: int = 0

    def __contains__(self, finess: object) -> bool:
        return finess in self.lines

    def __len__(self) -> int:
        return len(self.lines)

    def add(self, line: int, reading: numbers.Reading) -> None:
        """Note a number once, with what is odd about it."""
        if reading.value is None:
            return
        if reading.value in self.lines:
            self.repeated += 1
            return
        self.lines[reading.value] = line
        if reading.cautions:
            self.cautions[reading.value] = reading.cautions

    def refuse(self, line: int, reason: Reason, value: str) -> None:
        """Note what could not be read."""
        values = {"value": value.strip()[:_SHOWN]}
        self.refused.append(Refusal(line, reason, values, listed=True))


def wanted(stream: BinaryIO, encoding: str | None = None) -> Wanted:
    """Read a list, pasted or uploaded: numbers in any layout, or a table with a FINESS column."""
    found = Wanted()
    first, rest = table.start(lines(stream, encoding))
    if first is None:
        return found
    layout = table.header(first.text)
    if layout is not None:
        column = layout.columns.index("finess")
        for row in rows(rest, layout.delimiter, len(layout.columns)):
            if len(row.fields) > column:
                _take_one(found, row.number, row.fields[column])
            elif row.fault:
                found.refuse(row.number, row.fault, "")
        return found
    _take_line(found, first)
    for line in rest:
        _take_line(found, line)
    return found


def _take_one(found: Wanted, line: int, text: str) -> None:
    reading = numbers.finess(text)
    if reading.value is None and reading.refusal is not Reason.FINESS_MISSING:
        found.refuse(line, reading.refusal or Reason.NOT_A_NUMBER, text)
    found.add(line, reading)


def _take_line(found: Wanted, line: Line) -> None:
    """Every number of a line; names and short figures beside a good number are passed over."""
    if line.fault:
        found.refuse(line.number, line.fault, "")
        return
    text = line.text
    damaged = _SCIENTIFIC.findall(text)
    for value in damaged:
        _take_one(found, line.number, value)
    pieces = [
        piece for part in _FIELDS.split(_SCIENTIFIC.sub(" ", text)) for piece in _pieces(part)
    ]
    readings = [(piece, numbers.finess(piece)) for piece in pieces]
    good = [reading for _, reading in readings if reading.value]
    for reading in good:
        found.add(line.number, reading)
    if not good and not damaged and any(sign.isdigit() for sign in text):
        found.refuse(line.number, _worst(readings), text)


def _pieces(part: str) -> list[str]:
    """A part that is one spaced number, or a sum, stays whole; else the words like a number."""
    whole = numbers.finess(part)
    if whole.value or whole.refusal is Reason.FINESS_AMOUNT:
        return [part]
    return [word for word in part.split() if sum(map(str.isdigit, word)) >= _CLOSE_TO_A_NUMBER]


def _worst(readings: list[tuple[str, numbers.Reading]]) -> Reason:
    reasons = [reading.refusal for _, reading in readings if reading.refusal]
    return reasons[0] if reasons else Reason.NOT_A_NUMBER


def selected(outcomes: Iterable[Outcome], chosen: Wanted) -> Iterator[Outcome]:
    """Only what concerns the wanted numbers, then a refusal for each number never met.

    Refused lines whose number cannot be read are kept: one of them may be a wanted structure. So is
    the one that the file was cut in, after which others may be missing.
    """
    missing = dict(chosen.lines)
    for outcome in outcomes:
        if outcome.finess in chosen:
            missing.pop(outcome.finess or "", None)
            yield outcome
        elif outcome.finess is None or _is_cut(outcome):
            yield outcome
    for finess, line in missing.items():
        yield Refusal(line, Reason.NOT_IN_FILE, {"value": finess}, finess, listed=True)


def _is_cut(outcome: Outcome) -> bool:
    return isinstance(outcome, Refusal) and outcome.reason is Reason.LINE_CUT


def unique(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Keep the first structure of each number; the next ones are refused, naming the first line."""
    seen: dict[str, int] = {}
    for outcome in outcomes:
        if isinstance(outcome, StructureRecord):
            first = seen.setdefault(outcome.finess, outcome.line)
            if first != outcome.line:
                values = {"value": outcome.finess, "first": str(first)}
                yield Refusal(outcome.line, Reason.DUPLICATE, values, outcome.finess)
                continue
        yield outcome
