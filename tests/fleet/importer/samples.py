"""Small invented files in each layout, and the shortest way to read them."""

import io
from collections.abc import Iterable

from portal.fleet.importer import opening
from portal.fleet.importer.records import FileReason, FileRefused, Outcome, Refusal, StructureRecord

EHPAD = "010000123"
"""Luhn-valid, like all the numbers here unless a test says otherwise."""
IME = "260000138"
MARTINIQUE = "970200044"
BODY = "010000008"
NOTHING = ""

METADATA = "finess;etalab;111;2026-05-12"
_FIELDS = 32


def luhn_completed(digits: str) -> str:
    """Digits followed by the one that makes them pass Luhn."""
    for last in "0123456789":
        total = 0
        for rank, digit in enumerate(reversed(digits + last)):
            value = int(digit) * (1 + rank % 2)
            total += value - 9 if value > 9 else value
        if total % 10 == 0:
            return digits + last
    raise AssertionError(digits)


def etalab_line(finess: str = EHPAD, name: str = "EHPAD LES TILLEULS", **others: str) -> str:
    """One `structureet` line; `others` give fields by their place, as `f19="183"`."""
    fields = [""] * _FIELDS
    fields[0], fields[1], fields[2], fields[3] = "structureet", finess, BODY, name
    fields[4] = "EHPAD DES TILLEULS DE VALBRUME"
    fields[7], fields[8], fields[9] = "12", "AV", "DE LA FICTION"
    fields[11], fields[12], fields[13] = "BP 13", "004", "01"
    fields[15], fields[16] = "01440 VALBRUME CEDEX 9", "0400000000"
    fields[18] = "500"
    fields[19] = "Etablissement d'hébergement pour personnes âgées dépendantes"
    fields[28], fields[30] = "1988-05-02", "2024-04-22"
    for place, value in others.items():
        fields[int(place[1:]) - 1] = value
    return ";".join(fields)


def text(lines: Iterable[str], encoding: str = "utf-8", end: str = "\n") -> bytes:
    """Lines as the bytes of a file."""
    return (end.join(lines) + end).encode(encoding)


def read(data: bytes) -> list[Outcome]:
    """Everything a file yields."""
    return list(opening.opened(io.BytesIO(data), len(data)).structures())


def records(data: bytes) -> list[StructureRecord]:
    """The structures of a file, refusals left out."""
    return [it for it in read(data) if isinstance(it, StructureRecord)]


def refusals(data: bytes) -> list[Refusal]:
    """The refused lines of a file."""
    return [it for it in read(data) if isinstance(it, Refusal)]


def refused_file(data: bytes) -> FileReason:
    """Why the whole file is refused."""
    try:
        read(data)
    except FileRefused as refused:
        return refused.reason
    raise AssertionError("the file was read")
