"""What a spreadsheet computes: an ordinary formula is no danger, wherever it stands."""

import io
from time import process_time

import pytest
import xlsxwriter

from portal.vault.checks import formulas
from portal.vault.checks.examination import examine
from tests.vault import computed


def test_a_workbook_that_computes_in_every_place_is_taken() -> None:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Parc 1.2")
        sheet.write_row(0, 0, ["Poste", 3, "=SUM('Parc 1.2'!B1:B1)"])
        told = {"type": "formula", "criteria": '=OR(A1="Call (urgent)",A1="a|b!")'}
        sheet.conditional_format("A1:B9", {**told, "format": book.add_format({"bold": True})})
        sheet.data_validation("D1", {"validate": "custom", "value": "=ISNUMBER(D1)"})
        sheet.data_validation("D2", {"validate": "list", "source": ["Call (a)", "Exec (b)"]})
        column = {"header": "Prix", "formula": "=SUM([@Nombre]*2)", "total_function": "sum"}
        table = {"columns": [{"header": "Nombre"}, column], "total_row": True}
        sheet.add_table("A20:B22", table)
        sheet.add_sparkline("F1", {"range": "'Parc 1.2'!A1:B1"})
        sheet.write_formula("G1", '=HYPERLINK("#\'Parc 1.2\'!A1","voir")')
        book.define_name("Total", "='Parc 1.2'!$B$1")

    assert examine("xlsx", held.getvalue()).hints == []


@pytest.mark.parametrize(
    "formula",
    [
        "of:=SUM([$'Parc 1.2'.A1:.B2])",
        "of:={1;2|3;4}",
        "of:=[.A1]![.A1:.B2]",
        "of:cell-content-is-in-list(&quot;Call (a)&quot;;&quot;Exec (b)&quot;)",
        "of:=TEXT([.A1];&quot;#'##0.00;-#'##0.00&quot;)",
        "of:=HYPERLINK(&quot;https://example.test/a?b=1#c&quot;;&quot;l'état&quot;)",
        "of:=[.DDE1]+[.CALL2]",
    ],
)
def test_an_ordinary_formula_of_libreoffice_is_taken(formula: str) -> None:
    assert examine("ods", computed.named(formula)).hints == []


def test_the_outline_of_a_shape_is_no_formula_of_a_sheet() -> None:
    space = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
    shape = f'<d:equation xmlns:d="{space}" d:name="f0" d:formula="call ($0 /2)"/>'

    assert examine("ods", computed.ods(shape)).hints == []


@pytest.mark.parametrize(
    "piece", ["'", "''/", '"', "'a/", "a|a", "|'", '"a"', "'.'#", "[", "CALL "]
)
def test_a_formula_of_megabytes_is_read_in_one_go(piece: str) -> None:
    began = process_time()

    formulas.reaches_out(piece * (2_000_000 // len(piece)))

    assert process_time() - began < 5
