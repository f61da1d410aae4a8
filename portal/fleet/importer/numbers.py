"""FINESS, SIREN and SIRET numbers as people send them: spaced, cut, damaged by a spreadsheet.

A doubtful check digit is said and never blocks: no official text gives FINESS a check rule.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from stdnum.fr import siren as siren_rules
from stdnum.fr import siret as siret_rules

from portal.fleet.importer.records import Caution, Doubt, Reason

FINESS_LENGTH = 9
SIREN_LENGTH = 9
SIRET_LENGTH = 14

_SHAPE = re.compile(r"(?!00)(?:[0-9]{2}|2[AB])[0-9]{7}")
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]*))?E\+?([0-9]{1,2})", re.IGNORECASE)
_DECIMAL_TAIL = re.compile(r"([0-9]{8,14})[.,]0{1,2}")
#: A sign or decimals on fewer digits than a number has, or beside them: a sum, not a lost zero.
_AMOUNT = re.compile(
    r"[+\-\u2212\u2013(][0-9]{8}\)?|[0-9]{8}-"
    r"|(?:[+\-\u2212\u2013(]|(?![0-9]{8,14}[.,]0{1,2}$))[0-9]{7,}[.,][0-9]+[)-]?"
)
_SPREADSHEET_TEXT = re.compile(r'="(.*)"')
_DOUBLED = bytes.maketrans(b"0123456789", bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9]))
_ZERO = ord("0")
_NOISE = re.compile(r"[\s.\-_/'’\"]+")


def passes_luhn(digits: str) -> bool:
    """The usual check on ASCII digits, a tenth of python-stdnum's time: files have 300,000."""
    data = digits.encode("ascii")
    single = data[-1::-2]
    return (sum(single) - _ZERO * len(single) + sum(data[-2::-2].translate(_DOUBLED))) % 10 == 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A number read from a cell: its value, or the reason there is none, and the doubts."""

    value: str | None = None
    refusal: Reason | None = None
    cautions: tuple[Caution, ...] = ()


def bare(raw: str) -> str:
    """The text of a cell without spaces, separators and a spreadsheet's quoting marks."""
    if not raw.isascii():
        raw = unicodedata.normalize("NFKC", raw)
    raw = raw.strip()
    if quoted := _SPREADSHEET_TEXT.fullmatch(raw):
        raw = quoted[1]
    return _NOISE.sub("", raw).upper()


def _trimmed(raw: str) -> str:
    """The cell as one word, its decimal marks kept."""
    return re.sub(r"[\s'’\"=]+", "", unicodedata.normalize("NFKC", raw))


def _undamaged(raw: str, length: int) -> tuple[str, tuple[Caution, ...]] | None:
    """What a spreadsheet's rewriting hides: None when digits are lost for good."""
    word = _trimmed(raw)
    if tail := _DECIMAL_TAIL.fullmatch(word):
        return tail[1], (Caution(Doubt.DECIMAL_TAIL, raw),)
    if (powers := _SCIENTIFIC.fullmatch(word)) is None:
        return bare(raw), ()
    digits = powers[1] + (powers[2] or "")
    if len(digits) != int(powers[3]) + 1 or len(digits) not in {length - 1, length}:
        return None
    return digits, (Caution(Doubt.SCIENTIFIC_RESTORED, raw),)


def finess(raw: str) -> Reading:
    """Read a FINESS number: nine characters, digits but for Corsica's 2A and 2B."""
    if len(raw) == FINESS_LENGTH and raw.isascii() and raw.isdigit() and raw[:2] != "00":
        return Reading(raw, None, _check_digit(raw))
    if _AMOUNT.fullmatch(_trimmed(raw)):
        return Reading(refusal=Reason.FINESS_AMOUNT)
    undamaged = _undamaged(raw, FINESS_LENGTH)
    if undamaged is None:
        return Reading(refusal=Reason.FINESS_SCIENTIFIC)
    number, cautions = undamaged
    if not number:
        return Reading(refusal=Reason.FINESS_MISSING)
    if len(number) == FINESS_LENGTH - 1 and number.isdigit() and number[0] != "0":
        number, cautions = f"0{number}", (*cautions, Caution(Doubt.LEADING_ZERO, raw))
    elif len(number) == FINESS_LENGTH + 1 and number[0] == "1" and _SHAPE.fullmatch(number[1:]):
        number, cautions = number[1:], (*cautions, Caution(Doubt.ANS_PREFIX, raw))
    if not _SHAPE.fullmatch(number):
        is_siret = len(number) == SIRET_LENGTH and number.isdigit()
        return Reading(refusal=Reason.FINESS_IS_SIRET if is_siret else Reason.FINESS_SHAPE)
    return Reading(number, None, cautions + _check_digit(number))


def _check_digit(number: str) -> tuple[Caution, ...]:
    """The doubt on a number that fails Luhn; Corsican numbers have no known rule."""
    if number.isdigit() and not passes_luhn(number):
        return (Caution(Doubt.CHECK_DIGIT, number),)
    return ()


@lru_cache(maxsize=4096)
def managing_body(raw: str) -> Reading:
    """Read the FINESS number of a managing body, repeated on all its establishments' lines."""
    return finess(raw)


def _is_plain_siret(raw: str) -> bool:
    plain = len(raw) == SIRET_LENGTH and raw.isascii() and raw.isdigit()
    return plain and passes_luhn(raw) and passes_luhn(raw[:SIREN_LENGTH])


def siret(raw: str) -> Reading:
    """Read a SIRET, La Poste's included; a wrong one is left out and said, never blocking."""
    if _is_plain_siret(raw):
        return Reading(raw)
    undamaged = _undamaged(raw, SIRET_LENGTH)
    if undamaged is None:
        return Reading(cautions=(Caution(Doubt.SIRET_SCIENTIFIC, raw),))
    number, cautions = undamaged
    if not number:
        return Reading()
    if len(number) == SIRET_LENGTH - 1:
        number, cautions = f"0{number}", (*cautions, Caution(Doubt.SIRET_LEADING_ZERO, raw))
    if not (number.isascii() and siret_rules.is_valid(number)):
        return Reading(cautions=(Caution(Doubt.SIRET_DROPPED, raw),))
    return Reading(number, None, cautions)


def siret_by_hand(raw: str) -> Reading:
    """Read a SIRET that a person typed: one that fails its check is hers to keep, and said."""
    reading, number = siret(raw), bare(raw)
    doubtful = len(number) == SIRET_LENGTH and number.isascii() and number.isdigit()
    if reading.value is None and doubtful:
        return Reading(number, None, (Caution(Doubt.CHECK_DIGIT, number),))
    return reading


@lru_cache(maxsize=4096)
def siren(raw: str) -> Reading:
    """Read a SIREN; a wrong one is left out and said."""
    number = bare(raw)
    if not number:
        return Reading()
    if not (number.isascii() and siren_rules.is_valid(number)):
        return Reading(cautions=(Caution(Doubt.SIREN_DROPPED, raw),))
    return Reading(number)
