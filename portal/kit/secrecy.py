"""No secret in a log line: what looks like one is struck out before any handler sees the record."""

import logging
import re
from typing import Any, Final

from flask import Flask

STRUCK: Final = "[…]"
_NAMES = (
    r"(?:pass(?:word|wd)?|mot_de_passe|secret(?:_key)?|token|code|otp|recovery|csrf_token|state)"
)
_PATTERNS: Final = (
    # The password of an address: postgresql://name:password@host
    re.compile(r"(?P<kept>\w://[^\s/:@]*:)[^\s/@]+(?=@)"),
    re.compile(
        r"(?P<kept>\b(?:authorization|cookie|set-cookie)\b[\"']?\s*[:=]\s*).+", re.IGNORECASE
    ),
    re.compile(
        rf"(?P<kept>\b(?:\w+_)?{_NAMES}\b[\"']?\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s&,;)}}]+)",
        re.IGNORECASE,
    ),
    # What these links do is done by their address alone.
    re.compile(r"(?P<kept>/(?:invitations?|adresse-precedente|sans-facteur/annuler)/)[\w=-]{16,}"),
)
_make = logging.getLogRecordFactory()


def strike(text: str) -> str:
    """``text`` without what comes after a secret's name, and without passwords in addresses."""
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<kept>{STRUCK}", text)
    return text


def init_app(_app: Flask) -> None:
    """For the process, whatever logs: a filter of one logger would not hear the others."""
    logging.setLogRecordFactory(_discreet)


def _discreet(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _make(*args, **kwargs)
    record.msg, record.args = strike(record.getMessage()), ()
    if record.exc_info and record.exc_info[0] is not None:
        # Formatters take this text instead of writing their own.
        record.exc_text = strike(logging.Formatter().formatException(record.exc_info))
    return record
