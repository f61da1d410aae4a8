import subprocess
import sys
import unicodedata

import pytest

from portal.kit import pdf


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Établissement « Les Ajoncs » : 1 234,5 %", "Établissement « Les Ajoncs » : 1 234,5 %"),
        ("e\u0301", "é"),
        ("😀中", "□□"),
        ("\u202e12\u200b3\ufeff\x00", "123"),
        ("a\r\nb\tc", "a  b c"),
        ("", ""),
    ],
)
def test_text_is_made_printable(text: str, shown: str) -> None:
    assert pdf.printable(text) == shown


def test_a_long_word_is_given_places_to_break() -> None:
    shown = pdf.printable("court " + "x" * 100)

    assert max(map(len, shown.replace(pdf.BREAK, " ").split())) == pdf.LONGEST_WORD
    assert shown.replace(pdf.BREAK, "") == "court " + "x" * 100


def test_printing_twice_prepared_text_changes_nothing_more() -> None:
    once = pdf.printable("Foyer 😀 de la Résidence-des-Trois-Rivières-et-du-Clos")

    assert pdf.printable(once).replace(pdf.BREAK, "") == once.replace(pdf.BREAK, "")


def test_french_and_its_neighbours_are_covered() -> None:
    letters = "àâäéèêëîïôöùûüÿçœæÀÉÇŒÆ’«»–—…€№°ñßøłőşțžđæŵĦΩЖ"

    assert [letter for letter in letters if not pdf.covered(letter)] == []
    assert not pdf.covered("😀")
    assert not pdf.covered(unicodedata.lookup("RIGHT-TO-LEFT OVERRIDE"))


def test_a_child_of_a_process_that_typeset_is_told_rather_than_left_waiting() -> None:
    script = """
import os
from portal.attestations import report
from portal.kit.pdf import ForkedAfterTypesetting
from tests.attestations import samples
snapshot = samples.snapshot([])
report.render(snapshot, verify_url="https://treize.example/verifier")
if (child := os.fork()) == 0:
    try:
        report.render(snapshot, verify_url="https://treize.example/verifier")
    except ForkedAfterTypesetting:
        os._exit(7)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert run.stdout.strip() == "7"
