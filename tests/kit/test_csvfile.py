"""Cells as a spreadsheet reads them."""

from typing import Any

import pytest

from portal.kit import csvfile


@pytest.mark.parametrize(
    ("value", "language", "written"),
    [
        (12.5, "fr", "12,5"),
        (12.5, "en", 12.5),
        (-0.5, "fr", "-0,5"),
        (12, "fr", 12),
        ("1.5", "fr", "1.5"),
        ("=1.5", "fr", "'=1.5"),
        (None, "fr", ""),
    ],
)
def test_decimals_follow_the_language_and_texts_stay(
    value: Any, language: str, written: Any
) -> None:
    assert csvfile.cell(value, language) == written
