"""How often one may try: per person, per network address, per tenant.

Whatever counts for a tenant is done by its own people: nobody outside can use up its tries, nor
learn by a refusal who is in it.  Counted in Valkey for all processes; while it is away, in the
memory of each.  Whom a limit is for is kept as a digest.  A refusal says when to try again, never
whom it protects.
"""

import ipaddress
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis

from portal.kit import clock, keys
from portal.kit.errors import DomainError

_PREFIX: Final = "limits"
_log = logging.getLogger(__name__)


class TooMany(DomainError):
    """Tried too often; ``seconds`` from now there is room again."""

    status = 429
    message = "Nothing was lost: try again at %(time)s."

    def __init__(self, until: float) -> None:
        self.seconds = max(1, round(until - time.time()))
        told = datetime.fromtimestamp(until + 59, clock.PARIS)
        super().__init__(time=f"{told:%H:%M}")


@dataclass(frozen=True)
class Rule:
    """How many tries, within how long.  Whole offices share one address.

    For a tenant, only what went wrong counts where :func:`hold_back` and :func:`missed` are used:
    a whole office signs in at nine.
    """

    person: RateLimitItem | None = None
    address: RateLimitItem | None = None
    tenant: RateLimitItem | None = None


_FOR_ADDRESSES: Final = parse("300 per 15 minutes")
#: What ten of its people may get wrong: more is somebody who has a list of their passwords.
_FOR_TENANTS: Final = parse("100 per 15 minutes")

#: By what is tried.  Passwords and codes: ANSSI and ASVS 6.3.1 ask that guessing be slowed down.
RULES: Final = {
    "sign-in": Rule(parse("10 per 15 minutes"), _FOR_ADDRESSES),
    "factor": Rule(parse("10 per 15 minutes"), _FOR_ADDRESSES, _FOR_TENANTS),
    "confirm": Rule(parse("10 per 15 minutes"), _FOR_ADDRESSES, _FOR_TENANTS),
    "code-sent": Rule(parse("5 per hour"), parse("30 per hour")),
    "code-typed": Rule(parse("15 per hour"), parse("100 per hour")),
    "comeback": Rule(parse("5 per day"), parse("30 per hour")),
    "sign-up": Rule(parse("5 per hour"), parse("20 per hour")),
    "challenge": Rule(None, _FOR_ADDRESSES),
    #: What a tenant is told of answers that its directory did not give: anybody may bring some.
    "directory-refused": Rule(tenant=parse("20 per hour")),
    #: Mails that leave in a provider's name for whoever it likes.
    "invite": Rule(parse("100 per hour"), None, parse("300 per hour")),
    #: Per link; an address may hold a whole office of suppliers.
    "deposit": Rule(parse("20 per hour"), parse("60 per hour")),
    "verify": Rule(None, parse("60 per minute")),
    #: By address of a calendar: software that asks every minute is told to wait.
    "calendar": Rule(parse("60 per hour"), _FOR_ADDRESSES),
    #: The whole public log: a large file.
    "journal": Rule(None, parse("30 per hour")),
    #: What is computed of the log for whoever asks; a witness asks once a day.
    "proof": Rule(None, parse("60 per minute")),
}


class Counters:
    """Moving windows in Valkey, else in this process."""

    def __init__(self, shared: Redis) -> None:
        """``shared``: one that is not waited for."""
        self._shared_store = RedisStorage(
            "redis://",
            connection_pool=shared.connection_pool,
            key_prefix=_PREFIX,
            wrap_exceptions=True,
        )
        self._own_store = MemoryStorage()
        self._shared = MovingWindowRateLimiter(self._shared_store)
        self._own = MovingWindowRateLimiter(self._own_store)

    def hit(self, item: RateLimitItem, *whom: str) -> float | None:
        """Count a try; the instant when there is room again where there is none, in seconds."""
        try:
            return _hit(self._shared, item, *whom)
        except StorageError:
            _log.warning("valkey is away: tries are counted in this process")
            return _hit(self._own, item, *whom)

    def full(self, item: RateLimitItem, *whom: str) -> float | None:
        """As :meth:`hit`, and counts nothing."""
        try:
            return _full(self._shared, item, *whom)
        except StorageError:
            return _full(self._own, item, *whom)

    def clear(self, item: RateLimitItem, *whom: str) -> None:
        self._own.clear(item, *whom)
        try:
            self._shared.clear(item, *whom)
        except StorageError:
            _log.warning("valkey is away: tries counted there stay for a while")

    def forget(self) -> None:
        """Begin anew, for tests."""
        self._own_store.reset()
        self._shared_store.reset()


