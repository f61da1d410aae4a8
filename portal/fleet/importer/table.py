"""A plain list with a header line, separated by semicolons, commas, tabs or bars."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

import yaml

from portal.fleet.importer import assembly, numbers
from portal.fleet.importer.lines import Line, Row, fields, lines, rows
from portal.fleet.importer.records import FileReason, FileRefused, Outcome, Reason, Refusal
from portal.fleet.nomenclature import categories

DELIMITERS = (";", ",", "\t", "|")
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_SHOWN_COLUMNS = 12


class Header(NamedTuple):
    """How a table is laid out: its separator and, by column, the canonical name or None."""

    delimiter: str
    columns: list[str | None]
    titles: list[str]

    @property
    def known(self) -> int:
        """How many columns are understood."""
        return sum(name is not None for name in self.columns)


@cache
def _names() -> dict[str, str]:
    file = Path(__file__).with_name("headers.yaml")
    aliases: dict[str, list[str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {alias: name for name, known in aliases.items() for alias in known}


def folded(title: str) -> str:
    """A column's title in lower case, without accents, signs or spaces."""
    plain = unicodedata.normalize("NFKD", title.replace("°", "").replace("º", "")).lower()
    return re.sub(r"[^a-z0-9]", "", plain)


def layout(text: str, delimiter: str) -> Header:
    """Read a header line with one separator; of two columns of one name the first counts."""
    titles = [title.strip().strip('"') for title in fields(text, delimiter)]
    columns: list[str | None] = []
    for title in titles:
        name = _names().get(folded(title))
        columns.append(None if name in columns else name)
    return Header(delimiter, columns, titles)


def header(text: str) -> Header | None:
    """The most telling layout of a line, or None when no column holds FINESS numbers."""
    layouts = (layout(text, delimiter) for delimiter in DELIMITERS)
    best = max(layouts, key=lambda found: ("finess" in found.columns, found.known))
    return best if "finess" in best.columns else None


def _is_a_word(text: str) -> bool:
    return any(map(str.isalpha, text)) and not numbers.finess(text).value


def _required_header(text: str) -> Header:
    found = header(text)
    if found is None:
        number, *others = re.split(r"[;,\t|]", text)
        if numbers.finess(number).value:
            named = any(map(_is_a_word, others))
            raise FileRefused(FileReason.NO_HEADER if named else FileReason.BARE_NUMBERS)
        widest = max((layout(text, mark) for mark in DELIMITERS), key=lambda it: len(it.titles))
        shown = ", ".join(title[:40] for title in widest.titles[:_SHOWN_COLUMNS])
        raise FileRefused(FileReason.NO_FINESS_COLUMN, columns=shown)
    if not {"name", "long_name"} & set(found.columns):
        raise FileRefused(FileReason.NO_NAME_COLUMN, columns=", ".join(found.titles))
    return found


def start(source: Iterator[Line]) -> tuple[Line | None, Iterator[Line]]:
    """The header line and what follows it; blank lines and a `sep=;` line are passed over."""
    for line in source:
        if line.fault is Reason.LINE_TOO_LONG:
            return line, source
        if line.text.strip() and not _SEPARATOR_LINE.fullmatch(line.text):
            return line, source
    return None, source


def structures(stream: BinaryIO, encoding: str | None = None) -> Iterator[Outcome]:
    """Every line of the table; a table without a FINESS column is refused whole."""
    first, rest = start(lines(stream, encoding))
    if first is None:
        raise FileRefused(FileReason.EMPTY)
    if first.fault:
        raise FileRefused(FileReason.BINARY)
    found = _required_header(first.text)
    row: Row | None = None
    for row in rows(rest, found.delimiter, len(found.columns)):
        yield _refused(row, found) if row.fault else _outcome(row, found)
    if row is None:
        raise FileRefused(FileReason.NO_ROWS)


def _refused(row: Row, found: Header) -> Refusal:
    values = {"found": str(len(row.fields)), "expected": str(len(found.columns))}
    place = found.columns.index("finess")
    finess = numbers.finess(row.fields[place]).value if len(row.fields) > place else None
    return Refusal(row.number, row.fault or Reason.FIELD_COUNT, values, finess)


def _outcome(row: Row, found: Header) -> Outcome:
    raw = {name: text for name, text in zip(found.columns, row.fields, strict=True) if name}
    raw["address"] = assembly.address((raw.get("address"), raw.get("address_more"))) or ""
    _settle_category(raw)
    return assembly.assemble(row.number, raw)


def _settle_category(raw: dict[str, str]) -> None:
    """A category column may hold codes, our short labels, or words of its own."""
    if raw.get("category_code", "").strip():
        return
    given = raw.get("category_label", "").strip()
    if re.fullmatch(r"[0-9]{3}", given):
        raw["category_code"], raw["category_label"] = given, ""
    elif code := _codes_by_label().get(folded(given)):
        raw["category_code"] = code


@cache
def _codes_by_label() -> dict[str, str]:
    known = categories.categories().values()
    labels = chain.from_iterable(((folded(it.short), it), (folded(it.long), it)) for it in known)
    return {label: it.code for label, it in labels}
