"""Messages handed to real servers on loopback: taken, refused, or neither for sure."""

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from portal.kit import mail
from tests.smtp import Inbox, serving, speak

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


Start = Callable[..., int]


@pytest.fixture
def start(inbox: Inbox) -> Iterator[Start]:
    """Start a server with these settings; gives its port."""
    with ExitStack() as running:
        yield lambda **settings: running.enter_context(serving(inbox, **settings))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return folder


def _server_side(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def _trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


def _message(**changes: Any) -> EmailMessage:
    known: dict[str, Any] = {
        "sender": "Treize <portail@treize.example>",
        "to_name": "Hélène Exemple, directrice",
        "to_address": "helene@ehpad.example",
        "subject": "3 échéances, la première dans 7 jours",
        "text": "Bonjour Hélène,\n\n.une ligne qui commence par un point\n",
        "html": "<p>Bonjour Hélène</p>",
        "message_id": "<0198@treize.example>",
    }
    return mail.write(**{**known, **changes}, at=NOON)


def test_a_message_arrives_whole(start: Start, inbox: Inbox) -> None:
    mail.SmtpPost("smtp", "127.0.0.1", start()).send(_message())

    read = inbox.read()
    assert inbox.taken[0].mail_from == "portail@treize.example"
    assert inbox.taken[0].rcpt_tos == ["helene@ehpad.example"]
    assert read["Subject"] == "3 échéances, la première dans 7 jours"
    assert read["Message-ID"] == "<0198@treize.example>"
    assert read["To"].addresses[0].display_name == "Hélène Exemple, directrice"
    assert read["Date"].datetime == NOON
    text, page = (read.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert page is not None
    assert text.get_content().splitlines() == [
        "Bonjour Hélène,",
        "",
        ".une ligne qui commence par un point",
    ]
    assert page.get_content().strip() == "<p>Bonjour Hélène</p>"


def test_only_seven_bits_travel(start: Start, inbox: Inbox) -> None:
    mail.SmtpPost("smtp", "127.0.0.1", start()).send(_message())

    content = inbox.taken[0].content
    assert isinstance(content, bytes)
    assert content.isascii()


@pytest.mark.parametrize(
    ("when", "answer"),
    [
        ("RCPT", "550 no such person"),
        ("RCPT", "451 later"),
        ("DATA", "554 no"),
        ("DATA", "452 full"),
    ],
)
def test_a_refusal_says_that_nothing_left(
    start: Start, inbox: Inbox, when: str, answer: str
) -> None:
    inbox.answers[when] = answer

    with pytest.raises(mail.NotAccepted, match=answer) as refusal:
        mail.SmtpPost("smtp", "127.0.0.1", start()).send(_message())

    assert not isinstance(refusal.value, mail.ServerAway)

    assert inbox.taken == []


def test_no_server_says_that_nothing_left() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        post = mail.SmtpPost("smtp", "127.0.0.1", taken.getsockname()[1])

        with pytest.raises(mail.ServerAway):
            post.send(_message())


def test_a_server_that_is_too_slow_to_greet_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        post = mail.SmtpPost("smtp", "127.0.0.1", silent.getsockname()[1])

        with pytest.raises(mail.ServerAway):
            post.send(_message())


def test_a_server_that_dies_before_the_content_took_nothing() -> None:
    port = speak([b"220 hello", b"250 me", b"250 sender ok"])

    with pytest.raises(mail.ServerAway):
        mail.SmtpPost("smtp", "127.0.0.1", port).send(_message())


def test_a_server_that_dies_after_the_content_may_have_taken_it() -> None:
    port = speak([b"220 hello", b"250 me", b"250 sender ok", b"250 you", b"354 go"])

    with pytest.raises(mail.OutcomeUnknown):
        mail.SmtpPost("smtp", "127.0.0.1", port).send(_message())


def test_tls_is_taken_when_it_is_offered(start: Start, inbox: Inbox, certificate: Path) -> None:
    port = start(tls_context=_server_side(certificate))

    mail.SmtpPost("smtp", "127.0.0.1", port, trusted=_trusting(certificate)).send(_message())

    assert inbox.sessions[0].ssl is not None


def test_a_certificate_nobody_vouches_for_is_refused(
    start: Start, inbox: Inbox, certificate: Path
) -> None:
    port = start(tls_context=_server_side(certificate))

    with pytest.raises(mail.NotAccepted, match="CERTIFICATE_VERIFY_FAILED") as refusal:
        mail.SmtpPost("smtp+starttls", "127.0.0.1", port).send(_message())

    assert not isinstance(refusal.value, mail.ServerAway)

    assert inbox.taken == []


def test_demanded_tls_is_not_done_without(start: Start, inbox: Inbox) -> None:
    with pytest.raises(mail.NotAccepted, match="STARTTLS"):
        mail.SmtpPost("smtp+starttls", "127.0.0.1", start()).send(_message())

    assert inbox.taken == []


def test_a_connection_may_begin_with_tls(start: Start, inbox: Inbox, certificate: Path) -> None:
    port = start(ssl_context=_server_side(certificate))

    mail.SmtpPost("smtps", "127.0.0.1", port, trusted=_trusting(certificate)).send(_message())

    assert len(inbox.taken) == 1


def _knows(
    _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
) -> AuthResult:
    return AuthResult(success=data == LoginPassword(b"treize", b"sesame"), handled=False)


def _with_password(port: int, password: str, certificate: Path) -> mail.SmtpPost:
    trusted = _trusting(certificate)
    return mail.SmtpPost("smtp+starttls", "127.0.0.1", port, "treize", password, trusted=trusted)


def test_a_password_is_given_over_tls(start: Start, inbox: Inbox, certificate: Path) -> None:
    port = start(tls_context=_server_side(certificate), authenticator=_knows, auth_required=True)

    _with_password(port, "sesame", certificate).send(_message())

    assert len(inbox.taken) == 1


def test_a_wrong_password_says_that_nothing_left(
    start: Start, inbox: Inbox, certificate: Path
) -> None:
    port = start(tls_context=_server_side(certificate), authenticator=_knows, auth_required=True)

    with pytest.raises(mail.NotAccepted, match="535"):
        _with_password(port, "wrong", certificate).send(_message())

    assert inbox.taken == []


def test_a_password_is_not_sent_in_clear_to_another_machine(
    monkeypatch: pytest.MonkeyPatch, start: Start, inbox: Inbox
) -> None:
    monkeypatch.setattr(mail, "_LOOPBACK", frozenset())
    post = mail.SmtpPost("smtp", "127.0.0.1", start(), "treize", "sesame")

    with pytest.raises(mail.NotAccepted, match="TLS"):
        post.send(_message())

    assert inbox.taken == []


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Un\nBcc: autre@ailleurs.example"},
        {"to_name": "Une\r\nBcc: autre@ailleurs.example"},
        {"to_address": "une@ehpad.example, autre@ailleurs.example"},
    ],
)
def test_no_header_is_smuggled_in(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        _message(**change)


@pytest.mark.parametrize("name", ["Hélène Exemple", "Helene"])
def test_a_domain_with_accents_is_written_to_by_its_other_name(
    start: Start, inbox: Inbox, name: str
) -> None:
    mail.SmtpPost("smtp", "127.0.0.1", start()).send(
        _message(to_name=name, to_address="helene@ehpad-privé.example")
    )

    assert inbox.taken[0].rcpt_tos == ["helene@xn--ehpad-priv-k7a.example"]
    assert mail.same("Helene@EHPAD-privé.example", "helene@xn--ehpad-priv-k7a.EXAMPLE")
    assert not mail.same("helene@ehpad-privé.example", "helene@ehpad-prive.example")


def test_what_cannot_be_made_ready_did_not_leave(start: Start, inbox: Inbox) -> None:
    """Whatever it is: « may have left » is said of what was handed over alone."""

    class Broken:
        def sign(self, _message: bytes) -> bytes:
            raise LookupError("no key")

    post = mail.SmtpPost("smtp", "127.0.0.1", start(), signer=Broken())  # type: ignore[arg-type]  # a signer that fails

    with pytest.raises(mail.NotAccepted):
        post.send(_message())
    assert inbox.taken == []


@pytest.mark.parametrize("domain", ["é" * 70 + ".example", "a..é", "\ud800é.fr"])
def test_a_domain_without_another_name_is_refused_as_what_mail_cannot_carry(domain: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        _message(to_address=f"helene@{domain}")
    assert not mail.same(f"a@{domain}", f"a@{domain}")
