"""The log's files: named, cut and filled as C2SP tlog-tiles says, by its own examples."""

from collections import Counter

import pytest

from portal.publiclog import tiles
from portal.publiclog.merkle import WIDTH


def test_a_tree_is_cut_as_the_format_s_examples_are() -> None:
    """Of 70,000 entries, then of 256."""
    seventy = Counter((level, width) for level, _, width in tiles.grown(0, 70_000))

    assert seventy == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}
    assert set(tiles.grown(0, 256)) == {(0, 0, 256), (1, 0, 1)}


def test_files_are_named_as_the_format_s_example_is() -> None:
    assert tiles.name(0, 1_234_067) == "0/x001/x234/067"
    assert tiles.name("entries", 1_234_067, 12) == "entries/x001/x234/067.p/12"
    assert tiles.name(1, 0, 1) == "1/000.p/1"
    assert tiles.bundle([b"", b"ab"]) == b"\x00\x00\x00\x02ab"


@pytest.mark.parametrize("before", [0, 1, 255, 256, 257, 65_535, 65_536, 70_000])
def test_every_checkpoint_finds_the_files_of_its_own_size(before: int) -> None:
    """Whatever the log had before: what is written now and what was there make the whole tree."""
    after = before + 300
    there = {tile for tile in tiles.grown(0, before) if tile[2] == WIDTH}

    assert there | set(tiles.grown(before, after)) >= set(tiles.grown(0, after))
    assert all(tiles.is_name(tiles.name(*tile)) for tile in tiles.grown(before, after))


@pytest.mark.parametrize(
    "name",
    ["", "0/0", "0/000.p/0", "0/000.p/256", "0/000.p/01", "00/000", "6/000", "0/x001/x234/x067",
     "0/001/234", "0/000/", "../0/000", "0/000.p/", "entries/000.p/-1", "0/٠٠٠"],
)  # fmt: skip
def test_what_no_log_has_is_no_name(name: str) -> None:
    assert not tiles.is_name(name)
