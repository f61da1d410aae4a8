"""One way to a directory and back, bound to the browser that set out, and good once.

The signed session holds the state alone; what proves that we set out (PKCE) and what the token must
carry (nonce) are derived from it and never leave for the browser before their time.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from flask import current_app, session
from redis import Redis

from portal.federation import oidc
from portal.federation.doors import Door, gateway
from portal.federation.oidc import Claims, NotProven, Round
from portal.kit import clock, keys

#: How long somebody may take at her directory.
GOOD_FOR: Final = timedelta(minutes=15)
#: How fresh a proof made anew has to be, in seconds; two clocks may be a little apart.
FRESH: Final = 120
_UNDER_WAY: Final = "directory"
_FOUND: Final = "directory_found"


class Purpose(StrEnum):
    """What she set out for: what comes back serves nothing else."""

    ENTER = "enter"
    CONFIRM = "confirm"
    TIE = "tie"
    #: To take up an invitation (portal.people).
    JOIN = "join"
    TEST = "test"


class NotUnderWay(Exception):
    """Nobody set out from this browser for this answer, or it came already."""


@dataclass(frozen=True)
class Arrival:
    """Who came back, what for, and where to go then."""

    purpose: Purpose
    claims: Claims
    target: str


def set_out(door: Door, purpose: Purpose, *, target: str, anew: bool = False) -> str:
    """Where to send the browser; an earlier way is void.  Raises ``Unreachable``."""
    state = secrets.token_urlsafe(32)
    there = oidc.way_there(door.client, _round(state, anew=anew), gateway())
    session[_UNDER_WAY] = {
        "state": state,
        "door": door.key,
        "purpose": purpose.value,
        "anew": anew,
        "target": target,
        "at": clock.now().timestamp(),
    }
    return there


def come_back(door: Door, answer: Mapping[str, str]) -> Arrival:
    """Who came back.  Raises :class:`NotUnderWay`, ``NotProven``, ``Unreachable``.

    Whatever comes of it, the same answer is taken once.
    """
    held = _taken(door, answer.get("state", ""))
    back = _round(held["state"], anew=held["anew"])
    at = clock.now().timestamp()
    claims = oidc.believe(door.client, back, answer, gateway(), at=at)
    if held["anew"] and (claims.proved_at is None or claims.proved_at < held["at"] - FRESH):
        raise NotProven("the directory does not say that she has just proved who she is")
    if door.tenant_id is None and not door.is_strong(claims):
        raise NotProven("not by the card that was asked for")
    return Arrival(Purpose(held["purpose"]), claims, held["target"])


def purpose_under_way() -> Purpose | None:
    """What this browser set out for, if it did."""
    held = session.get(_UNDER_WAY)
    return Purpose(held["purpose"]) if held else None


def hold(door: Door, purpose: Purpose, claims: Claims) -> None:
    """Keep who was found for the page that goes on with it."""
    told: dict[str, Any] = {**asdict(claims), "methods": sorted(claims.methods)}
    session[_FOUND] = {
        "door": door.key,
        "purpose": purpose.value,
        "claims": told,
        "at": clock.now().timestamp(),
    }


def held(door: Door, purpose: Purpose) -> Claims | None:
    """Who was found at this door for this purpose, a short while ago."""
    found = session.get(_FOUND)
    if not found or (found["door"], found["purpose"]) != (door.key, purpose.value):
        return None
    if found["at"] < clock.now().timestamp() - GOOD_FOR.total_seconds():
        return None
    return Claims(**{**found["claims"], "methods": frozenset(found["claims"]["methods"])})


def let_go() -> None:
    session.pop(_FOUND, None)


def _taken(door: Door, state: str) -> dict[str, Any]:
    held: dict[str, Any] | None = session.pop(_UNDER_WAY, None)
    if held is None or not hmac.compare_digest(held["state"].encode(), state.encode()):
        raise NotUnderWay
    late = held["at"] < clock.now().timestamp() - GOOD_FOR.total_seconds()
    if late or held["door"] != door.key:
        raise NotUnderWay
    # A copy of the cookie of before would bring the state back: it is spent here, for everybody.
    valkey: Redis = current_app.extensions["valkey"]
    place = f"directory:spent:{keys.digest('directory', state)[:32]}"
    if not valkey.set(place, "1", nx=True, ex=int(GOOD_FOR.total_seconds())):
        raise NotUnderWay
    return held


def _round(state: str, *, anew: bool) -> Round:
    return Round(
        state, keys.digest("directory nonce", state), keys.digest("directory pkce", state), anew
    )
