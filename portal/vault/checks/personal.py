"""What looks like a resident's data: a social security number, or the words of a care record.

A proof of security has no use for either.  Found here, nothing is refused: whoever deposited the
file is asked, for a serial number may look like a person's, and a procedure may speak of records.
"""

import re
from typing import Final

from stdnum.fr import nir

from portal.kit.folding import fold

MOST_HINTS: Final = 6
#: One of these words may stand in any procedure; two, of different kinds, look like a record.
ENOUGH_WORDS: Final = 2

_SPACE: Final = "[ \u00a0\u202f.\u2009-]?"
_NIR: Final = re.compile(
    rf"(?<![0-9A-Za-z])[12378]{_SPACE}\d\d{_SPACE}(?:0[1-9]|1[0-2]|[2-9]\d){_SPACE}(?:\d\d|2[ABab])"
    rf"{_SPACE}\d{{3}}{_SPACE}\d{{3}}{_SPACE}\d\d(?![0-9A-Za-z])"
)
#: Written in its groups, it is told without its key, or with a wrong one.
_GROUPED: Final = re.compile(
    r"(?<![0-9A-Za-z])[12]([ \u00a0\u202f.\u2009-])\d\d\1(?:0[1-9]|1[0-2])\1(?:\d\d|2[ABab])"
    r"\1\d{3}\1\d{3}(?![0-9A-Za-z])"
)
#: Signs that nobody sees, and that would stand between two digits.
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_NO_DIGIT: Final = re.compile(r"[^0-9A-Z]")
#: What record software prints beside a person's name, without accents, in small letters.
_RECORD: Final = (
    "fiche usager", "fiche de l'usager", "fiche resident", "fiche du resident",
    "nom de l'usager", "nom du resident", "nom de naissance", "date de naissance",
    "numero de securite sociale", "matricule ins", "identite nationale de sante",
    "medecin traitant", "personne de confiance", "representant legal", "mesure de protection",
    "projet personnalise de", "projet d'accompagnement personnalise", "plan de soins",
    "plan d'accompagnement de", "transmissions ciblees", "transmission ciblee",
    "evaluation aggir", "gir 1", "gir 2", "gir 3", "gir 4", "gir 5", "gir 6",
    "prescription medicale", "traitement en cours", "antecedents medicaux", "notification mdph",
    "allergies", "regime alimentaire", "contention", "directives anticipees",
)  # fmt: skip
_WORDS: Final = re.compile(rf"\b(?:{'|'.join(_RECORD)})\b")
#: A list of a hundred thousand machines is read as far as that; a list of people, long before.
MAX_CHARACTERS: Final = 4_000_000


def hints(text: str) -> list[str]:
    """What was found, shortened so that it tells nobody's number; empty when nothing was."""
    text = text[:MAX_CHARACTERS]
    numbers = [_shortened(found) for found in numbers_in(text)]
    words = words_in(text)
    if len(words) < ENOUGH_WORDS:
        words = []
    return list(dict.fromkeys([*numbers, *words]))[:MOST_HINTS]


def numbers_in(text: str) -> list[str]:
    """Social security numbers whose key is right, or that stand in their groups; without blanks."""
    text = _UNSEEN.sub("", text)
    whole = (_NO_DIGIT.sub("", match.upper()) for match in _NIR.findall(text))
    valid = [number for number in dict.fromkeys(whole) if nir.is_valid(number)]
    known = {number[:13] for number in valid}
    grouped = (_NO_DIGIT.sub("", match[0].upper()) for match in _GROUPED.finditer(text))
    return valid + [number for number in dict.fromkeys(grouped) if number not in known]


def words_in(text: str) -> list[str]:
    """Words of a care record, each once."""
    plain = " ".join(fold(text.replace("’", "'")).split())
    return list(dict.fromkeys(_WORDS.findall(plain)))


def _shortened(number: str) -> str:
    return f"{number[:3]} … {number[-2:]}"