def init_app(app: Flask) -> None:
    app.extensions["limits"] = Counters(app.extensions["valkey_impatient"])


def count(act: str, *, person: str = "", browser: str = "", tenant: str = "") -> None:
    """Count a try of ``act`` by the present visitor, before it is looked at.

    ``person`` is what she says who she is: an e-mail address, known or not.  ``browser`` is one
    that is known for hers: its tries are its own, and those of strangers do not count there.
    Raises :class:`TooMany`.
    """
    counters: Counters = current_app.extensions["limits"]
    for item, *whom in _counted(act, person, browser, tenant):
        if (until := counters.hit(item, *whom)) is not None:
            raise TooMany(until)


def hold_back(act: str, *, tenants: Iterable[object]) -> None:
    """Refuse a try by somebody of these tenants where too many went wrong; counts nothing.

    Raises :class:`TooMany`.
    """
    counters: Counters = current_app.extensions["limits"]
    for item, *whom in _of_tenants(act, tenants):
        if (until := counters.full(item, *whom)) is not None:
            raise TooMany(until)


def missed(act: str, *, tenants: Iterable[object]) -> None:
    """Count what went wrong for the tenants of who tried it."""
    counters: Counters = current_app.extensions["limits"]
    for item, *whom in _of_tenants(act, tenants):
        counters.hit(item, *whom)


def forgive(act: str, *, person: str, browser: str = "") -> None:
    """Forget her tries, now that one was right: mistakes of before do not add up.

    From a browser that is known for hers, those of that browser: a stranger who guesses gets no
    further tries by her coming in.
    """
    counters: Counters = current_app.extensions["limits"]
    if (item := RULES[act].person) is not None:
        kind, whom = _who(person, browser)
        counters.clear(item, act, kind, _hidden(whom))


def _who(person: str, browser: str) -> tuple[str, str]:
    return ("browser", f"{person} {browser}") if browser else ("person", person)


def _counted(
    act: str, person: str, browser: str, tenant: str
) -> Iterator[tuple[RateLimitItem, str, str, str]]:
    rule = RULES[act]
    asked = (
        (rule.address, "address", _network(request.remote_addr or "")),
        (rule.person, *_who(person, browser)),
        (rule.tenant, "tenant", tenant),
    )
    for item, kind, whom in asked:
        if item is not None and whom:
            yield item, act, kind, _hidden(whom)


def _of_tenants(
    act: str, tenants: Iterable[object]
) -> Iterator[tuple[RateLimitItem, str, str, str]]:
    if (item := RULES[act].tenant) is not None:
        for tenant in tenants:
            yield item, act, "tenant", _hidden(str(tenant))


def _network(address: str) -> str:
    """The network of an IPv6 address: whoever has one has all those of its /64 (RFC 6177)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found, 64), strict=False))


def _hidden(whom: str) -> str:
    return keys.digest("limits", whom.strip().lower())[:32]


def _hit(limiter: MovingWindowRateLimiter, item: RateLimitItem, *whom: str) -> float | None:
    if limiter.hit(item, *whom):
        return None
    return limiter.get_window_stats(item, *whom).reset_time


def _full(limiter: MovingWindowRateLimiter, item: RateLimitItem, *whom: str) -> float | None:
    if limiter.test(item, *whom):
        return None
    return limiter.get_window_stats(item, *whom).reset_time
