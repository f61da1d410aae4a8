"""The geometry of the strip, the ring, the bar and the mark."""

import re
from time import perf_counter
from typing import NamedTuple

import pytest
from bs4 import BeautifulSoup, Tag

from portal.kit import figures

FULL = [1000] * 13
HALF = [500] * 13
NONE = [0] * 13


def _heights(path: str) -> list[float]:
    return [figures.STRIP_HEIGHT - float(top) for top in re.findall(r"V([\d.]+)", path)]


def _radius(path: str) -> float:
    return max(float(radius) for radius in re.findall(r"A([\d.]+)", path))


def test_a_full_column_reaches_the_top_of_its_outline() -> None:
    strip = figures.strip_paths(FULL, NONE, NONE)

    assert _heights(strip.word) == [figures.STRIP_HEIGHT - 5] * 13


def test_a_column_is_as_tall_as_its_share() -> None:
    strip = figures.strip_paths(FULL, HALF, NONE)

    assert _heights(strip.proof) == [14.5] * 13


def test_a_layer_with_nothing_draws_nothing() -> None:
    strip = figures.strip_paths(HALF, NONE, NONE)

    assert (strip.proof, strip.kept) == ("", "")


def test_the_least_share_is_seen() -> None:
    strip = figures.strip_paths([1] + [0] * 12, NONE, NONE)

    assert _heights(strip.word) == [1.5]


def test_a_question_to_which_nothing_applies_is_an_empty_column() -> None:
    strip = figures.strip_paths([None, *HALF[1:]], [None] * 13, [None] * 13)

    assert len(_heights(strip.word)) == 12


def test_every_column_stays_in_the_box() -> None:
    strip = figures.strip_paths(FULL, FULL, FULL)
    middles = [float(middle) for middle in re.findall(r"M([\d.]+)", strip.kept)]

    assert middles[0] == 5
    assert middles[-1] + 5 == figures.STRIP_WIDTH
    assert middles == sorted(middles)


def test_the_strip_reads_the_proven_share_of_each_question() -> None:
    strip = figures.strip_paths(FULL, [999, 0, *HALF[2:]], NONE)

    assert strip.label.startswith("Q1 99\xa0%, Q2 0\xa0%, Q3 50\xa0%")
    assert strip.label.endswith("Q13 50\xa0%")


def test_the_strip_refuses_more_than_everything() -> None:
    with pytest.raises(IndexError):
        figures.strip_paths([1001, *NONE[1:]], NONE, NONE)


def test_a_question_both_contested_and_lapsed_is_flagged_once() -> None:
    contested = [0, 2, *NONE[2:]]
    lapsed = [0, 1, *NONE[3:], 1]

    assert figures.flagged(contested, lapsed) == [2, 13]


def test_a_dot_stands_over_each_flagged_question() -> None:
    assert figures.strip_dots([1, 13]).count("M") == 2


class _Card(NamedTuple):
    declared: list[int]
    proven: list[int]
    recognised: list[int]
    contested: list[int]
    lapsed: list[int]


def test_a_strip_says_in_words_what_it_shows() -> None:
    svg = figures.strip_svg(
        _Card(FULL, HALF, NONE, [0, 1, *NONE[2:]], NONE), "Prouvé :", "Contesté :"
    )
    root = BeautifulSoup(svg, "html.parser").find("svg")

    assert isinstance(root, Tag)
    assert str(root["aria-label"]).startswith("Prouvé : Q1 50\xa0%, Q2 50\xa0%")
    assert str(root["aria-label"]).endswith(". Contesté : Q2")
    assert [path.get("class") for path in root.find_all("path")] == [
        None,
        ["proof"],
        ["kept"],
        ["flag"],
    ]


def test_fifty_strips_take_less_than_two_milliseconds() -> None:
    cards = [
        _Card(values, values, values, NONE, NONE)
        for values in ([(n * 37 + i * 91) % 1001 for i in range(13)] for n in range(50))
    ]

    times = []
    for _ in range(20):
        start = perf_counter()
        for card in cards:
            figures.strip_svg(card, "Prouvé", "Contesté")
        times.append(perf_counter() - start)

    assert min(times) < 0.002


def test_the_ring_has_thirteen_segments_with_their_numbers_around() -> None:
    segments = figures.ring_segments(FULL, HALF, NONE)

    assert len(segments) == 13
    assert float(segments[0].y) < 0 < float(segments[0].x)
    assert float(segments[12].x) < 0


def test_recognised_lies_inside_proven_inside_declared() -> None:
    segment = figures.ring_segments([900] * 13, [600] * 13, [300] * 13)[4]

    assert _radius(segment.kept) < _radius(segment.proof) < _radius(segment.word)
    assert _radius(segment.word) < _radius(segment.empty)


def test_a_full_segment_covers_its_outline() -> None:
    segment = figures.ring_segments(FULL, NONE, NONE)[0]

    assert segment.word == segment.empty
    assert segment.kept == ""


def test_the_ring_draws_nothing_where_nothing_applies() -> None:
    segment = figures.ring_segments([None] * 13, [None] * 13, [None] * 13)[0]

    assert (segment.word, segment.proof, segment.kept) == ("", "", "")


@pytest.mark.parametrize(
    ("per_mille", "words"),
    [(0, "0\xa0%"), (9, "0\xa0%"), (715, "71\xa0%"), (1000, "100\xa0%"), (None, "–")],
)
def test_a_percentage_never_flatters(per_mille: int | None, words: str) -> None:
    assert figures.percent(per_mille) == words
    assert figures.percent(per_mille, "%") == words.replace("\xa0", "")


def test_a_bar_is_as_long_as_its_share() -> None:
    assert [figures.bar_width(value) for value in (None, 0, 500, 1000)] == ["0", "0", "64", "128"]


def test_the_mark_has_thirteen_segments() -> None:
    assert len(figures.MARK) == 13
