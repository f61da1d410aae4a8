"""OpenID Connect with Authlib: the way to a directory, and what may be believed of its answer.

Authorization code with PKCE; the identity token is signed by a published key, for us, for this one
sign-in, just now (OpenID Connect Core 3.1.3.7, RFC 9700).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError

from portal.federation import discovery
from portal.federation.discovery import Metadata, Unreachable
from portal.kit.gateway import Gateway, OutOfReach

#: Never « none », never a secret shared by both sides: whoever knows a public key knows that too.
ALGORITHMS: Final = ["RS256", "PS256", "ES256"]
#: How far two clocks may be apart, in seconds.
LEEWAY: Final = 60
_LONGEST_SUBJECT: Final = 255
#: What a directory calls a refusal (OpenID Connect Core 3.1.2.6).
_ERROR: Final = re.compile(r"[a-z_]{1,40}")


class NotProven(Exception):
    """The directory's answer cannot be believed; the message says why, for its owner."""


@dataclass(frozen=True)
class Client:
    """Who we are to a directory."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    scope: str = "openid email profile"
    acr_values: str = ""


@dataclass(frozen=True)
class Round:
    """What makes one way there and back unlike any other."""

    state: str
    nonce: str
    verifier: str
    #: She has to prove herself anew, whatever the directory remembers.
    anew: bool = False


@dataclass(frozen=True)
class Claims:
    """What a directory says of somebody.  The address and the name prove nothing."""

    issuer: str
    subject: str
    email: str
    name: str
    #: Every way in which it says that she proved herself: ``acr`` and ``amr`` together.
    methods: frozenset[str]
    #: When she did, in seconds since 1970; ``None`` when it does not say.
    proved_at: float | None


def way_there(client: Client, there: Round, gateway: Gateway) -> str:
    """The address to send a browser to.  Raises ``Unreachable``."""
    known = discovery.metadata(client.issuer, gateway)
    asked = {"nonce": there.nonce, "code_verifier": there.verifier}
    if client.acr_values:
        asked["acr_values"] = client.acr_values
    if there.anew:
        asked |= {"prompt": "login", "max_age": "0"}
    speaker = _speaker(client, known, gateway)
    url, _ = speaker.create_authorization_url(
        known.authorization_endpoint, state=there.state, **asked
    )
    return str(url)


def believe(
    client: Client, back: Round, answer: Mapping[str, str], gateway: Gateway, *, at: float
) -> Claims:
    """Who came back, once everything is checked.  Raises :class:`NotProven`, ``Unreachable``."""
    known = discovery.metadata(client.issuer, gateway)
    _check_sender(known, answer)
    if "error" in answer:
        # Nobody signed it: it comes by the browser, and whoever has that could write anything.
        said = answer["error"] if _ERROR.fullmatch(answer["error"]) else "in words of its own"
        raise NotProven(f"the directory refused: {said}")
    token = _exchanged(_speaker(client, known, gateway), known, back, answer.get("code", ""))
    written = token.get("id_token")
    if not isinstance(written, str):
        raise NotProven("no identity token")
    claims = _verified(written, known, gateway)
    _check(claims, client, back, token, at)
    return _read(claims, client.issuer)


def _speaker(client: Client, known: Metadata, gateway: Gateway) -> OAuth2Client:
    return OAuth2Client(
        session=gateway,
        client_id=client.client_id,
        client_secret=client.client_secret,
        token_endpoint_auth_method=known.token_method,
        scope=client.scope,
        redirect_uri=client.redirect_uri,
        code_challenge_method="S256",
    )


def _check_sender(known: Metadata, answer: Mapping[str, str]) -> None:
    """RFC 9207: an answer of another issuer is none of ours, nor one that hides its issuer."""
    named = answer.get("iss")
    if (named is None and known.names_itself) or (named is not None and named != known.issuer):
        raise NotProven("answered by another issuer")


def _exchanged(speaker: OAuth2Client, known: Metadata, back: Round, code: str) -> Mapping[str, Any]:
    if not code:
        raise NotProven("no code")
    try:
        token: Mapping[str, Any] = speaker.fetch_token(
            known.token_endpoint,
            grant_type="authorization_code",
            code=code,
            code_verifier=back.verifier,
        )
    except AuthlibBaseError as error:
        raise NotProven(f"the code was refused: {_plain(error.error or '')}") from error
    except (OutOfReach, ValueError, TypeError, RecursionError) as error:
        raise Unreachable(str(error)[:100]) from error
    return token


def _verified(written: str, known: Metadata, gateway: Gateway) -> jwt.Token:
    """The token, once a key that the issuer publishes has signed it."""
    try:
        header = jws.extract_compact(written.encode()).headers()
        if header.get("alg") not in ALGORITHMS or header.get("typ", "JWT").upper() != "JWT":
            raise NotProven("signed in a way that is not accepted")
        kid = header.get("kid")
        for key in discovery.candidates(known, gateway, None if kid is None else str(kid)):
            return jwt.decode(written, key, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotProven("the signature is not the directory's") from error
    raise NotProven("signed by an unknown key")


def _check(
    token: jwt.Token, client: Client, back: Round, answered: Mapping[str, Any], at: float
) -> None:
    claims = CodeIDToken(
        token.claims,
        token.header,
        {
            "iss": {"essential": True, "value": client.issuer},
            "aud": {"essential": True, "value": client.client_id},
            "nonce": {"essential": True, "value": back.nonce},
        },
        {"client_id": client.client_id, "access_token": answered.get("access_token")},
    )
    try:
        claims.validate(now=int(at), leeway=LEEWAY)
    except JoseError as error:
        raise NotProven(f"the token does not hold: {_plain(str(error))}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise NotProven("the token is nonsense") from error
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or "\0" in subject:
        raise NotProven("the token names nobody")


def _read(token: jwt.Token, issuer: str) -> Claims:
    told = token.claims
    acr, amr = told.get("acr"), told.get("amr")
    methods = [acr, *(amr if isinstance(amr, list) else [])]
    proved_at = told.get("auth_time")
    return Claims(
        issuer=issuer,
        subject=told["sub"],
        email=_plain(told.get("email") or told.get("preferred_username")),
        name=_plain(told.get("name")),
        methods=frozenset(one for one in methods if isinstance(one, str) and one),
        proved_at=proved_at if isinstance(proved_at, int | float) else None,
    )


def _plain(told: Any) -> str:
    """A short text for a screen, whatever was sent."""
    text = told if isinstance(told, str) else ""
    return "".join(sign for sign in text if sign.isprintable())[:120]
