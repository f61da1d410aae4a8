"""Codes sent by e-mail: they prove that who asked in this browser reads that address.

A code opens nothing in another browser: the signed session holds which one was asked for here.
"""

import secrets
import uuid
from datetime import timedelta
from enum import StrEnum
from typing import Final

from flask import session

from portal.accounts import challenges
from portal.kit import clock, postman
from portal.kit.i18n import gettext, locale
from portal.kit.postman import Addressee, Note

GOOD_FOR: Final = timedelta(minutes=15)
#: Eight figures in five tries: one chance in twenty million.
FIGURES: Final = 8
_KEY = "code"


class Purpose(StrEnum):
    """What a code is for: one asked for something else opens nothing."""

    RESET = "reset"
    SIGN_UP = "sign_up"
    COMEBACK = "comeback"
    MOVE = "move"


def issue(email: str, purpose: Purpose, *, silent: bool = False) -> None:
    """Send a code to an address and bind it to this browser; an earlier one is void.

    ``silent``: all the same but the message, for an address that must not be written to; nobody
    can tell, neither by the page nor by the time it takes.  Callers limit how often
    (``portal.kit.limits``).
    """
    email, at = _tidy(email), clock.now()
    code = f"{secrets.randbelow(10**FIGURES):0{FIGURES}}"
    asking = challenges.ask(purpose, email, code, at=at, until=at + GOOD_FOR)
    session[f"{_KEY}:{purpose}"] = str(asking)
    to, note = Addressee(email, locale=locale()), _note(purpose, code)
    postman.write(to, note, leaves=not silent, until=at + GOOD_FOR)


def check(email: str, purpose: Purpose, typed: str) -> bool:
    """Whether this is the code that this browser asked for; right once, in five tries.

    What was written before is committed: a wrong try counts whatever the page answers.
    """
    if not asked(purpose):
        return False
    held = uuid.UUID(session[f"{_KEY}:{purpose}"])
    figures = "".join(sign for sign in typed if sign.isdecimal())
    if not challenges.answered(held, purpose, _tidy(email), figures, at=clock.now()):
        return False
    session.pop(f"{_KEY}:{purpose}", None)
    return True


def asked(purpose: Purpose) -> bool:
    """Whether this browser asked for one."""
    return f"{_KEY}:{purpose}" in session


def _tidy(email: str) -> str:
    return email.strip().lower()


def _note(purpose: Purpose, code: str) -> Note:
    half = len(code) // 2
    why = {
        Purpose.RESET: gettext("Here is the code to choose another password."),
        Purpose.SIGN_UP: gettext("Here is the code that confirms your address."),
        Purpose.COMEBACK: gettext("Here is the code to replace your second factors."),
        Purpose.MOVE: gettext("Here is the code that confirms the new address of your account."),
    }
    return Note(
        subject=gettext("Your code for Treize"),
        paragraphs=[
            why[purpose],
            gettext("Type it in the window where you asked for it, within fifteen minutes."),
            gettext("If it was not you, ignore this message: nothing was changed."),
        ],
        code=f"{code[:half]} {code[half:]}",
    )
