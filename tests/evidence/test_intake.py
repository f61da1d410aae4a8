"""Names of files, whatever the browser sends."""

import pytest

from portal.evidence.intake import clean_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\fakepath\\Relevé d’été.txt", "Relevé d’été.txt"),
        ("/etc/passwd", "passwd"),
        ("a\u202etxt.pdf", "atxt.pdf"),
        ("a\x00\nb\t c.pdf", "ab c.pdf"),
        ("   ", "fichier"),
        ("é" * 200 + ".pdf", "é" * 146 + ".pdf"),
        ("x" * 200, "x" * 150),
    ],
)
def test_a_name_keeps_its_last_part_and_what_can_be_seen(name: str, shown: str) -> None:
    assert clean_name(name) == shown
