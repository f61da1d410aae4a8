"""What was promised, as whoever asked for it was answered: what is found is held against that."""

import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy.exc import DBAPIError

from portal.kit import clock, numbering, outbox
from portal.reminders import service as reminders
from portal.reminders.drafting import Digest
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.reminders import scene
from tests.storm import parts

LETTER = reminders.Letter("Une échéance", "Bonjour.\n", "<p>Bonjour.</p>")


@dataclass
class Page:
    """Keys of one kind, by the answer: ``unsure`` ones were being committed when it was cut off.

    Those may be there or not, and if they are they count as the others do; what was ``refused``
    before its commit was asked for is not there.
    """

    kept: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.kept)


class Ledger:
    """Promises of all tenants: ``work`` by its key, ``mails`` by their Message-ID."""

    def __init__(self, app: Flask, tenants: list[Actor]) -> None:
        self._app, self._tenants = app, tenants
        self.work, self.mails = Page(), Page()

    def promise(self, work: int, mails: int) -> None:
        """So much for each tenant, in a transaction of its own."""
        for actor in self._tenants:
            self._one_transaction(actor, work, mails)

    def promise_until(self, over: threading.Event) -> None:
        """Small promises one after the other, whether PostgreSQL answers or not."""
        while not over.is_set():
            for actor in self._tenants:
                with suppress(DBAPIError):
                    self._one_transaction(actor, 1, 0)
            time.sleep(0.02)

    def _one_transaction(self, actor: Actor, work: int, mails: int) -> None:
        keys = {str(uuid.uuid4()) for _ in range(work)}
        numbers: set[str] = set()
        answer = "refused"
        try:
            with self._app.app_context(), tenant_scope(actor.tenant_id):
                try:
                    self._write(actor, keys, numbers, mails)
                    answer = "unsure"
                    db.session.commit()
                    answer = "kept"
                finally:
                    with suppress(DBAPIError):
                        db.session.remove()
                    db.engine.dispose()
        finally:
            getattr(self.work, answer).update(keys)
            getattr(self.mails, answer).update(numbers)

    @staticmethod
    def _write(actor: Actor, keys: set[str], numbers: set[str], mails: int) -> None:
        share: list[tuple[str, dict[str, Any]]] = [(key, {}) for key in keys]
        now = clock.now()
        # A storm over midnight has a new day's planning in it, which takes back what a former
        # day's told and has not left.  These are of no day that comes.
        day = clock.day_of(now) + timedelta(days=2)
        outbox.promise_all(parts.KIND, share, run_at=now)
        for _ in range(mails):
            digest = Digest(scene.recipient(actor), uuid.uuid4(), [], [])
            number = numbering.written(digest.mail_id)
            numbers.add(number)
            reminders.write(digest, LETTER, message_id=number, send_at=now, day=day)
