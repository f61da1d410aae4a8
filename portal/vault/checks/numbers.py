"""Social security numbers (NIR): thirteen signs and a key of two digits, however they are written.

Thirteen digits of an export, a time or a machine's number may look like one.  What tells a person's
is its key, its groups, or a word that says so.
"""

import re
from typing import Final

from stdnum.fr import nir

#: More than anybody is told; a table of people may hold many thousand.
_KEPT: Final = 100
#: Signs that nobody sees, and that would stand between two digits.
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_NO_DIGIT: Final = re.compile(r"[^0-9A-Z]")

_BLANK: Final = " \u00a0\u202f\u2009.-"
#: Anywhere between two groups, or nowhere: no more, or two columns of figures make a number.
_GAP: Final = f"[{_BLANK}]?"
#: Not inside a longer number or a word, nor behind the point of a decimal.
_START: Final = r"(?<![0-9A-Za-z])(?<![0-9]\.)(?<!\b0,)"
_END: Final = r"(?![0-9A-Za-z])"
_MONTH: Final = "(?:0[1-9]|1[0-2])"
#: Of the mainland and Corsica, overseas (97, 98), abroad (99).
_PLACE: Final = "(?:0[1-9]|[1-8][0-9]|9[0-57-9]|2[ABab])"
#: The key follows at once, or after a blank.
_NIR: Final = re.compile(
    rf"{_START}[12378]{_GAP}\d\d{_GAP}(?:0[1-9]|1[0-2]|[2-9]\d){_GAP}(?:\d\d|2[ABab])"
    rf"{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d\d{_END}"
)
#: Written in its groups, it is told without its key, or with a wrong one.  In a workbook’s texts,
#: each may have its cell.
_GROUPED: Final = re.compile(
    rf"{_START}[12]([{_BLANK}_/]|\n)\d\d\1{_MONTH}\1(?:\d\d|2[ABab])\1\d{{3}}\1\d{{3}}{_END}"
)
_BARE: Final = (
    rf"[12]{_GAP}\d\d{_GAP}{_MONTH}{_GAP}{_PLACE}{_GAP}(?!000)\d{{3}}{_GAP}(?!000)\d{{3}}"
)
_ALONE: Final = re.compile(rf"{_START}{_BARE}{_END}")
#: The key is in the next column, on the next line, or said to be one.
_APART: Final = re.compile(
    rf"{_START}({_BARE})(?:[\s;,|:\"'()_/.-]{{1,8}}|\s{{0,3}}[,(]?\s?cl[eé]\s?:?\s?)(\d\d){_END}",
    re.IGNORECASE,
)
#: What says that thirteen digits are somebody's.
_SAID: Final = re.compile(
    r"\bNIR\b|\b(?:num[eé]ro|n[°ºo]|no\.)\s?(?:de\s|d['’]\s?)?"
    r"(?:SS\b|s[eé]cu\b|s[eé]curit[eé]\ssociale|assur[eé]\ssocial|INSEE\b)"
    r"|\bs[eé]curit[eé]\ssociale\s{0,3}(?:[:;=|\t]|,(?!\s))|\bmatricule\sINS\b",
    re.IGNORECASE,
)


class Numbers:
    """The numbers of one file, told piece by piece; an overlap may be read twice."""

    def __init__(self) -> None:
        self._sure: dict[str, None] = {}
        self._grouped: dict[str, None] = {}
        self._alone: dict[str, None] = {}
        self._apart: dict[str, None] = {}
        #: How many numbers had two digits beside them, and to how many of them these are the key.
        self._beside = self._keys = 0
        self._said = False

    def read(self, text: str) -> None:
        text = _UNSEEN.sub("", text)
        for match in _NIR.finditer(text):
            if nir.is_valid(number := _plain(match[0])):
                _keep(self._sure, number)
        for match in _GROUPED.finditer(text):
            _keep(self._grouped, _plain(match[0]))
        for match in _APART.finditer(text):
            self._beside += 1
            if nir.is_valid(number := _plain(match[1]) + match[2]):
                self._keys += 1
                _keep(self._apart, number)
        for match in _ALONE.finditer(text):
            _keep(self._alone, _plain(match[0]))
        self._said = self._said or bool(_SAID.search(text))

    def found(self) -> list[str]:
        """Without blanks, each once: with its key where that was there."""
        told = dict(self._sure)
        # Two digits are the key of any number once in 97 times: in a list of times, a few are.
        if self._keys * 2 > self._beside:
            told |= self._apart
        known = {number[:13] for number in told}
        more = self._grouped | (self._alone if self._said else {})
        return [*told, *(number for number in more if number not in known)]


def _plain(number: str) -> str:
    return _NO_DIGIT.sub("", number.upper())


def _keep(among: dict[str, None], number: str) -> None:
    if len(among) < _KEPT:
        among[number] = None
