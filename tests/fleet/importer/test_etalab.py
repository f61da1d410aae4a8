"""The historical extract: 32 fields, metadata line, two sections, two encodings."""

import io
from datetime import date

import pytest

from portal.fleet.importer import opening
from portal.fleet.importer.detect import Kind
from portal.fleet.importer.records import Doubt, Reason
from tests.fleet.importer.samples import (
    BODY,
    EHPAD,
    IME,
    MARTINIQUE,
    METADATA,
    etalab_line,
    read,
    records,
    refusals,
    text,
)


def _quoted(line: str) -> str:
    return ";".join(f'"{field}"' for field in line.split(";"))


def test_every_field_that_matters_is_read() -> None:
    (it,) = records(text([METADATA, etalab_line()]))

    assert (it.line, it.finess, it.managing_body_finess) == (2, EHPAD, BODY)
    assert (it.name, it.long_name) == ("EHPAD LES TILLEULS", "EHPAD DES TILLEULS DE VALBRUME")
    assert it.address == "12 AV DE LA FICTION\nBP 13"
    assert (it.postcode, it.city) == ("01440", "VALBRUME")
    assert (it.departement, it.region) == ("01", "Auvergne-Rhône-Alpes")
    assert it.category_code == "500"
    assert it.phone == "0400000000"
    assert (it.opened_on, it.source_updated_on) == (date(1988, 5, 2), date(2024, 4, 22))
    assert it.cautions == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_usual_encoding_and_line_end_is_read(encoding: str, end: str) -> None:
    data = text([METADATA, etalab_line(name="FOYER DE L’ÉTÉ À NOËL")], encoding, end)

    (it,) = records(data)

    assert it.name == "FOYER DE L’ÉTÉ À NOËL"


def test_one_badly_encoded_line_spoils_no_other() -> None:
    good = etalab_line(name="RÉSIDENCE").encode()
    late = etalab_line(IME, name="INSTITUT MÉDICO").encode("cp1252")

    found = records(METADATA.encode() + b"\n" + good + b"\n" + late + b"\n")

    assert [it.name for it in found] == ["RÉSIDENCE", "INSTITUT MÉDICO"]


def test_undecodable_bytes_refuse_their_line_only() -> None:
    bad = etalab_line(IME).encode().replace(b"EHPAD", b"\x81\x8d\xff")

    found = read(b"\n".join([METADATA.encode(), bad, etalab_line().encode()]))

    assert [type(it).__name__ for it in found] == ["Refusal", "StructureRecord"]
    assert refusals(b"\n".join([METADATA.encode(), bad]))[0].reason is Reason.UNREADABLE


def test_quoted_fields_with_doubled_quotes_and_separators_are_read() -> None:
    line = etalab_line().replace("EHPAD LES TILLEULS", '"FOYER ""LE PHARE""; ANNEXE"', 1)

    (it,) = records(text([METADATA, line]))

    assert it.name == 'FOYER "LE PHARE"; ANNEXE'


@pytest.mark.parametrize(
    "first", [[METADATA], [_quoted(METADATA)], []], ids=["plain", "quoted", "none"]
)
def test_an_extract_may_be_quoted_from_its_first_field_to_its_last(first: list[str]) -> None:
    data = text([*first, _quoted(etalab_line()), _quoted(etalab_line(IME))])

    assert [it.finess for it in records(data)] == [EHPAD, IME]
    told = opening.opened(io.BytesIO(data), len(data)).sniffed
    assert (told.kind, str(told.extracted_on)) == (Kind.ETALAB, "2026-05-12" if first else "None")


def test_a_quoted_field_may_go_on_over_the_next_line() -> None:
    line = etalab_line().replace("EHPAD LES TILLEULS", '"FOYER\nDU PHARE"', 1)

    first, second = records(text([METADATA, line, etalab_line(IME)]))

    assert (first.name, second.line) == ("FOYER DU PHARE", 4)


def test_a_stray_quote_is_part_of_the_name() -> None:
    (it,) = records(text([METADATA, etalab_line(name='FOYER "LE PHARE')]))

    assert it.name == 'FOYER "LE PHARE'


def test_a_quote_never_closed_swallows_no_other_line() -> None:
    open_quote = etalab_line().replace("EHPAD LES TILLEULS", '"EHPAD', 1)

    found = read(text([METADATA, open_quote, etalab_line(IME), etalab_line(MARTINIQUE)]))

    assert [(it.line, type(it).__name__) for it in found] == [
        (2, "Refusal"),
        (3, "StructureRecord"),
        (4, "StructureRecord"),
    ]


