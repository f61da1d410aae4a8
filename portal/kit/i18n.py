"""The user's language.  French first; ``_`` marks the English msgids that Python holds."""

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, format_date, format_datetime, gettext, lazy_gettext, ngettext

from portal.kit import catalogues

LOCALES = ("fr", "en")
_ = gettext

__all__ = [
    "LOCALES",
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
    """The chosen language, else the account's, else the first that the browser asks for."""
    if not has_request_context():
        return LOCALES[0]
    if (chosen := session.get("locale")) in LOCALES:
        return str(chosen)
    if (person := g.get("user")) is not None:
        return str(person.locale)
    return request.accept_languages.best_match(LOCALES) or LOCALES[0]


def init_app(app: Flask) -> None:
    """Raises :class:`portal.kit.catalogues.NotCompiledError`: there is nothing to speak from."""
    catalogues.make_ready()
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "../translations"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Paris"
    Babel(app, default_locale=LOCALES[0], locale_selector=locale)
    app.context_processor(lambda: {"locale": locale()})
