"""FINESS and SIRET numbers as people send them."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.fr import siret as siret_rules

from portal.fleet.importer import numbers
from portal.fleet.importer.records import Doubt, Reason
from tests.fleet.importer.samples import EHPAD, luhn_completed

VALID = st.from_regex(r"(?!00)[0-9]{8}", fullmatch=True).map(luhn_completed)
SEPARATORS = st.sampled_from(["", " ", "\u00a0", ".", "-", "  "])


def doubts(reading: numbers.Reading) -> list[Doubt]:
    return [caution.doubt for caution in reading.cautions]


@pytest.mark.parametrize(
    "raw",
    [EHPAD, " 010000123 ", "01 000 012 3", "01.000.012.3", "01\u00a00000123", "'010000123",
     '="010000123"', '"010000123"', "０１００００１２３"],
)  # fmt: skip
def test_a_number_is_read_through_spaces_dots_and_quotes(raw: str) -> None:
    assert numbers.finess(raw) == numbers.Reading(EHPAD)


def test_a_lost_leading_zero_is_given_back_and_said() -> None:
    reading = numbers.finess("10000123")

    assert reading.value == EHPAD
    assert doubts(reading) == [Doubt.LEADING_ZERO]


def test_a_decimal_tail_left_by_a_spreadsheet_is_cut_and_said() -> None:
    reading = numbers.finess("260000138.0")

    assert reading.value == "260000138"
    assert doubts(reading) == [Doubt.DECIMAL_TAIL]


@pytest.mark.parametrize("raw", ["2,601E+13", "2.6E+08", "2,6E8", "2.60012E+08", "2,6E+08 "])
def test_powers_of_ten_are_recognised_as_lost_digits(raw: str) -> None:
    assert numbers.finess(raw).refusal is Reason.FINESS_SCIENTIFIC


def test_powers_of_ten_with_every_digit_are_restored_and_said() -> None:
    reading = numbers.finess("2,60000138E+08")

    assert reading.value == "260000138"
    assert doubts(reading) == [Doubt.SCIENTIFIC_RESTORED]


def test_a_doubtful_check_digit_warns_and_never_blocks() -> None:
    reading = numbers.finess("010000124")

    assert reading.value == "010000124"
    assert doubts(reading) == [Doubt.CHECK_DIGIT]


@pytest.mark.parametrize("raw", ["2A0000014", "2b0000014", "2A 000 001 4"])
def test_corsican_numbers_are_taken_without_a_check_digit(raw: str) -> None:
    reading = numbers.finess(raw)

    assert reading.value == raw.replace(" ", "").upper()
    assert reading.cautions == ()


def test_the_prefix_of_national_health_identifiers_is_taken_off_and_said() -> None:
    reading = numbers.finess(f"1{EHPAD}")

    assert reading.value == EHPAD
    assert doubts(reading) == [Doubt.ANS_PREFIX]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", Reason.FINESS_MISSING),
        ("  -  ", Reason.FINESS_MISSING),
        ("1234567", Reason.FINESS_SHAPE),
        ("000000000", Reason.FINESS_SHAPE),
        ("01000012345", Reason.FINESS_SHAPE),
        ("O1OOOO123", Reason.FINESS_SHAPE),
        ("2C0000014", Reason.FINESS_SHAPE),
        ("٠١٢٣٤٥٦٧٨", Reason.FINESS_SHAPE),
        ("EHPAD", Reason.FINESS_SHAPE),
        ("35600000000048", Reason.FINESS_IS_SIRET),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(raw: str, reason: Reason) -> None:
    assert numbers.finess(raw).refusal is reason


@pytest.mark.parametrize(
    "raw",
    ["-29090001", "+29090001", "(29090001)", "29090001.5", "29090001,5", "- 29 090 001",
     "\u221229090001", "29090001-", "-29090001.0", "-29090001,00", "(2909000.12)", "1290900.15",
     "12909000.15"],
)  # fmt: skip
def test_an_amount_is_no_number_that_lost_its_zero(raw: str) -> None:
    assert numbers.finess(raw) == numbers.Reading(refusal=Reason.FINESS_AMOUNT)


def test_a_dash_before_a_whole_number_is_a_mark_of_a_list() -> None:
    assert numbers.finess("- 010000123").value == EHPAD


@given(VALID, st.lists(SEPARATORS, min_size=9, max_size=9))
@example("010000123", [" "] * 9)
def test_every_valid_number_survives_any_spacing(number: str, separators: list[str]) -> None:
    spaced = "".join(digit + mark for digit, mark in zip(number, separators, strict=True))
    assume(not spaced.rstrip().endswith(".0"))  # what a spreadsheet adds to a number it cut
    assume(not re.fullmatch(r"\d{7,8}\.\d+-?", "".join(spaced.split())))  # decimals of an amount
    assert numbers.finess(spaced).value == number


@given(VALID.filter(lambda number: number[0] == "0" and number[1] != "0"))
def test_every_number_that_lost_its_zero_comes_back(number: str) -> None:
    assert numbers.finess(number[1:]).value == number


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
def test_no_text_at_all_breaks_the_reading(raw: str) -> None:
    for reading in (numbers.finess(raw), numbers.siret(raw), numbers.siren(raw)):
        assert reading.value is None or reading.value.isascii()
        assert (reading.value is None) or (reading.refusal is None)


@given(VALID)
def test_what_was_read_reads_as_itself(number: str) -> None:
    once = numbers.finess(number).value
    assert once is not None
    assert numbers.finess(once).value == once


@given(st.from_regex(r"[0-9]{1,20}", fullmatch=True))
def test_the_quick_check_agrees_with_the_library(digits: str) -> None:
    assert numbers.passes_luhn(digits) == luhn.is_valid(digits)


@given(st.from_regex(r"[0-9]{14}", fullmatch=True))
def test_a_siret_is_taken_exactly_when_the_library_takes_it(digits: str) -> None:
    assert (numbers.siret(digits).value is not None) == siret_rules.is_valid(digits)


def test_the_sirets_of_la_poste_are_taken() -> None:
    assert numbers.siret("35600000049837").value == "35600000049837"


@pytest.mark.parametrize(
    ("raw", "doubt"),
    [
        ("12345678901234", Doubt.SIRET_DROPPED),
        ("2,601E+13", Doubt.SIRET_SCIENTIFIC),
        ("sans", Doubt.SIRET_DROPPED),
    ],
)
def test_a_wrong_siret_is_left_out_and_said(raw: str, doubt: Doubt) -> None:
    reading = numbers.siret(raw)

    assert reading.value is None
    assert doubts(reading) == [doubt]


def test_no_siret_is_no_doubt() -> None:
    assert numbers.siret("") == numbers.Reading()
