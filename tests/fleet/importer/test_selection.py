"""Which structures are wanted, and numbers that come twice."""

import io

import pytest

from portal.fleet.importer import selection
from portal.fleet.importer.records import Doubt, Reason, Refusal
from tests.fleet.importer.samples import (
    EHPAD,
    IME,
    MARTINIQUE,
    METADATA,
    etalab_line,
    read,
    text,
)


def wanted(pasted: str) -> selection.Wanted:
    return selection.wanted(io.BytesIO(pasted.encode()))


@pytest.mark.parametrize(
    "pasted",
    [
        f"{EHPAD}\n{IME}",
        f"{EHPAD} {IME}",
        f"{EHPAD};{IME};",
        f"{EHPAD},{IME}",
        f"{EHPAD}\t{IME}",
        f"\r\n  {EHPAD}\r\n\r\n{IME}\r\n",
        "01 000 012 3\n26.000.013.8",
        f"Mes clients\n- {EHPAD} EHPAD Les Tilleuls, 12 lits\n- {IME} IME",
        f"nom;finess;finess ej\nEHPAD;{EHPAD};010000008\nIME;{IME};010000008",
    ],
)
def test_a_list_is_read_in_any_layout(pasted: str) -> None:
    found = wanted(pasted)

    assert set(found.lines) == {EHPAD, IME}
    assert found.refused == []


def test_damaged_numbers_of_a_list_are_said_with_their_line() -> None:
    found = wanted(f"{EHPAD}\n2,601E+08\n10000123\n75011\n26000013")

    assert [(it.line, it.reason) for it in found.refused] == [
        (2, Reason.FINESS_SCIENTIFIC),
        (4, Reason.NOT_A_NUMBER),
    ]
    assert found.repeated == 1
    assert found.cautions["026000013"][0].doubt is Doubt.LEADING_ZERO


@pytest.mark.parametrize(
    "pasted",
    ["-29090001", "EHPAD A;-29090001", "+29090001", "29090001.5", "(29090001)", "- 29090001"],
)
def test_an_amount_of_a_list_is_refused_as_one(pasted: str) -> None:
    found = wanted(f"{EHPAD}\n{pasted}")

    assert set(found.lines) == {EHPAD}
    assert [(it.line, it.reason) for it in found.refused] == [(2, Reason.FINESS_AMOUNT)]


@pytest.mark.parametrize("pasted", ["2,60012345E+08", "EHPAD A;2.60012345e8;PARIS"])
def test_a_number_whose_digits_a_spreadsheet_kept_is_restored_as_in_a_table(pasted: str) -> None:
    found = wanted(f"{EHPAD}\n{pasted}")

    assert found.lines == {EHPAD: 1, "260012345": 2}
    assert found.refused == []
    assert Doubt.SCIENTIFIC_RESTORED in [it.doubt for it in found.cautions["260012345"]]


def test_an_empty_list_wants_nothing() -> None:
    assert len(wanted(" \n\n")) == 0


def test_only_wanted_structures_pass_and_the_missing_are_named() -> None:
    data = text([METADATA, etalab_line(EHPAD), etalab_line(IME)])

    found = list(selection.selected(read(data), wanted(f"{IME}\n{MARTINIQUE}")))

    assert [(it.finess, it.line) for it in found] == [(IME, 3), (MARTINIQUE, 2)]
    assert isinstance(found[1], Refusal)
    assert found[1].reason is Reason.NOT_IN_FILE


def test_refusals_about_others_are_left_out_and_unreadable_ones_kept() -> None:
    lines = [etalab_line(EHPAD, name="", f5=""), etalab_line("oops"), etalab_line(IME)]

    found = list(selection.selected(read(text([METADATA, *lines])), wanted(IME)))

    assert [it.line for it in found] == [3, 4]


def test_a_number_given_twice_keeps_its_first_line_and_names_both() -> None:
    data = text([METADATA, etalab_line(name="PREMIER"), etalab_line(IME), etalab_line(name="DEUX")])

    found = list(selection.unique(read(data)))

    duplicate = found[2]
    assert [it.line for it in found] == [2, 3, 4]
    assert isinstance(duplicate, Refusal)
    assert (duplicate.reason, duplicate.values["first"]) == (Reason.DUPLICATE, "2")
