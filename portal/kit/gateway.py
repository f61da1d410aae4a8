"""Outgoing HTTP: few bytes, little time, no redirect, and never into the private network.

Addresses come from tenants: what they name is looked up once, judged, and that very address is
called, so that a name cannot mean one host when judged and another when called (SSRF, ASVS 1.3.6).
"""

import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any, Final, Protocol
from urllib.parse import SplitResult, urlencode, urlsplit

LARGEST: Final = 256 * 1024
SECONDS: Final = 8.0
_PORTS: Final = {"https": 443, "http": 80}
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
_FORM: Final = "application/x-www-form-urlencoded"


class OutOfReach(Exception):
    """Not allowed, not there, too slow, too large or nonsense: the message says which, in short."""


class Signs(Protocol):
    """Puts a client's secret into a request."""

    def prepare(
        self, method: str, uri: str, headers: dict[str, str], body: str
    ) -> tuple[str, dict[str, str], str]: ...


@dataclass(frozen=True)
class Answer:
    status_code: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def raise_for_status(self) -> None:
        if self.status_code >= http.client.BAD_REQUEST:
            raise OutOfReach(f"answered {self.status_code}")


@dataclass(frozen=True)
class Gateway:
    """``anywhere``: in development alone, plain HTTP and one's own machine are in reach too."""

    anywhere: bool = False
    largest: int = LARGEST
    seconds: float = SECONDS
    trusted: ssl.SSLContext | None = None

    def get(self, url: str) -> Answer:
        return self._send("GET", url, {}, "")

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Signs
    ) -> Answer:
        """Send a form; named and shaped as Authlib asks of its session."""
        sent = {**headers, "Content-Type": _FORM}
        url, sent, body = auth.prepare("POST", url, sent, urlencode(data))
        return self._send("POST", url, sent, body)

    def allows(self, url: str) -> bool:
        """Whether the address is one to call or to send a browser to, before any look-up."""
        try:
            return bool(self._judged(url))
        except OutOfReach:
            return False

    def _judged(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise OutOfReach("no address") from error
        odd = parts.username is not None or parts.fragment or not url.isascii() or " " in url
        if not parts.hostname or odd or port == 0:
            raise OutOfReach("no address")
        if parts.scheme != "https" and not (self.anywhere and parts.scheme == "http"):
            raise OutOfReach("not https")
        return parts

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: str) -> Answer:
        parts = self._judged(url)
        port = parts.port or _PORTS[parts.scheme]
        connection = http.client.HTTPConnection(parts.hostname or "", port)
        # Each read has its own patience; an answer that drips is cut off all the same.
        opened: list[socket.socket] = []
        watch = Timer(self.seconds, _cut, [opened])
        watch.daemon = True
        try:
            opened.append(self._connected(parts.hostname or "", port))
            watch.start()
            if parts.scheme == "https":
                self._secure(opened, parts.hostname)
            connection.sock = opened[-1]
            target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            told = {"Accept": "application/json", **headers, "Accept-Encoding": "identity"}
            connection.request(method, target, body.encode() or None, told)
            return self._read(connection.getresponse())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise OutOfReach(type(error).__name__) from error
        finally:
            watch.cancel()
            connection.close()
            for one in opened:
                one.close()

    def _secure(self, opened: list[socket.socket], host: str | None) -> None:
        context = self.trusted or ssl.create_default_context()
        # In two steps, so that a handshake that drags on can be cut off as well.
        secured = context.wrap_socket(
            opened[-1], server_hostname=host, do_handshake_on_connect=False
        )
        opened.append(secured)
        secured.do_handshake()

    def _read(self, response: http.client.HTTPResponse) -> Answer:
        if response.status // 100 == 3:  # noqa: PLR2004 -- the class of redirects
            raise OutOfReach("redirects")
        body = response.read(self.largest + 1)
        if len(body) > self.largest:
            raise OutOfReach("too large")
        if response.length:
            raise OutOfReach("cut short")
        return Answer(response.status, body)

    def _connected(self, host: str, port: int) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self.anywhere and not all(_public(address) for address in addresses):
            raise OutOfReach("a private address")
        failure: OSError | None = None
        for address in addresses[:3]:
            try:
                return socket.create_connection((address, port), timeout=self.seconds / 2)
            except OSError as error:
                failure = error
        raise failure or OutOfReach("no address")


def _cut(opened: list[socket.socket]) -> None:
    with suppress(OSError):
        opened[-1].shutdown(socket.SHUT_RDWR)


def _public(address: str) -> bool:
    """Whether anybody on the Internet may have this address."""
    found: ipaddress.IPv4Address | ipaddress.IPv6Address
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = _inner(found) or found
    return found.is_global and not found.is_multicast


def _inner(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The older address that one of these carries: the private network has such names too."""
    if found in _TRANSLATED:
        return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
