"""The words of a care record, and the head of a table of residents."""

import re
from collections.abc import Iterator
from typing import Final

from portal.kit.folding import fold

#: One of these words may stand in any procedure; two, of different kinds, look like a record.
ENOUGH_WORDS: Final = 2
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
#: Cables lead to rooms as well: a room’s number counts beside one of the others alone.
_ROOM: Final = "chambre"
_ABOUT_HER: Final = ("resident", "nee le", "gir")
#: Words of one person: « résidents » and « chambres » are in every procedure of a house, and count
#: only as a form says them.  « Ne le » is born with a date after it, and no more than « not it ».
_PERSON: Final = (
    ("resident", re.compile(r"(?<!du )(?<!de l')\b(?:residente?|usagere?|nom d'usage) ?: ?[a-z]")),
    ("nee le", re.compile(r"\bnee? le (?:: ?)?\d|\bnee le\b|\bne ?\(e\) le\b")),
    (_ROOM, re.compile(r"\bchambre ?(?:n° ?|no |numero |: ?)?\d")),
    ("gir", re.compile(r"\bgir ?(?:: ?|n° ?|no )?[1-6]\b")),
)

#: What a column is called, by what it says of a person.
_COLUMNS: Final = (
    ("name", r"noms?(?: (?:de (?:famille|naissance)|d'usage|usuel|(?:et|/) ?prenoms?))?|prenoms?"),
    ("person", r"residente?s?|usagers?"),
    ("birth", r"(?:date )?(?:de )?naissance|date naiss|ne ?\(?e?\)? ?le|ddn"),
    ("gir", r"(?:niveau )?gir"),
    ("room", r"(?:n° ?|no |numero (?:de )?)?chambre"),
    ("number", r"nir|(?:n° ?|no |numero )(?:de )?(?:ss|secu|securite sociale)|ins"),
    ("other", r"civilite|sexe|age|unite|etage|secteur|medecin(?: traitant)?|lit|entree"),
)  # fmt: skip
_COLUMN: Final = "|".join(f"(?P<{kind}>{names})" for kind, names in _COLUMNS)
_PLAIN: Final = "|".join(names for _, names in _COLUMNS)
#: A whole cell; a comma that a blank follows is one of a sentence.
_CELL: Final = re.compile(
    rf"(?:^|[;\t|\r\n]|,(?! ))[\"' ]{{0,2}}(?:{_COLUMN})[\"' ]{{0,2}}(?=$|[;\t|\r\n,])"
)
#: Cells that nothing but a blank parts any more, as in the text of a page.
_RUN: Final = re.compile(rf"\b(?:{_PLAIN})(?: (?:{_PLAIN})){{2,11}}(?!\w)")
_ONE: Final = re.compile(rf"(?<!\S)(?:{_COLUMN})(?!\S)")
#: Without one of these there is no head to look for: that is soon seen.
_TOLD: Final = ("naiss", "ddn", "(e) le", "ne le", "gir", "chambre")
#: How far apart, in signs, the first and the last column of one head may stand.
_HEAD: Final = 300
_NAMED: Final = frozenset({"name", "person"})
_FACTS: Final = frozenset({"birth", "gir", "room", "number"})
ENOUGH_FACTS: Final = 2

#: What a column is, where it stands, and what it is called.
Column = tuple[str, int, str]


class Words:
    """The words of one file, told piece by piece."""

    def __init__(self) -> None:
        self._words: dict[str, None] = {}
        self._head: list[str] = []

    def read(self, text: str) -> None:
        folded = fold(text.replace("’", "'"))
        plain = " ".join(folded.split())
        self._words |= dict.fromkeys(_words_in(plain))
        if not self._head and any(word in folded for word in _TOLD):
            runs = (_columns(_ONE, run[0]) for run in _RUN.finditer(plain))
            self._head = _headed(_columns(_CELL, folded)) or next(
                filter(None, map(_headed, runs)), []
            )

    def found(self) -> list[str]:
        """Without accents, each once."""
        words = list(self._words)
        if not any(word.startswith(_ABOUT_HER) for word in words):
            words = [word for word in words if word != _ROOM]
        if len(words) < ENOUGH_WORDS:
            words = []
        return list(dict.fromkeys([*words, *self._head]))


def _words_in(plain: str) -> Iterator[str]:
    found = dict.fromkeys(_WORDS.findall(plain))
    yield from found
    for word, pattern in _PERSON:
        if pattern.search(plain) and not any(it.startswith(word) for it in found):
            yield word


def _columns(pattern: re.Pattern[str], text: str) -> Iterator[Column]:
    for match in pattern.finditer(text):
        kind = match.lastgroup or ""
        yield kind, match.start(), match[kind]


def _headed(columns: Iterator[Column]) -> list[str]:
    """The columns of the first table that names people and tells two things of each."""
    near: list[Column] = []
    for column in columns:
        near = [it for it in near if column[1] - it[1] <= _HEAD] + [column]
        kinds = {kind for kind, _, _ in near}
        if kinds & _NAMED and len(kinds & _FACTS) >= ENOUGH_FACTS:
            return [name for kind, _, name in near if kind != "other"]
    return []
