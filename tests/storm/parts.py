"""The processes that live and die in a storm, each a function run in a child of its own."""

import asyncio
import logging
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text

from portal import dispatcher, worker
from portal.app import create_app
from portal.kit import outbox, retries
from tenants.db import db

KIND = "storm.work"
#: What a storm in a hurry lowers, and to how many seconds.
HASTE = "STORM_HASTE"
LEASE, BEAT, TRUST, PAUSE = 3.0, 0.7, 4.0, 1.0
_CHANCE = random.SystemRandom()


@outbox.job(KIND, seconds=120)
def effect(held: outbox.Lease) -> None:
    """Leave one row, sooner or later.  Nothing but the fence keeps it from leaving two."""
    busy = Path(os.environ["STORM_BUSY"]) / str(os.getpid())
    busy.touch()
    try:
        time.sleep(_CHANCE.uniform(0.01, 0.06))
        db.session.execute(
            text("INSERT INTO storm_effect (outbox_id) VALUES (:id)"), {"id": held.outbox_id}
        )
        time.sleep(_CHANCE.uniform(0.01, 0.06))
    finally:
        busy.unlink()


def _begin() -> None:
    """Say to the storm's own log what is to say: what catches it in a test is left by the fork."""
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    if (root := logging.getLogger()).handlers:
        root.handlers[:] = [logging.StreamHandler()]
    hasten()


def hasten() -> None:
    """Live faster, where the storm says so: the same rules, shorter terms."""
    shorter = (
        (outbox, "LEASED_FOR", timedelta(seconds=LEASE)),
        (retries, "PAUSE_SECONDS", PAUSE),
        (worker, "BEAT_SECONDS", BEAT),
        (dispatcher, "HANDED", timedelta(seconds=TRUST)),
    )
    for module, name, value in shorter if os.environ.get(HASTE) else ():
        setattr(module, name, value)


def work() -> None:
    _begin()
    worker.JOBS[KIND] = effect
    app = create_app()
    with app.app_context():
        worker.run(app)


def dispatch() -> None:
    _begin()
    worker.JOBS[KIND] = effect
    dispatcher.run(create_app())


class _Post:
    """Notes each message's id on disk before it answers."""

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd looks for
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        await asyncio.sleep(_CHANCE.uniform(0, 0.05))
        _note(f"{message_from_bytes(envelope.content)['Message-ID']}\n")
        await asyncio.sleep(_CHANCE.uniform(0, 0.05))
        return "250 OK"


def _note(line: str) -> None:
    with Path(os.environ["STORM_INBOX"]).open("a") as book:
        book.write(line)


def post() -> None:
    """A mail server that outlives everything."""
    handler: Any = _Post()
    Controller(handler, hostname="127.0.0.1", port=int(os.environ["STORM_SMTP"])).start()
    threading.Event().wait()


def wanted(workers: int) -> dict[str, Callable[[], None]]:
    """Who is to be alive, by name, and what each of them does."""
    at_work = {f"worker-{number}": work for number in range(workers)}
    return {"post": post, "dispatcher": dispatch, **at_work}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        found: int = free.getsockname()[1]
        return found
