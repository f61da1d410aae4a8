"""The historical FINESS extract: `structureet` lines of 32 fields, no header, one metadata line.

Coordinates (section `geolocalisation`) are recognised and left out: nothing of ours shows a map.
"""

from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

from portal.fleet.importer import assembly, numbers
from portal.fleet.importer.lines import Row, fields, lines, rows
from portal.fleet.importer.records import Outcome, Reason, Refusal

WIDTH = 32
METADATA = "finess"
ESTABLISHMENT = "structureet"
LOCATION = "geolocalisation"
SECTIONS = frozenset({ESTABLISHMENT, LOCATION})

_NUMBER, _DISTRIBUTION = 1, 6


def extracted_on(first_line: str) -> date | None:
    """The day of the extract, from its metadata line `finess;etalab;111;2026-05-12`."""
    found = fields(first_line, ";")
    if found[0].strip().lower() != METADATA:
        return None
    return next((day for field in found[2:] if (day := assembly.day(field))), None)


def structures(stream: BinaryIO, encoding: str | None = None) -> Iterator[Outcome]:
    """Every establishment of the extract, in the order of the file."""
    for row in rows(lines(stream, encoding), ";", WIDTH):
        section = row.fields[0].strip().lower() if row.fields else ""
        if section in {METADATA, LOCATION}:
            continue
        if row.fault or section != ESTABLISHMENT:
            yield _refused(row, section)
        else:
            yield assembly.assemble(row.number, _named(row.fields))


def _refused(row: Row, section: str) -> Refusal:
    if row.fault in {None, Reason.FIELD_COUNT} and section and section not in SECTIONS:
        return Refusal(row.number, Reason.UNKNOWN_SECTION, {"value": section[:40]})
    values = {"found": str(len(row.fields)), "expected": str(WIDTH)} if row.fields else {}
    finess = None
    if len(row.fields) > _NUMBER:
        finess = numbers.finess(row.fields[_NUMBER]).value
    return Refusal(row.number, row.fault or Reason.FIELD_COUNT, values, finess)


def _named(fields: list[str]) -> dict[str, str]:
    """The fields that matter, by their canonical names."""
    street = " ".join(part for part in (fields[7], fields[10], fields[8], fields[9]) if part)
    return {
        "finess": fields[_NUMBER],
        "managing_body_finess": fields[2],
        "name": fields[3],
        "long_name": fields[4],
        "address": assembly.address((fields[5], fields[_DISTRIBUTION], street, fields[11])) or "",
        "departement": fields[13],
        "routing": fields[15],
        "phone": fields[16],
        "category_code": fields[18],
        "category_label": fields[19],
        "siret": fields[22],
        "opened_on": fields[28],
        "source_updated_on": fields[30],
    }
