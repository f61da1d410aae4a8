"""A file that was cut on its way: known by its end, and told from one that is only odd."""

import pytest

from portal.fleet.importer.numbers import finess
from portal.fleet.importer.records import Reason, Refusal
from portal.fleet.importer.selection import Wanted, selected
from tests.fleet.importer.samples import (
    EHPAD,
    IME,
    MARTINIQUE,
    METADATA,
    etalab_line,
    read,
    text,
)

WHOLE = text(
    ["finess;nom;ville", f"{EHPAD};EHPAD Les Tilleuls;Valbrume", f'{IME};"IME ""Les Saules""";Haut']
)


def faults(data: bytes) -> list[tuple[int, Reason]]:
    return [(it.line, it.reason) for it in read(data) if isinstance(it, Refusal)]


@pytest.mark.parametrize("length", range(len(WHOLE) - 30, len(WHOLE) - 6))
def test_cut_anywhere_in_its_last_line_it_says_so(length: int) -> None:
    """Before the last field, of which nobody knows how long it was."""
    assert faults(WHOLE[:length]) == [(3, Reason.LINE_CUT)]


@pytest.mark.parametrize(
    "end",
    [
        '260000138;"IME Les\nSaules',
        '260000138;"IME Les\nSaules\n',
        '260000138;"IME Les\n\nSaules, le long du\nruisseau; au fond',
        '260000138;"IME',
        '260000138;"IME\n',
        '260000138;IME;"Haut',
        "260000138;IME",
        "2600",
    ],
    ids=range(8),
)
def test_cut_within_a_quoted_field_it_says_so_once(end: str) -> None:
    data = f"finess;nom;ville\n{EHPAD};EHPAD;Valbrume\n{end}".encode()

    assert faults(data) == [(3, Reason.LINE_CUT)]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (['010000123;"EHPAD;Valbrume', "260000138;IME;Haut"], [(2, Reason.QUOTE_UNCLOSED)]),
        (["010000123;EHPAD;Valbrume", '260000138;"IME;Haut'], [(3, Reason.QUOTE_UNCLOSED)]),
        (["010000123;EHPAD;Valbrume", "260000138;IME"], [(3, Reason.FIELD_COUNT)]),
        (["010000123;EHPAD;Valbrume", '260000138;IME 5";Haut'], []),
    ],
    ids=["a-row-follows", "whole-last-row", "short-last-row", "inches"],
)
def test_what_is_only_odd_is_not_taken_for_cut(
    lines: list[str], found: list[tuple[int, Reason]]
) -> None:
    assert faults(text(["finess;nom;ville", *lines])) == found


def test_a_file_without_a_last_end_of_line_is_whole() -> None:
    assert faults(WHOLE.rstrip()) == []


@pytest.mark.parametrize("length", [5, 40, 120, 180])
def test_an_extract_is_told_in_the_same_way(length: int) -> None:
    whole = text([METADATA, etalab_line(), etalab_line(IME)])
    start = len(text([METADATA, etalab_line()]))

    assert faults(whole[: start + length]) == [(3, Reason.LINE_CUT)]


def test_a_list_of_numbers_does_not_hide_that_the_file_is_cut() -> None:
    """The line that it stops in is nobody's wanted one, and those that came after are missing."""
    chosen = Wanted()
    chosen.add(1, finess(MARTINIQUE))
    data = f"finess;nom;ville\n{EHPAD};EHPAD;Valbrume\n{IME};IM".encode()

    reasons = [it.reason for it in selected(read(data), chosen) if isinstance(it, Refusal)]

    assert reasons == [Reason.LINE_CUT, Reason.NOT_IN_FILE]
