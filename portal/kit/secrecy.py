"""No secret in a log line: what looks like one is struck out before any handler sees the record.

By the name it goes by; and, while a request is answered, by what it is: whatever secret was sent
with it is struck wherever it turns up.
"""

import logging
import re
from collections.abc import Iterator
from typing import Any, Final

from flask import Flask, has_request_context, request

STRUCK: Final = "[…]"
_NAMES = (
    r"(?:pass(?:word|wd)?|mot_de_passe|secret(?:_key)?|token|code|otp|recovery|csrf_token|state"
    r"|answer)"
)
_NAMED: Final = re.compile(rf"(?:\w+_)?{_NAMES}", re.IGNORECASE)
#: As addresses within addresses have them.
_BEGINS: Final = r"(?:\b|(?<=%3F)|(?<=%26))"
_SAYS: Final = r"[\"']?\s*(?:[:=]|%3D)\s*"
_SLASH: Final = r"(?:/|%2F)"
_LINKS: Final = (
    r"(?:invitations?|adresse-precedente|annuler|calendrier|depot|desabonner|plus-tard|fichier)"
)
_PATTERNS: Final = (
    # The password of an address: postgresql://name:password@host
    re.compile(r"(?P<kept>\w://[^\s/:@]*:)[^\s/@]+(?=@)"),
    re.compile(
        r"(?P<kept>\b(?:authorization|cookie|set-cookie)\b[\"']?\s*[:=]\s*).+", re.IGNORECASE
    ),
    re.compile(
        rf"(?P<kept>{_BEGINS}(?:\w+_)?{_NAMES}(?:\b|(?=%3D)){_SAYS})"
        r"(?:\"[^\"]*\"|'[^']*'|[^\s&,;)}]+)",
        re.IGNORECASE,
    ),
    # What these links do is done by their address alone.
    re.compile(rf"(?P<kept>{_SLASH}{_LINKS}{_SLASH})[\w.=-]{{16,}}", re.IGNORECASE),
    # A signed word, wherever it stands: parts between dots, the last too long for a file's ending.
    re.compile(rf"(?P<kept>{_SLASH})(?:[\w=-]+\.)+[\w=-]{{16,}}"),
)
#: Shorter ones would be found in words that are none.
_SHORTEST: Final = 6
_make = logging.getLogRecordFactory()


def strike(text: str) -> str:
    """``text`` without what comes after a secret's name, and without passwords in addresses."""
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<kept>{STRUCK}", text)
    return text


def names_secret(field: str) -> bool:
    """Whether what a form sends under this name is a password, a code or the like."""
    return _NAMED.fullmatch(field) is not None


def init_app(_app: Flask) -> None:
    """For the process, whatever logs: a filter of one logger would not hear the others."""
    logging.setLogRecordFactory(_discreet)


def _discreet(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _make(*args, **kwargs)
    sent = sorted(set(_sent_here()), key=len, reverse=True) if has_request_context() else []
    record.msg, record.args = _without(sent, record.getMessage()), ()
    if record.exc_info and record.exc_info[0] is not None:
        # Formatters take this text instead of writing their own.
        told = logging.Formatter().formatException(record.exc_info)
        record.exc_text = _without(sent, told)
    return record


def _without(sent: list[str], text: str) -> str:
    for secret in sent:
        text = text.replace(secret, STRUCK)
    return strike(text)


def _sent_here() -> Iterator[str]:
    """The secrets that came with the present request, as far as it has been read: no more is."""
    read = vars(request._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 -- behind the proxy
    for name in ("form", "args", "cookies", "view_args"):
        for field, value in (read.get(name) or {}).items():
            secret = name == "cookies" or names_secret(field)
            if secret and isinstance(value, str) and len(value) >= _SHORTEST:
                yield value
                yield value.strip()
