"""A directory on loopback: OpenID Connect as it should be, and in every way in which it should not.

It asks nobody anything: whoever comes is ``subject``.  ``fault`` says what it does wrong.
"""

import hashlib
import hmac
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from joserfc import jwk, jwt

CLIENT_ID = "treize"
CLIENT_SECRET = "kept between us"
HUGE = 2 * 2**20


class Fault(StrEnum):
    """What is wrong with it."""

    NONE = "none"
    WRONG_ISSUER = "wrong issuer"
    WRONG_AUDIENCE = "wrong audience"
    SECOND_AUDIENCE = "second audience"
    OTHER_PARTY = "other party"
    EXPIRED = "expired"
    FROM_THE_FUTURE = "from the future"
    UNSIGNED = "unsigned"
    SIGNED_WITH_THE_PUBLIC_KEY = "signed with the public key"
    SIGNED_BY_ANOTHER = "signed by another key"
    SIGNED_BY_A_KEY_UNKNOWN = "signed by a key that is not published"
    TAMPERED = "tampered"
    WRONG_NONCE = "wrong nonce"
    NO_NONCE = "no nonce"
    OLD_TOKEN = "the token of another sign-in"
    WRONG_ACCESS_TOKEN = "at_hash of another access token"
    NO_SUBJECT = "no subject"
    NO_TOKEN = "no identity token"
    LOGOUT_TOKEN = "a token that is no identity token"
    OTHER_SENDER = "iss of another issuer"
    NO_SENDER = "no iss although announced"
    OLD_PROOF = "auth_time of long ago"
    NO_PROOF = "no auth_time"
    SLOW = "slow"
    DRIPPING = "dripping"
    DYING = "dying"
    HUGE = "huge"
    REDIRECTING = "redirecting"
    NONSENSE = "nonsense"
    FAILING = "failing"


#: What it does to whoever asks for a token, rather than to the token.
_TROUBLE = {
    Fault.SLOW, Fault.DRIPPING, Fault.DYING, Fault.HUGE, Fault.REDIRECTING, Fault.NONSENSE,
    Fault.FAILING,
}  # fmt: skip


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@dataclass
class Directory:
    """What it answers, and what it was asked."""

    issuer: str = ""
    subject: str = "somebody"
    email: str = "owner@acme.example"
    name: str = "Ann Example"
    amr: list[str] = field(default_factory=lambda: ["pwd", "mfa"])
    acr: str = ""
    fault: Fault = Fault.NONE
    asked: list[str] = field(default_factory=list)
    last_token: str = ""
    key: jwk.RSAKey = field(
        default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    )
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterator[bytes]:
        path = environ["PATH_INFO"]
        self.asked.append(path)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode()
        pages: dict[str, Callable[[], Iterator[bytes]]] = {
            "/.well-known/openid-configuration": lambda: _say(start, self._metadata()),
            "/jwks": lambda: _say(start, {"keys": [self.key.as_dict(private=False)]}),
            "/authorize": lambda: self._authorize(environ["QUERY_STRING"], start),
            "/token": lambda: self._token(environ, body, start),
        }
        if self.fault in _TROUBLE and path == "/token":
            return self._trouble(start)
        return pages.get(path, lambda: _say(start, {"error": "no such page"}, "404 Not Found"))()

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def _authorize(self, query: str, start: StartResponse) -> Iterator[bytes]:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        if self.fault is Fault.OTHER_SENDER:
            answer["iss"] = "https://other.example"
        if self.fault is Fault.NO_SENDER:
            del answer["iss"]
        start("302 Found", [("Location", f"{asked['redirect_uri']}?{urlencode(answer)}")])
        return iter([b""])

    def _token(self, environ: WSGIEnvironment, body: str, start: StartResponse) -> Iterator[bytes]:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.codes.pop(form.get("code", ""), None)  # a code is good once
        if asked is None or not _proves(form.get("code_verifier", ""), asked):
            return _say(start, {"error": "invalid_grant"}, "400 Bad Request")
        if not environ.get("HTTP_AUTHORIZATION", "").startswith("Basic "):
            return _say(start, {"error": "invalid_client"}, "401 Unauthorized")
        access = secrets.token_urlsafe(16)
        answer: dict[str, Any] = {"access_token": access, "token_type": "Bearer"}
        if self.fault is not Fault.NO_TOKEN:
            answer["id_token"] = self._identity(asked, access)
        return _say(start, answer)

    def _identity(self, asked: dict[str, str], access: str) -> str:
        if self.fault is Fault.OLD_TOKEN:
            return self.last_token
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": asked.get("nonce"),
            "email": self.email,
            "email_verified": True,
            "name": self.name,
            "amr": self.amr,
            "at_hash": _half(access),
        }
        if self.acr:
            claims["acr"] = self.acr
        claims.update(_WRONG_CLAIMS.get(self.fault, {}))
        if self.fault in _TIMES:
            claims.update({name: now + shift for name, shift in _TIMES[self.fault].items()})
        self.last_token = self._signed({k: v for k, v in claims.items() if v is not None})
        return self.last_token

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "kid": "one"}
        if self.fault is Fault.UNSIGNED:
            return f"{_b64(json.dumps({'alg': 'none'}))}.{_b64(json.dumps(claims))}."
        if self.fault is Fault.SIGNED_WITH_THE_PUBLIC_KEY:
            # By hand: the library knows the trick and does not play it.
            told = f"{_b64(json.dumps({'alg': 'HS256', 'kid': 'one'}))}.{_b64(json.dumps(claims))}"
            mac = hmac.digest(self.key.as_pem(private=False), told.encode(), "sha256")
            return f"{told}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        key = self.key
        if self.fault in {Fault.SIGNED_BY_ANOTHER, Fault.SIGNED_BY_A_KEY_UNKNOWN}:
            key = jwk.RSAKey.generate_key(2048)
        if self.fault is Fault.SIGNED_BY_A_KEY_UNKNOWN:
            header["kid"] = "two"
        if self.fault is Fault.LOGOUT_TOKEN:
            header["typ"] = "logout+jwt"
        token = jwt.encode(header, claims, key)
        if self.fault is Fault.TAMPERED:
            first, _, last = token.split(".")
            token = f"{first}.{_b64(json.dumps({**claims, 'sub': 'the boss'}))}.{last}"
        return token

    def _trouble(self, start: StartResponse) -> Iterator[bytes]:
        if self.fault is Fault.REDIRECTING:
            start("302 Found", [("Location", f"{self.issuer}/elsewhere")])
            return iter([b""])
        if self.fault is Fault.FAILING:
            return _say(start, {}, "500 Internal Server Error")
        if self.fault is Fault.NONSENSE:
            start("200 OK", [("Content-Type", "application/json")])
            return iter([b"[" * 50_000])
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(HUGE))])
        return self._slowly()

    def _slowly(self) -> Iterator[bytes]:
        if self.fault is Fault.HUGE:
            yield b" " * HUGE
        elif self.fault is Fault.DYING:
            yield b"{"
        else:
            yield b"{"
            for _ in range(100):
                time.sleep(0.05)
                if self.fault is Fault.DRIPPING:
                    yield b" "


