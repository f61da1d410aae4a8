"""One day's reminders for one tenant: what each person sees lapse, told once, in one message."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from portal.reminders import lapsing, letter, numbering, queries, service, stages, workdays
from portal.reminders.lapsing import Item, Window
from portal.reminders.queries import Recipient
from portal.reminders.service import Digest
from tenants import queries as tenancy
from tenants.context import current_tenant_id, entered
from tenants.db import db


def plan(today: date, *, at: datetime, send_at: datetime) -> int:
    """Write ``today``'s digests and promise to send them; returns how many.

    On a quiet day none is written; the last message before it tells what comes due meanwhile.

    Begins between two transactions and reads in short ones of its own, since each person's share
    is read in that person's scope; what it writes is the caller's to commit.
    """
    tenant = tenancy.tenant(current_tenant_id())
    calendar = queries.rule().calendar
    if workdays.is_quiet(today, calendar):
        return 0
    until = workdays.covered(today, calendar)
    window = Window(tenant.edition_id, today, today - stages.BEHIND, until + stages.AHEAD)
    people = queries.recipients(at)
    db.session.rollback()
    digests = service.due(_shares(people, window), today, until=until)
    tenant = tenancy.tenant(current_tenant_id())
    for digest in digests:
        written = letter.compose(digest.person, digest.items, tenant=tenant, today=today)
        service.write(
            digest,
            written,
            message_id=numbering.written(digest.mail_id),
            send_at=_turn(digest, today, send_at),
        )
    return len(digests)


def _turn(digest: Digest, today: date, send_at: datetime) -> datetime:
    """The nearest due dates leave first: a microsecond later for each day that is left."""
    nearest = min(item.days(today) for item in digest.items)
    return send_at + timedelta(microseconds=max(0, nearest))


def _shares(people: Sequence[Recipient], window: Window) -> list[tuple[Recipient, Sequence[Item]]]:
    """What lapses for each; the provider's people all see the same."""
    ours = [person for person in people if not person.listed]
    shares = [(person, _seen_by(person, window)) for person in people if person.listed]
    seen = _seen_by(ours[0], window) if ours else []
    return [*((person, seen) for person in ours), *shares]


def _seen_by(person: Recipient, window: Window) -> Sequence[Item]:
    with entered(person.scope):
        found = lapsing.items(replace(window, establishments=person.establishments))
        db.session.rollback()
    return found
