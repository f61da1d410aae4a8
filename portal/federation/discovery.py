"""What a directory publishes of itself: where to send people, its keys.  Kept for a while.

Everything comes from the issuer's own address: a document that names another issuer is refused.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from flask import current_app
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from redis import Redis

from portal.kit import keys
from portal.kit.gateway import Gateway, OutOfReach

Key = RSAKey | ECKey

_KEPT: Final = 600
#: A directory that does not answer is not asked again at once: visitors would queue behind it.
_RESTED: Final = 20
#: Keys change rarely; an unknown name is no reason to ask each time.
_AGAIN: Final = 60
_SMALLEST_RSA: Final = 2048
_DOCUMENT: Final = "/.well-known/openid-configuration"
_PLACES: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_METHODS: Final = ("client_secret_basic", "client_secret_post")


class Unreachable(Exception):
    """The directory does not answer, or not as one; the message is for its owner."""


@dataclass(frozen=True)
class Metadata:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_method: str
    #: Whether it says who answers, in each answer (RFC 9207).
    names_itself: bool


def metadata(issuer: str, gateway: Gateway) -> Metadata:
    """What the issuer publishes.  Raises :class:`Unreachable`."""
    found = _kept("metadata", issuer, lambda: asdict(_read(issuer, gateway)))
    return Metadata(**found)


def candidates(known: Metadata, gateway: Gateway, kid: str | None) -> list[Key]:
    """The keys that may have signed: those of that name, or the only one when none is named.

    Raises :class:`Unreachable`.
    """
    found = _named(_key_set(known, gateway), kid)
    if not found and _turn(known.jwks_uri):
        _valkey().delete(_place("keys", known.jwks_uri))
        found = _named(_key_set(known, gateway), kid)
    return found


def forget(issuer: str) -> None:
    """Ask anew the next time: for whoever has just changed something there."""
    _valkey().delete(_place("metadata", issuer))


def _read(issuer: str, gateway: Gateway) -> Metadata:
    told = _fetched(issuer.rstrip("/") + _DOCUMENT, gateway)
    if told.get("issuer") != issuer:
        raise Unreachable("it says that it is another issuer")
    authorize, token, jwks = (str(told.get(name, "")) for name in _PLACES)
    if not all(gateway.allows(place) for place in (authorize, token, jwks)):
        raise Unreachable("it names addresses that cannot be used")
    methods = told.get("token_endpoint_auth_methods_supported") or [_METHODS[0]]
    method = next((name for name in _METHODS if name in methods), None)
    if method is None:
        raise Unreachable("it takes no client secret")
    names_itself = told.get("authorization_response_iss_parameter_supported") is True
    return Metadata(issuer, authorize, token, jwks, method, names_itself)


def _key_set(known: Metadata, gateway: Gateway) -> KeySet:
    found = _kept("keys", known.jwks_uri, lambda: _fetched(known.jwks_uri, gateway))
    listed = found.get("keys")
    usable = [one for one in listed if _is_usable(one)] if isinstance(listed, list) else []
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Unreachable("its keys cannot be read") from error


def _is_usable(one: Any) -> bool:
    """Public keys that sign: a secret shared by both sides proves nothing."""
    if not isinstance(one, dict) or one.get("kty") not in {"RSA", "EC"}:
        return False
    return bool(one.get("use", "sig") == "sig")


def _named(found: KeySet, kid: str | None) -> list[Key]:
    usable = [key for key in found.keys if isinstance(key, RSAKey | ECKey) and _is_long(key)]
    if kid is not None:
        return [key for key in usable if key.kid == kid]
    return usable if len(usable) == 1 else []


def _is_long(key: Key) -> bool:
    return isinstance(key, ECKey) or bool(key.public_key.key_size >= _SMALLEST_RSA)


def _fetched(url: str, gateway: Gateway) -> dict[str, Any]:
    try:
        answer = gateway.get(url)
        answer.raise_for_status()
        found = answer.json()
    except (OutOfReach, ValueError, RecursionError) as error:
        raise Unreachable(str(error)[:100]) from error
    if not isinstance(found, dict):
        raise Unreachable("no document")
    return found


def _kept(what: str, whose: str, read: Any) -> dict[str, Any]:
    """What was read a while ago, a failure included, else what is there now."""
    valkey, place = _valkey(), _place(what, whose)
    if (kept := valkey.get(place)) is not None:
        found: dict[str, Any] = json.loads(kept)
        if "unreachable" in found:
            raise Unreachable(found["unreachable"])
        return found
    try:
        fresh: dict[str, Any] = read()
    except Unreachable as error:
        valkey.set(place, json.dumps({"unreachable": str(error)}), ex=_RESTED)
        raise
    valkey.set(place, json.dumps(fresh), ex=_KEPT)
    return fresh


def _turn(whose: str) -> bool:
    return bool(_valkey().set(_place("turn", whose), "1", nx=True, ex=_AGAIN))


def _place(what: str, whose: str) -> str:
    return f"directory:{what}:{keys.digest('directory', whose)[:32]}"


def _valkey() -> Redis:
    found: Redis = current_app.extensions["valkey"]
    return found
