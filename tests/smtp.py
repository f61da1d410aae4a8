"""Mail servers on loopback: one that takes messages, one that dies where it is told to."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from portal.kit import mail


class Inbox:
    """What a server took; what it answers instead, and how late, where a test says so."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.sessions: list[Session] = []
        self.answers: dict[str, str] = {}
        self.pauses: dict[str, float] = {}

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd looks for
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        await asyncio.sleep(self.pauses.get("RCPT", 0))
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd looks for
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.get("DATA", "250 OK")
        await asyncio.sleep(self.pauses.get("DATA", 0))
        if answer.startswith("250"):
            self.taken.append(envelope)
            self.sessions.append(session)
        return answer

    def read(self) -> EmailMessage:
        (envelope,) = self.taken
        return self.parsed(envelope)

    @staticmethod
    def parsed(envelope: Envelope) -> EmailMessage:
        assert isinstance(envelope.content, bytes)
        read = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read


@pytest.fixture
def post_office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """The portal sends through a server that fills this inbox."""
    inbox = Inbox()
    with serving(inbox) as port:
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        yield inbox


@contextmanager
def serving(inbox: Inbox, **settings: Any) -> Iterator[int]:
    """A server over this inbox; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def speak(lines: list[bytes]) -> int:
    """A server that answers with these lines, one for each of ours, then dies."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as peer, peer.makefile("rb") as heard:
            for line in lines:
                peer.sendall(line + b"\r\n")
                while line.startswith(b"354") and heard.readline() not in {b".\r\n", b""}:
                    pass
                if not line.startswith(b"354"):
                    heard.readline()

    threading.Thread(target=serve, daemon=True).start()
    port: int = listening.getsockname()[1]
    return port
