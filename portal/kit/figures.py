"""Geometry of the two figures of the house, the strip and the ring, and of the bar and the mark.

Pure: per-mille integers in, SVG path data out. A board draws fifty strips a page, so every column
at every height is drawn once and a strip is a join of ready pieces (about 15 µs).
"""

from collections.abc import Sequence
from functools import lru_cache
from math import asin, cos, pi, sin
from operator import getitem
from typing import NamedTuple, Protocol

QUESTIONS = 13
FULL = 1000

STRIP_WIDTH = 184
STRIP_HEIGHT = 34
RING_BOX = 336
BAR_WIDTH = 128

_HEAD = 5  # room above the columns, where the dots are
_COLUMN = 10
_PITCH = (STRIP_WIDTH - _COLUMN) / (QUESTIONS - 1)
_TALL = STRIP_HEIGHT - _HEAD
_SLIVER = 1.5  # what is not nothing is seen
#: As French writes it; every function that says a share takes another.
PERCENT = "\N{NO-BREAK SPACE}%"

_INNER, _OUTER, _LABELS = 62.0, 138.0, 153.0
_GAP = 4.0
_STEP = 2 * pi / QUESTIONS
_QUANTUM = 5  # per mille: finer than half a pixel of the ring

_MARK_INNER, _MARK_OUTER, _MARK_GAP = 8.0, 15.0, 1.3


class Strip(NamedTuple):
    """Path data of one strip; an empty string where a layer has nothing to draw."""

    word: str
    proof: str
    kept: str
    label: str


class Segment(NamedTuple):
    """One thirteenth of the ring: its layers' path data and the place of its number."""

    empty: str
    word: str
    proof: str
    kept: str
    x: str
    y: str


def _number(value: float) -> str:
    """Write a coordinate as briefly as SVG allows."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def _column(index: int, quarters: int) -> str:
    """Draw one question's column, a stroke as wide as it, up by so many quarters of a pixel."""
    if not quarters:
        return ""
    top = STRIP_HEIGHT - max(_SLIVER, quarters / 4)
    return f"M{_number(index * _PITCH + _COLUMN / 2)} {STRIP_HEIGHT}V{_number(top)}"


def _outlines() -> str:
    """Draw the thirteen empty columns, half a pixel inside so that a hairline is crisp."""
    return "".join(
        f"M{_number(index * _PITCH + 0.5)} {_HEAD + 0.5}h{_COLUMN - 1}v{_TALL - 1}h-{_COLUMN - 1}z"
        for index in range(QUESTIONS)
    )


def _dot(index: int) -> str:
    return f"M{_number(index * _PITCH + _COLUMN / 2 - 2)} 2a2 2 0 1 0 4 0a2 2 0 1 0-4 0"


def percent(per_mille: int | None, sign: str = PERCENT) -> str:
    """Write whole percents, rounded down: 100 only where all of it holds, an en dash for none."""
    return "–" if per_mille is None else f"{per_mille // 10}{sign}"


