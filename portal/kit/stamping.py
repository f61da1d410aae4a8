"""A third party's time over some bytes (RFC 3161): that they were there before it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from portal.kit.errors import Away, Trouble


class NoTime(OSError):
    """The authority tells no time: ``str()`` says what it answered instead."""

    trouble = Trouble.TIME


class AuthorityAway(NoTime, Away):
    """It cannot be reached, or whoever stands before it says so."""

    trouble = Trouble.CLOCK


class BadStamp(RuntimeError):
    """What the authority said does not hold: ``str()`` says what is wrong.  It is not kept."""

    trouble = Trouble.TIME


class Stamp(NamedTuple):
    """The token as it was told (CMS, in DER), and the time in it."""

    token: bytes
    at: datetime


class _Rfc3161(Protocol):
    """``portal.kit.rfc3161``."""

    def ask(self, message: bytes, *, url: str, roots: Sequence[bytes]) -> Stamp: ...


def stamp(message: bytes, *, url: str, roots: Sequence[bytes]) -> Stamp:
    """Have the authority at ``url`` tell its time over ``message``, and judge what it says.

    ``roots`` are the certificates (DER) that it is believed by; none: its word has to hold, and
    whoever reads it decides whether to believe.  Raises :class:`AuthorityAway`, :class:`NoTime`
    where it refuses, :class:`BadStamp`.
    """
    return _rfc3161().ask(message, url=url, roots=roots)


@cache
def _rfc3161() -> _Rfc3161:
    """Loaded by the first to ask: it takes a second, and no web process ever does."""
    found: Any = import_module("portal.kit.rfc3161")
    return found  # type: ignore[no-any-return]  # a module is what its names are