def test_a_wrong_number_of_fields_refuses_the_line_and_says_both_counts() -> None:
    short = ";".join(etalab_line().split(";")[:20])

    (refusal,) = refusals(text([METADATA, short, etalab_line(IME)]))

    assert (refusal.line, refusal.reason) == (2, Reason.FIELD_COUNT)
    assert refusal.values == {"found": "20", "expected": "32"}
    assert refusal.finess == EHPAD


def test_empty_fields_in_excess_are_forgiven() -> None:
    (it,) = records(text([METADATA, etalab_line() + ";;"]))

    assert it.finess == EHPAD


def test_a_file_cut_in_the_middle_of_a_line_says_so() -> None:
    data = text([METADATA, etalab_line(), etalab_line(IME)])[:-120]

    first, last = read(data)

    assert first.finess == EHPAD
    assert getattr(last, "reason", None) is Reason.LINE_CUT


def test_coordinates_are_passed_over() -> None:
    section = [f"geolocalisation;{EHPAD};1;2;5,ATLASANTE,100,IGN;2024-01-01"]

    assert len(read(text([METADATA, etalab_line(), *section]))) == 1


def test_an_unknown_section_is_refused_by_its_name() -> None:
    (refusal,) = refusals(text([METADATA, etalab_line(), "equipement;1;2"]))

    assert (refusal.reason, refusal.values["value"]) == (Reason.UNKNOWN_SECTION, "equipement")


def test_a_line_of_megabytes_is_refused_alone() -> None:
    endless = etalab_line(IME, name="A" * 300_000)

    found = read(text([METADATA, endless, etalab_line()]))

    assert getattr(found[0], "reason", None) is Reason.LINE_TOO_LONG
    assert (found[1].line, found[1].finess) == (3, EHPAD)


@pytest.mark.parametrize(
    ("code", "routing", "departement", "region"),
    [
        ("9A", "97110 POINTE-FICTIVE", "971", "Guadeloupe"),
        ("9B", "97200 FORT-INVENTE", "972", "Martinique"),
        ("9C", "97306 CAYENNE CEDEX", "973", "Guyane"),
        ("9D", "97400 SAINT-FAUX", "974", "La Réunion"),
        ("9E", "97500 SAINT-PIERRE", "975", "Collectivités d’outre-mer"),
        ("9F", "97600 MAMOUDZOU", "976", "Mayotte"),
        ("9J", "97150 SAINT MARTIN", "978", "Collectivités d’outre-mer"),
        ("9J", "97133 SAINT BARTHELEMY", "977", "Collectivités d’outre-mer"),
        ("2A", "20000 AJACCIO", "2A", "Corse"),
        ("", "20200 BASTIA", "2B", "Corse"),
        ("59", "59000 LILLE", "59", "Hauts-de-France"),
    ],
)
def test_overseas_and_corsica_find_their_place(
    code: str, routing: str, departement: str, region: str
) -> None:
    (it,) = records(text([METADATA, etalab_line(f14=code, f16=routing)]))

    assert (it.departement, it.region) == (departement, region)


def test_a_managing_body_may_stand_in_another_departement() -> None:
    (it,) = records(text([METADATA, etalab_line(MARTINIQUE, f3="590799730")]))

    assert (it.finess, it.managing_body_finess) == (MARTINIQUE, "590799730")
    assert it.cautions == ()


def test_a_closed_category_is_taken_and_said() -> None:
    (it,) = records(text([METADATA, etalab_line(f19="437", f20="Foyer")]))

    assert it.category_code == "437"
    assert [caution.doubt for caution in it.cautions] == [Doubt.CATEGORY_CLOSED]


def test_an_unknown_category_keeps_the_words_of_the_file() -> None:
    (it,) = records(text([METADATA, etalab_line(f19="998", f20="Maison inventée")]))

    assert (it.category_code, it.category_label) == ("998", "Maison inventée")
    assert [caution.doubt for caution in it.cautions] == [Doubt.CATEGORY_UNKNOWN]


def test_a_line_without_a_name_is_refused_with_its_number() -> None:
    (refusal,) = refusals(text([METADATA, etalab_line(name="", f5="")]))

    assert (refusal.reason, refusal.finess) == (Reason.NAME_MISSING, EHPAD)


def test_a_wrong_date_is_left_out_and_said() -> None:
    (it,) = records(text([METADATA, etalab_line(f29="hier")]))

    assert it.opened_on is None
    assert [caution.doubt for caution in it.cautions] == [Doubt.DATE_DROPPED]