STRIP_EMPTY = _outlines()
_RANGE = range(FULL + 1)
_PERCENTS = tuple(value // 10 for value in _RANGE)
_HEIGHTS = tuple(-(-4 * _TALL * value // FULL) for value in _RANGE)
_COLUMNS = tuple(
    tuple(
        map(tuple(_column(index, height) for height in range(4 * _TALL + 1)).__getitem__, _HEIGHTS)
    )
    for index in range(QUESTIONS)
)
_DOTS = tuple(_dot(index) for index in range(QUESTIONS))
_LABEL = tuple(
    tuple(map([f"Q{number} {share}{PERCENT}" for share in range(101)].__getitem__, _PERCENTS))
    for number in range(1, QUESTIONS + 1)
)


def _whole(values: Sequence[int | None]) -> list[int]:
    """Read « nothing applies » as an empty column."""
    return [value or 0 for value in values]


def strip_paths(
    declared: Sequence[int | None],
    proven: Sequence[int | None],
    recognised: Sequence[int | None],
) -> Strip:
    """Draw one strip from thirteen per-mille values a layer; None is drawn as nothing.

    The label reads the proven share of each question, for those who cannot see the columns.
    Raises IndexError for a value over 1000.
    """
    sure = _whole(proven)
    return Strip(
        "".join(map(getitem, _COLUMNS, _whole(declared))),
        "".join(map(getitem, _COLUMNS, sure)),
        "".join(map(getitem, _COLUMNS, _whole(recognised))),
        ", ".join(map(getitem, _LABEL, sure)),
    )


def flagged(contested: Sequence[int], lapsed: Sequence[int]) -> list[int]:
    """List the questions (1 to 13) where something is contested or lapsed."""
    if not any(contested) and not any(lapsed):
        return []
    pairs = zip(contested, lapsed, strict=True)
    return [number for number, pair in enumerate(pairs, 1) if any(pair)]


def strip_dots(questions: Sequence[int]) -> str:
    """Draw a dot over each of these questions (1 to 13)."""
    return "".join(_DOTS[number - 1] for number in questions)


class Card(Protocol):
    """What one line of a board knows: thirteen values a layer, thirteen counts of what is wrong."""

    @property
    def declared(self) -> Sequence[int | None]: ...
    @property
    def proven(self) -> Sequence[int | None]: ...
    @property
    def recognised(self) -> Sequence[int | None]: ...
    @property
    def contested(self) -> Sequence[int]: ...
    @property
    def lapsed(self) -> Sequence[int]: ...


def strip_svg(card: Card, says: str, warns: str, sign: str = PERCENT) -> str:
    """Write a strip as SVG; ``says`` introduces the figures, ``warns`` the flagged questions.

    Both are words of ours, already escaped. Written here and not in a template because a board
    holds fifty: this is four times as fast.
    """
    word, proof, kept, label = strip_paths(card.declared, card.proven, card.recognised)
    if sign != PERCENT:
        label = label.replace(PERCENT, sign)
    flags = flagged(card.contested, card.lapsed)
    if flags:
        label += f". {warns} Q{', Q'.join(map(str, flags))}"
        kept += f'"/><path class="flag" d="{strip_dots(flags)}'
    return (
        f'<svg class="strip" viewBox="0 0 {STRIP_WIDTH} {STRIP_HEIGHT}" role="img"'
        f' aria-label="{says} {label}"><use href="#columns"/>'
        f'<path stroke="url(#hatch)" d="{word}"/><path class="proof" d="{proof}"/>'
        f'<path class="kept" d="{kept}"/></svg>'
    )


def _point(radius: float, angle: float) -> str:
    return f"{_number(radius * sin(angle))} {_number(-radius * cos(angle))}"


def _arc(index: int, inner: float, outer: float, gap: float) -> str:
    """Draw a segment between two radii, its sides parallel to those of its neighbours."""
    start, end = index * _STEP, (index + 1) * _STEP
    near, far = asin(gap / 2 / inner), asin(gap / 2 / outer)
    big, small = _number(outer), _number(inner)
    return (
        f"M{_point(inner, start + near)}L{_point(outer, start + far)}"
        f"A{big} {big} 0 0 1 {_point(outer, end - far)}"
        f"L{_point(inner, end - near)}A{small} {small} 0 0 0 {_point(inner, start + near)}z"
    )


@lru_cache(maxsize=QUESTIONS * (FULL // _QUANTUM + 1))
def _filled(index: int, value: int) -> str:
    if value <= 0:
        return ""
    share = max(0.02, min(value, FULL) / FULL)
    return _arc(index, _INNER, _INNER + (_OUTER - _INNER) * share, _GAP)


_SEATS = tuple(
    (
        _arc(index, _INNER, _OUTER, _GAP),
        _number(_LABELS * sin((index + 0.5) * _STEP)),
        _number(-_LABELS * cos((index + 0.5) * _STEP)),
    )
    for index in range(QUESTIONS)
)


def _coarse(value: int | None) -> int:
    """Bring a value to the ring's precision; the least share stays a share."""
    return -(-(value or 0) // _QUANTUM) * _QUANTUM


def ring_segments(
    declared: Sequence[int | None],
    proven: Sequence[int | None],
    recognised: Sequence[int | None],
) -> list[Segment]:
    """Draw the ring, clockwise from the top, in a box of RING_BOX centred on the origin."""
    segments = []
    for index, (empty, x, y) in enumerate(_SEATS):
        word = _filled(index, _coarse(declared[index]))
        proof = _filled(index, _coarse(proven[index]))
        kept = _filled(index, _coarse(recognised[index]))
        segments.append(Segment(empty, word, proof, kept, x, y))
    return segments


def bar_width(per_mille: int | None) -> str:
    """Give the length of one layer of a bar of BAR_WIDTH."""
    return _number(BAR_WIDTH * (per_mille or 0) / FULL)


MARK = tuple(_arc(index, _MARK_INNER, _MARK_OUTER, _MARK_GAP) for index in range(QUESTIONS))
MARK_LIT = 9  # nine lit, four to go: the mark is itself a ring under way

#: For templates; kit.screens puts beside them what follows the reader's language.
TEMPLATE_GLOBALS = {
    "ring_segments": ring_segments,
    "bar_width": bar_width,
    "STRIP_EMPTY": STRIP_EMPTY,
    "MARK_LIT_PATH": "".join(MARK[:MARK_LIT]),
    "MARK_REST_PATH": "".join(MARK[MARK_LIT:]),
}
