"""What is there when a storm is over, held against what was promised."""

import uuid
from collections import Counter
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import text

from portal.reminders.models import Mail, MailState
from portal.reminders.service import SEND
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.storm import parts
from tests.storm.ledger import Ledger, Page
from tests.storm.plan import Found

_ROWS = text("SELECT id, dedup_key, attempts FROM outbox WHERE kind = :kind")


@dataclass
class Remains:
    """Of all tenants: work by its key, messages by their number, and effects."""

    work: dict[str, uuid.UUID] = field(default_factory=dict)
    mails: dict[str, MailState] = field(default_factory=dict)
    #: How often the work of each was leased.
    tries: list[int] = field(default_factory=list)
    leased: dict[str, int] = field(default_factory=dict)
    effects: Counter[uuid.UUID] = field(default_factory=Counter)


def remains(app: Flask, tenants: list[Actor]) -> Remains:
    seen = Remains()
    for actor in tenants:
        with app.app_context(), tenant_scope(actor.tenant_id):
            _of_one(seen)
            db.session.remove()
            db.engine.dispose()
    return seen


def _of_one(seen: Remains) -> None:
    for row in db.session.execute(_ROWS, {"kind": parts.KIND}):
        seen.work[row.dedup_key] = row.id
        seen.tries.append(row.attempts)
    leased = {row.dedup_key: row.attempts for row in db.session.execute(_ROWS, {"kind": SEND})}
    for mail in db.session.scalars(db.select(Mail)):
        seen.mails[mail.message_id] = mail.state
        seen.leased[mail.message_id] = leased.get(str(mail.id), 0)
    # Of no tenant: the same each time.
    seen.effects = Counter(db.session.scalars(text("SELECT outbox_id FROM storm_effect")))


def judge(found: Found, ledger: Ledger, seen: Remains, received: Counter[str]) -> None:
    """Write into ``found`` what became of each promise.  ``received``: by number of message."""
    work, mails = ledger.work, ledger.mails
    there = set(seen.work)
    found.unsure = len(work.unsure) + len(mails.unsure)
    found.unsure_there = len(work.unsure & there) + len(mails.unsure & set(seen.mails))
    found.refused = len(work.refused) + len(mails.refused)
    found.promised, found.vanished = _kept(work, there)
    found.mails, found.mails_vanished = _kept(mails, set(seen.mails))
    known = set(seen.work.values())
    found.astray = len(seen.effects.keys() - known)
    found.astray += len(there - work.kept - work.unsure) + len(mails.refused & set(seen.mails))
    found.lost = len(known - seen.effects.keys())
    found.doubled = sum(count - 1 for count in seen.effects.values())
    found.tries = max(seen.tries, default=0)
    _post(found, seen, received)


def _kept(page: Page, there: set[str]) -> tuple[int, int]:
    """How many were promised, and how many of those that were acknowledged are gone."""
    return len(page.kept | page.unsure & there), len(page.kept - there)


def _post(found: Found, seen: Remains, received: Counter[str]) -> None:
    """A message's end is explained where it was leased again: who had it first was struck."""
    found.mails_doubled = sum(count - 1 for count in received.values())
    unknown = {number for number, state in seen.mails.items() if state is MailState.UNKNOWN}
    found.mails_lost = len(seen.mails.keys() - unknown - received.keys())
    found.mails_unknown = len(unknown)
    found.mails_unexplained = sum(seen.leased[number] < 2 for number in unknown)
