"""What a password must be: long and hard to guess.  Nothing is asked of its signs, nor of its age.

CNIL, délibération 2022-100, and ANSSI-PG-078: twelve signs at least, an estimate of its strength, a
list of those that everybody chooses, no change at fixed dates.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portal.kit.errors import Refused
from portal.kit.folding import fold

SHORTEST: Final = 12
LONGEST: Final = 1024
#: « Safely unguessable »: more than ten to the eighth tries, on the estimate's scale of 0 to 4.
STRENGTH: Final = 3
#: The estimate reads no further.
_READ: Final = 72
_LIST: Final = Path(__file__).with_name("common_passwords.txt")
_SHORTEST_OWN: Final = 3
#: The field that shows what was wrong.
_F: Final = "password"


class TooWeak(Refused):
    """A password that is not accepted; the message says what to do about it."""


def accept(password: str, *, own_words: tuple[str, ...] = ()) -> None:
    """Raise :class:`TooWeak` unless this may be somebody's password.

    ``own_words``: her name, her address and whatever else a stranger tries first.
    """
    password = password.strip()
    if len(password) < SHORTEST:
        raise TooWeak("At least %(shortest)s characters are needed.", shortest=SHORTEST, field=_F)
    if len(password) > LONGEST:
        raise TooWeak("This password is too long.", field=_F)
    own = _apart(own_words)
    if _is_common(password, own):
        raise TooWeak("Many people choose this, or it is made of your name: take words that "
                      "have nothing to do with each other.", field=_F)  # fmt: skip
    if zxcvbn(password[:_READ], user_inputs=sorted(own), max_length=_READ)["score"] < STRENGTH:
        raise TooWeak("This is too easy to guess: add a few words that have nothing to do with "
                      "each other.", field=_F)  # fmt: skip


def _is_common(password: str, own: frozenset[str]) -> bool:
    """Whether letters alone, it is one or two words of the lists, once or several times."""
    folded = fold(password)
    bare = re.sub(r"^[^a-z]+|[^a-z]+$", "", folded)
    core = re.sub(r"[^a-z]", "", _unleeted(bare))
    plain = re.sub(r"[^a-z]", "", folded)
    known = _common() | own
    if {folded, core, plain} & (known | _leaked()):
        return True
    return any(_is_two_of(text, known) for text in {core, plain} if text)


def _is_two_of(text: str, known: frozenset[str]) -> bool:
    once = _once(text)
    if once in known:
        return True
    cuts = ((once[:i], once[i:]) for i in range(1, len(once)))
    return any(left in known and right in known for left, right in cuts)


def _once(text: str) -> str:
    """What a repeated text repeats."""
    found = re.fullmatch(r"(.+?)\1+", text)
    return found[1] if found else text


def _unleeted(text: str) -> str:
    return text.translate(str.maketrans("@4310$5!7", "aaeiossit"))


def _apart(words: tuple[str, ...]) -> frozenset[str]:
    """Names and addresses in their parts, whole as well."""
    folded = [fold(word) for word in words]
    parts = {part for word in folded for part in re.split(r"[^a-z0-9]+", word)}
    whole = {re.sub(r"[^a-z0-9]", "", word) for word in folded}
    return frozenset(word for word in parts | whole if len(word) >= _SHORTEST_OWN)


@cache
def _common() -> frozenset[str]:
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _leaked() -> frozenset[str]:
    """Those of the estimate's own list that would be long enough."""
    return frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST)