_WRONG_CLAIMS: dict[Fault, dict[str, Any]] = {
    Fault.WRONG_ISSUER: {"iss": "https://other.example"},
    Fault.WRONG_AUDIENCE: {"aud": "another client"},
    Fault.SECOND_AUDIENCE: {"aud": [CLIENT_ID, "another client"]},
    Fault.OTHER_PARTY: {"azp": "another client"},
    Fault.WRONG_NONCE: {"nonce": "another"},
    Fault.NO_NONCE: {"nonce": None},
    Fault.WRONG_ACCESS_TOKEN: {"at_hash": "bm90IHRoaXMgb25lIQ"},
    Fault.NO_SUBJECT: {"sub": ""},
    Fault.NO_PROOF: {"auth_time": None},
}
#: Seconds from now.
_TIMES: dict[Fault, dict[str, int]] = {
    Fault.EXPIRED: {"iat": -900, "exp": -600},
    Fault.FROM_THE_FUTURE: {"iat": 900, "exp": 1200},
    Fault.OLD_PROOF: {"auth_time": -86_400},
}


def _proves(verifier: str, asked: dict[str, str]) -> bool:
    """PKCE: who brings the code is who asked for it; only S256 will do."""
    made = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return asked.get("code_challenge_method") == "S256" and asked.get("code_challenge") == made


def _half(access: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).rstrip(b"=").decode()


def _b64(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _say(start: StartResponse, answer: dict[str, Any], status: str = "200 OK") -> Iterator[bytes]:
    body = json.dumps(answer).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return iter([body])


@contextmanager
def running() -> Iterator[Directory]:
    """A directory that answers until the block ends."""
    directory = Directory()
    server: WSGIServer = make_server("127.0.0.1", 0, directory, handler_class=_Quiet)
    directory.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield directory
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer_of(directory: Directory, there: str) -> str:
    """Go where the portal sent the browser; the path and query that it is sent back to."""
    environ: dict[str, Any] = {}
    found: list[str] = []
    parts = urlsplit(there)

    def start(_status: str, headers: list[tuple[str, str]], _info: Any = None) -> Any:
        found.extend(value for name, value in headers if name == "Location")

    environ.update(PATH_INFO=parts.path, QUERY_STRING=parts.query)
    environ["wsgi.input"] = _Nothing()
    list(directory(environ, start))
    back = urlsplit(found[0])
    return f"{back.path}?{back.query}"


class _Nothing:
    def read(self, _size: int = -1) -> bytes:
        return b""
