"""Files stay small enough to read in one go.  Functions are ruff's: PLR0915 and C901."""

from pathlib import Path

import pytest

from tests.house import tree

LINES = 300


@pytest.mark.parametrize(
    "path", tree.python_files("portal", "tenants", "tests", "bench"), ids=tree.name
)
def test_a_file_holds_at_most_three_hundred_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LINES


def test_the_median_file_of_the_portal_is_short() -> None:
    lengths = sorted(
        len(path.read_text("utf-8").splitlines()) for path in tree.python_files("portal", "tenants")
    )

    assert lengths[len(lengths) // 2] < 120
