"""What every template may call: words, dates, figures."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import Flask, g
from flask_babel import format_number, get_locale, get_translations, gettext
from markupsafe import Markup

from portal.kit import addresses, figures, once, rendering
from portal.kit.i18n import format_date, format_datetime
from portal.kit.pages import asking
from portal.kit.rendering import written

_BABEL = "_flask_babel"  # where Flask-Babel keeps the locale of the context
#: ``g`` itself, without the proxy that makes each look at it three times as long.
_globals = g._get_current_object  # noqa: SLF001 -- werkzeug documents it


class Words:
    """The screens' gettext, remembered by language.

    A board asks for hundreds of words; asked once each per language they cost a third of what the
    whole page does otherwise. Catalogues do not change while a process lives.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, str], Markup] = {}

    def say(self, message: str, **values: Any) -> Markup:
        """Translate an msgid of a template; values are escaped, the msgid is ours and is not."""
        key = (_language(), message)
        words = self._known.get(key)
        if words is None:
            words = self._known[key] = Markup(gettext(message))  # noqa: S704 - a template's own text
        return _filled(words, values) if "%" in words else words

    @staticmethod
    def count(one: str, many: str, num: int, **values: Any) -> Markup:
        """Translate an msgid that depends on a number, which it may name ``num``.

        Templates are French, where zero is singular; no catalogue says so, since none holds them.
        """
        if not num and "%(num)s" in one:
            many = one
        said = {"num": say_number(num), **values}
        return _filled(_plural(one, many, num, _language()), said)


def _filled(words: Markup, values: Mapping[str, Any]) -> Markup:
    safe = {name: written(value) for name, value in values.items()}
    return Markup(str(words) % safe)  # noqa: S704 - each value has been escaped


@lru_cache(maxsize=4096)
def _plural(one: str, many: str, num: int, _language: str | None) -> Markup:
    """The words for this number, not filled in."""
    return Markup(get_translations().ungettext(one, many, num))  # noqa: S704 - a template's own text


def _language() -> str | None:
    """The reader's.  Asked hundreds of times a page: first for what Babel has found already."""
    try:
        found = getattr(_globals().get(_BABEL), "babel_locale", None) or get_locale()
    except RuntimeError:  # outside of any application
        return None
    return found.language if found else None


@lru_cache(maxsize=4096)
def _day(day: date, pattern: str | None, language: str | None) -> str:
    """Remembered: a page says the same few dates again and again, and each costs Babel much."""
    if language is None:
        return day.isoformat()
    return format_date(day, pattern)


def say_day(day: date, pattern: str | None = None) -> str:
    """The template filter ``dateformat``, in the reader's language."""
    if isinstance(day, datetime):
        return format_date(day, pattern)
    return _day(day, pattern, _language())


@lru_cache(maxsize=4096)
def _number(number: float, _language: str | None) -> str:
    return str(format_number(number))


def say_number(number: float) -> str:
    """The template filter ``numberformat``, in the reader's language."""
    return _number(number, _language())


def percent_sign() -> str:
    """What follows a share in the reader's language, its space included."""
    return "%" if _language() == "en" else figures.PERCENT


def percent(per_mille: int | None) -> str:
    """A share as ``figures.percent`` rounds it, in the reader's language."""
    return figures.percent(per_mille, percent_sign())


def share(card: Any, values: Sequence[int | None], i: int) -> str:
    """The figure of a card's question ``i`` + 1, a dash where nobody answered or nothing applies.

    A card of a record that left tells no numbers of requirements.
    """
    value, applicable = values[i], getattr(card, "applicable", None)
    nothing = value is None or value < 0
    if nothing or (applicable is not None and applicable[i] == card.unanswered[i]):
        return percent(None)
    return percent(value)


def in_french(text: str) -> str:
    """The template filter for words of the guide, which has no other language.

    On a page of another language they are marked, for those who have it read to them (WCAG 3.1.2).
    Not for attributes.
    """
    if _language() in {None, "fr"}:
        return text
    return Markup('<span lang="fr">{}</span>').format(text)


def init_app(app: Flask) -> None:
    """To be called after the languages are set up, whose functions it replaces in templates."""
    words = Words()
    rendering.quicken(app.jinja_env, say=words.say)
    app.jinja_env.globals.update(
        figures.TEMPLATE_GLOBALS,
        percent=percent,
        percent_sign=percent_sign,
        share=share,
        new_word=once.word,
        _=words.say,
        gettext=words.say,
        ngettext=words.count,
    )
    app.jinja_env.filters.update(
        asking=asking,
        finess=spaced,
        dateformat=say_day,
        datetimeformat=format_datetime,
        numberformat=say_number,
        in_french=in_french,
        isodate=date.fromisoformat,
    )
    addresses.init_app(app)


def spaced(number: str) -> str:
    """A FINESS, SIREN or SIRET number in groups of three, kept together by narrow spaces."""
    return "\u202f".join(number[i : i + 3] for i in range(0, len(number), 3))
