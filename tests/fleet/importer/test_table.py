"""Lists that people keep in a spreadsheet, with a header line."""

from datetime import date

import pytest

from portal.fleet.importer.records import Doubt, FileReason, Reason
from tests.fleet.importer.samples import EHPAD, IME, read, records, refusals, refused_file, text

HEADER = "N° FINESS;Raison sociale;Commune;Code postal;Catégorie"


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_each_separator_is_recognised(mark: str) -> None:
    lines = [HEADER, f"{EHPAD};EHPAD LES TILLEULS;Valbrume;01440;EHPAD"]

    (it,) = records(text([line.replace(";", mark) for line in lines]))

    assert (it.finess, it.name, it.city) == (EHPAD, "EHPAD LES TILLEULS", "Valbrume")
    assert (it.category_code, it.departement) == ("500", "01")


@pytest.mark.parametrize(
    "title",
    ["finess", "FINESS", "nofinesset", "N° FINESS", "Nº Finess", "n°finess ET", "No FINESS",
     "Numéro FINESS", "Code FINESS", "FINESS géographique", "\ufeffFiness", '"FINESS"'],
)  # fmt: skip
def test_the_finess_column_is_known_under_its_usual_names(title: str) -> None:
    (it,) = records(text([f"Nom;{title}", f"EHPAD LES TILLEULS;{EHPAD}"]))

    assert it.finess == EHPAD


@pytest.mark.parametrize("mark", [",", ";"])
def test_a_quoted_title_may_hold_the_separator(mark: str) -> None:
    header = mark.join(["FINESS", f'"Nom{mark} long"', "Nom", '"Ville"'])
    line = mark.join([EHPAD, f'"A{mark} B"', "EHPAD A", "PARIS"])

    (it,) = records(text([header, line]))

    assert (it.finess, it.name, it.long_name, it.city) == (
        EHPAD,
        "EHPAD A",
        f"A{mark} B",
        "PARIS",
    )


def test_a_stray_quote_in_the_titles_costs_no_column() -> None:
    (it,) = records(text(['FINESS;"Nom;Ville', f"{EHPAD};EHPAD A;PARIS"]))

    assert (it.finess, it.name, it.city) == (EHPAD, "EHPAD A", "PARIS")


def test_managing_body_dates_capacity_and_siret_are_read() -> None:
    header = "finess;nom;finess ej;Organisme gestionnaire;SIREN;SIRET;Places;Date d'ouverture"
    line = f"{EHPAD};EHPAD;010000008;Association Inventée;356000000;35600000000048;84;02/05/1988"

    (it,) = records(text([header, line]))

    assert (it.managing_body_finess, it.managing_body_name) == ("010000008", "Association Inventée")
    assert (it.managing_body_siren, it.siret) == ("356000000", "35600000000048")
    assert (it.capacity, it.opened_on) == (84, date(1988, 5, 2))


def test_a_spreadsheet_s_separator_line_is_passed_over() -> None:
    (it,) = records(text(["sep=;", HEADER, f"{EHPAD};EHPAD;Valbrume;01440;500"]))

    assert it.category_code == "500"


def test_a_number_damaged_by_a_spreadsheet_is_refused_with_its_line() -> None:
    (refusal,) = refusals(text(["finess;nom", f"{EHPAD};A", "2,601E+08;B"]))

    assert (refusal.line, refusal.reason) == (3, Reason.FINESS_SCIENTIFIC)
    assert refusal.values == {"value": "2,601E+08"}


def test_lost_zeros_of_number_and_postcode_are_given_back() -> None:
    (it,) = records(text(["finess;nom;cp;ville", "10000123;EHPAD;1440;Valbrume"]))

    assert (it.finess, it.postcode, it.departement) == (EHPAD, "01440", "01")
    assert [caution.doubt for caution in it.cautions] == [Doubt.LEADING_ZERO]


def test_a_column_too_many_refuses_the_line() -> None:
    (refusal,) = refusals(text(["finess,nom", f"{EHPAD},Foyer, annexe"]))

    assert (refusal.reason, refusal.finess) == (Reason.FIELD_COUNT, EHPAD)


def test_blank_lines_are_no_lines() -> None:
    data = text(["", "finess;nom", "", f"{EHPAD};EHPAD", ";", "", f"{IME};IME"])

    assert [it.line for it in read(data)] == [4, 7]


def test_without_a_finess_column_one_clear_refusal() -> None:
    assert refused_file(text(["nom;ville", "EHPAD;Valbrume"])) is FileReason.NO_FINESS_COLUMN


def test_without_a_name_column_one_clear_refusal() -> None:
    assert refused_file(text(["finess;ville", f"{EHPAD};X"])) is FileReason.NO_NAME_COLUMN


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_a_table_without_a_header_is_told_to_have_one(mark: str) -> None:
    lines = [f"{EHPAD}{mark}EHPAD Les Tilleuls", f"{IME}{mark}IME Les Sources"]

    assert refused_file(text(lines)) is FileReason.NO_HEADER


def test_bare_numbers_are_sent_to_the_other_way_of_importing() -> None:
    assert refused_file(text([EHPAD, IME])) is FileReason.BARE_NUMBERS
    assert refused_file(text(["2A0000014;2A0000022"])) is FileReason.BARE_NUMBERS


def test_a_header_alone_is_refused() -> None:
    assert refused_file(text([HEADER])) is FileReason.NO_ROWS


@pytest.mark.parametrize(
    ("number", "departement"),
    [(EHPAD, "01"), ("2A0000014", "2A"), ("970200044", "972"), ("970400024", "974"),
     ("980500003", "976")],
)  # fmt: skip
def test_without_an_address_the_number_tells_the_departement(number: str, departement: str) -> None:
    (it,) = records(text(["finess;nom", f"{number};EHPAD"]))

    assert it.departement == departement


@pytest.mark.parametrize(
    "content",
    [
        "Été à l’Aulnaie".encode("mac_roman"),
        "Été à l’Aulnaie".encode().replace(b"\xa9", b"(", 1),
    ],
    ids=["mac-roman", "cut-utf-8"],
)
def test_damaged_accents_are_said(content: bytes) -> None:
    (it,) = records(f"finess;nom\n{EHPAD};".encode() + content + b"\n")

    assert Doubt.ENCODING in [caution.doubt for caution in it.cautions]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_sound_accents_are_not(encoding: str) -> None:
    (it,) = records(f"finess;nom\n{EHPAD};Été à l’Œuvre, Nuits-Saint-Georges\n".encode(encoding))

    assert Doubt.ENCODING not in [caution.doubt for caution in it.cautions]


def test_a_quoted_field_that_never_seems_to_end_costs_its_own_lines_only() -> None:
    """Each line is of a length that is taken; together they are more than one field may hold."""
    endless = [f'{EHPAD};"' + "a" * 60_000, "b" * 60_000, "c" * 60_000 + '"']

    found = read(text(["finess;nom", *endless, f"{IME};IME"]))

    assert [getattr(it, "reason", it.finess) for it in found] == [
        Reason.QUOTE_UNCLOSED,
        Reason.FIELD_COUNT,
        Reason.QUOTE_UNCLOSED,
        IME,
    ]
