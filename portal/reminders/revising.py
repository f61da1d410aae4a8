"""Whether a message that is about to leave is still true, and what is left of it.

What was done, cancelled, moved, put off or declined since it was written is told no more.  The
lines of the fleet's week are kept nowhere: they are reckoned again as they were the first time.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from portal.reminders import drafting, letter, postponed, queries, service, stages
from portal.reminders.drafting import Digest
from portal.reminders.items import Item, Key, Window
from portal.reminders.queries import Recipient
from tenants import queries as tenancy
from tenants.context import current_tenant_id
from tenants.db import db


def revise(mail_id: uuid.UUID, person: Recipient, today: date, *, at: datetime) -> None:
    """Rewrite a message that tells what is no more; take it back when nothing is left.

    Begins between two transactions, since what she sees is read in her own scope; what it writes
    is the caller's to commit.
    """
    keys, weekly = queries.keys_in(mail_id), queries.mail(mail_id).weekly
    if not keys and not weekly:
        return
    asked = _window(keys, today, weekly=weekly)
    db.session.rollback()
    items = drafting.seen_by(person, asked)
    left = _standing(keys, items, person, today)
    if not weekly and len(left) == len(keys):
        return
    digest = _digest(mail_id, person, items, left, today, at=at, weekly=weekly)
    if digest.items or digest.week:
        tenant = tenancy.tenant(current_tenant_id())
        service.rewrite(digest, letter.of(digest, tenant=tenant, today=today))
    else:
        service.take_over([mail_id])


def _window(keys: Sequence[Key], today: date, *, weekly: bool) -> Window:
    """Just what the message tells, unless it tells the whole week."""
    edition_id = tenancy.tenant(current_tenant_id()).edition_id
    days = {due_on for _subject, _id, _code, due_on, _step in keys}
    if weekly:
        return drafting.window(edition_id, today, max([*days, today]), queries.kind_rules())
    return Window(edition_id, today, min(days), max(days), days=days)


def _standing(
    keys: Sequence[Key], items: Sequence[Item], person: Recipient, today: date
) -> list[Key]:
    declined = queries.declined().get(person.user_id, set())
    waits = postponed.waits(person.user_id).get(person.user_id, {})
    due = {
        (*item.name, code)
        for item in items
        for code in item.keys
        if item.kind not in declined and waits.get(item.wait, today) <= today
    }
    return [key for key in keys if (key[0], key[1], key[3], key[2]) in due]


def _digest(
    mail_id: uuid.UUID,
    person: Recipient,
    items: Sequence[Item],
    keys: Sequence[Key],
    today: date,
    *,
    at: datetime,
    weekly: bool,
) -> Digest:
    """The message as it would be written now, of those reminders alone."""
    known = drafting.desk(queries.recipients(at), today)
    names = {(subject, subject_id, due_on) for subject, subject_id, _code, due_on, _step in keys}
    kept = [item for item in items if item.name in names]
    reader = known.reader(person)
    told = {item.name: stages.told(item, today, reader, known.team, known.rules) for item in kept}
    week = drafting.ahead(known, person, items, today) if weekly else []
    return Digest(
        person, mail_id, kept, keys,
        frozenset(name for name, come in told.items() if come and come.raised),
        [item for item in week if item not in kept][: drafting.MOST_OF_WEEK],
        weekly=bool(week),
    )  # fmt: skip
