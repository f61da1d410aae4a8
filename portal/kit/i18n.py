"""The user's language.  French first; ``_`` marks the English msgids that Python holds."""

import re
from datetime import date, datetime
from typing import Final

import flask_babel
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, get_locale, gettext, lazy_gettext, ngettext

from portal.kit import catalogues

LOCALES = ("fr", "en")
#: Where the session keeps the language of the account that signed in.
SPOKEN = "spoken"
_ = gettext
#: The first of a month, before its name.
_FIRST: Final = re.compile(r"(?<!\d)1(?= [^\W\d])")
#: What stands between a day and its month, whichever comes first: « 29 nov. », “Nov 29, 2026”.
_WITHIN_DAY: Final = re.compile(r"(?<![\d:])(\d{1,2}(?:er)?) (?=[^\W\d])|(?<=[^\W\d]) (?=\d{1,2},)")

__all__ = [
    "LOCALES",
    "SPOKEN",
    "_",
    "format_date",
    "format_datetime",
    "gettext",
    "init_app",
    "lazy_gettext",
    "locale",
    "ngettext",
]


def locale() -> str:
    """The chosen language, else the account's, else the first that the browser asks for.

    The session knows the account's as well: a refusal comes before the account is read.
    """
    if not has_request_context():
        return LOCALES[0]
    if (chosen := session.get("locale")) in LOCALES:
        return str(chosen)
    if (person := g.get("user")) is not None:
        return str(person.locale)
    if (spoken := session.get(SPOKEN)) in LOCALES:
        return str(spoken)
    return request.accept_languages.best_match(LOCALES) or LOCALES[0]


def format_date(day: date, pattern: str | None = None) -> str:
    """A day in the reader's language."""
    return _held_together(_ordinal(flask_babel.format_date(day, pattern)))


def format_datetime(at: datetime, pattern: str | None = None) -> str:
    """An instant in the reader's language, as clocks show it in Paris."""
    return _held_together(_ordinal(flask_babel.format_datetime(at, pattern)))


def _ordinal(said: str) -> str:
    """French counts the first day of a month, and no other: « mardi 1er décembre »."""
    found = get_locale()
    return _FIRST.sub("1er", said) if found and found.language == "fr" else said


def _held_together(said: str) -> str:
    """No line ends between a day and its month."""
    return _WITHIN_DAY.sub("\\1\N{NO-BREAK SPACE}", said)


def init_app(app: Flask) -> None:
    """Raises :class:`portal.kit.catalogues.NotCompiledError`: there is nothing to speak from."""
    catalogues.make_ready()
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "../translations"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Paris"
    Babel(app, default_locale=LOCALES[0], locale_selector=locale)
    app.context_processor(lambda: {"locale": locale()})
