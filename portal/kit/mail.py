"""Messages and the post office that takes them.

What a server answered is known for sure or said not to be: :class:`NotAccepted` means that the
message did not leave and may be sent again, :class:`OutcomeUnknown` that it may have left.
"""

import logging
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.utils import parseaddr
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from portal.kit.errors import Away
from portal.kit.letterhead import WIRE
from portal.kit.signing import Signer

TIMEOUT: Final = 20
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_OK, _GO_AHEAD, _REFUSED_FOR_GOOD = 250, 354, 500
_ACCEPTED_RECIPIENT: Final = frozenset({250, 251})
#: RFC 3463, of the address written to: no such mailbox, no such host, no address, moved away, no
#: mail there (RFC 7505), not in use.  Other refusals are of the sender or of the message.
_NOBODY_THERE: Final = re.compile(rb"5\.(1\.(1|2|3|6|10)|2\.1)\b")

_log = logging.getLogger(__name__)


class NotAccepted(Exception):
    """The message was refused, or never reached the server: nothing was sent."""


class ServerAway(NotAccepted, Away):
    """There was no server to take or to refuse it, or it went away before it was told anything."""


class AddressRefused(NotAccepted):
    """The server knows for good that nobody reads at this address: trying again changes nothing."""


class OutcomeUnknown(Exception):
    """The server went away after the message was handed over and before it answered."""


class Post(Protocol):
    """Takes messages away."""

    @property
    def keeps_hours(self) -> bool:
        """Whether messages reach people, whom nobody should wake up."""

    def send(self, message: EmailMessage) -> None:
        """Raises :class:`NotAccepted` or :class:`OutcomeUnknown`."""


def called(name: str) -> str:
    """What a message greets somebody by: nothing, where an address stands for want of a name."""
    return "" if "@" in name else name


def choose(smtp_url: str | None, *, returns: str = "", signer: Signer | None = None) -> Post:
    """The post office for ``smtp_url``, or the mailbox when there is none.

    ``returns``: the address that undelivered messages come back to; the sender's without it.
    """
    if not smtp_url:
        return DevelopmentMailbox()
    return replace(SmtpPost.from_url(smtp_url), returns=returns, signer=signer)


@dataclass(frozen=True)
class DevelopmentMailbox:
    """Nothing leaves: the portal shows the messages it keeps."""

    keeps_hours: bool = False

    def send(self, message: EmailMessage) -> None:
        _log.info("kept in the mailbox: %s", message["Message-ID"])


@dataclass(frozen=True)
class SmtpPost:
    """A mail server.  Certificates are always checked; a password never travels in clear.

    ``security``: ``smtp`` takes TLS when it is offered, ``smtp+starttls`` demands it, ``smtps``
    begins with it.
    """

    security: str
    host: str
    port: int
    user: str = ""
    password: str = ""
    keeps_hours: bool = True
    trusted: ssl.SSLContext | None = None
    returns: str = ""
    signer: Signer | None = None

    @classmethod
    def from_url(cls, url: str) -> "SmtpPost":
        """Read ``smtp://``, ``smtp+starttls://`` or ``smtps://user:password@host:port``.

        Raises ``ValueError`` on anything else.
        """
        parts: SplitResult = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("SMTP_URL: smtp://, smtp+starttls:// or smtps:// and a host")
        return cls(
            security=parts.scheme,
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    def send(self, message: EmailMessage) -> None:
        with _nothing_sent_yet():
            content = message.as_bytes(policy=WIRE)
            if self.signer:
                content = self.signer.sign(content)
            server = self._connect()
        try:
            with _nothing_sent_yet():
                self._announce(server, message)
            _hand_over(server, content)
        finally:
            # Its fate is known by now: no slow goodbye changes it.
            with suppress(Exception):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        if self.security == "smtps":
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT, context=self.trusted or _authorities()
            )
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        try:
            server.ehlo_or_helo_if_needed()
            if self.security == "smtp+starttls" or server.has_extn("starttls"):
                server.starttls(context=self.trusted or _authorities())
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def _announce(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        """Everything said before the content; all of it may safely be said again."""
        self._sign_in(server)
        server.ehlo_or_helo_if_needed()
        _expect({_OK}, server.mail(self.returns or _address(message["From"])))
        _expect_reader(server.rcpt(_address(message["To"])))
        _expect({_GO_AHEAD}, server.docmd("DATA"))

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if not self.user:
            return
        if not isinstance(server.sock, ssl.SSLSocket) and self.host not in _LOOPBACK:
            raise NotAccepted("the server offers no TLS: the password is not sent")
        server.login(self.user, self.password)


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    """Those of the machine, read once in a process: reading them takes longer than a message."""
    return ssl.create_default_context()


@contextmanager
def _nothing_sent_yet() -> Iterator[None]:
    """Whatever stops us here, be it the worker's own clock, the message may be sent again."""
    try:
        yield
    except NotAccepted:
        raise
    except Exception as error:
        raise (ServerAway if _is_away(error) else NotAccepted)(repr(error)) from error


def _is_away(error: Exception) -> bool:
    """Nobody listens, answers or stays; what a server says, or its certificate, is an answer."""
    if isinstance(error, smtplib.SMTPException | ssl.SSLError):
        return isinstance(error, smtplib.SMTPServerDisconnected)
    return isinstance(error, OSError)


def _hand_over(server: smtplib.SMTP, content: bytes) -> None:
    try:
        # RFC 5321, 4.5.2: a line that begins with a dot gets another one.
        server.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        answer = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown(repr(error)) from error
    _expect({_OK}, answer)


def carried(address: str) -> str:
    """An address as every server takes it: a domain with accents by its other name (RFC 5890).

    Raises ``ValueError`` where it has none.
    """
    reader, at, domain = address.rpartition("@")
    return f"{reader}{at}{domain if domain.isascii() else domain.encode('idna').decode()}"


def same(one: str, other: str) -> bool:
    """Whether two addresses are one to servers, however each is written."""
    try:
        return carried(one).lower() == carried(other).lower()
    except ValueError:
        return False


def _reader(name: str, address: str) -> Address:
    """Raises ``ValueError``: the library has other errors besides for what it cannot read."""
    try:
        return Address(name, addr_spec=carried(address))
    except (MessageError, IndexError) as error:
        raise ValueError(address) from error


def _address(header: AddressHeader) -> str:
    return header.addresses[0].addr_spec


def _expect_reader(answer: tuple[int, bytes]) -> None:
    if answer[0] >= _REFUSED_FOR_GOOD and _NOBODY_THERE.match(answer[1]):
        raise AddressRefused(_said(answer))
    _expect(_ACCEPTED_RECIPIENT, answer)


def _expect(codes: frozenset[int] | set[int], answer: tuple[int, bytes]) -> None:
    if answer[0] not in codes:
        raise NotAccepted(_said(answer))


def _said(answer: tuple[int, bytes]) -> str:
    return f"{answer[0]} {answer[1].decode(errors='replace')}"


def write(
    *,
    sender: str,
    to_name: str,
    to_address: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    at: datetime,
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """A message in plain text and HTML that says it was written by a machine.

    ``headers``: further ones, such as ``List-Unsubscribe``.
    Raises ``ValueError`` on an address or a header that mail cannot carry.
    """
    sender_name, address = parseaddr(sender)
    message = EmailMessage(policy=WIRE)
    message["From"] = Address(sender_name, addr_spec=address)
    message["To"] = _reader(to_name, to_address)
    message["Subject"] = subject
    message["Date"] = at
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message
