"""One day's reminders for one tenant: what each person sees lapse, told once, in one message."""

from datetime import date, datetime, timedelta

from portal.kit import clock, numbering
from portal.reminders import centre, drafting, letter, queries, service, workdays
from portal.reminders.drafting import Digest
from tenants import queries as tenancy
from tenants.context import current_tenant_id
from tenants.db import db


def plan(today: date, *, at: datetime, keeps_hours: bool) -> int:
    """Write ``today``'s digests and promise to send them; returns how many.

    On a quiet day none is written; the last message before it tells what comes due meanwhile.
    What a message of a former day tells that has not left, today's tells in its place.
    ``keeps_hours``: whether messages reach people, whom nobody should wake up.

    Begins between two transactions and reads in short ones of its own, since each person's share
    is read in that person's scope; what it writes is the caller's to commit.
    """
    calendar = queries.rule().calendar
    if workdays.is_quiet(today, calendar):
        return 0
    until = workdays.covered(today, calendar)
    people = queries.recipients(at)
    edition_id = tenancy.tenant(current_tenant_id()).edition_id
    window = drafting.window(edition_id, today, until, queries.kind_rules())
    db.session.rollback()
    found = drafting.shares(people, window)
    queries.wait_for_turn()
    service.take_over(queries.held_up(today))
    known = drafting.desk(people, today)
    digests = drafting.digests(known, found, today, until=until)
    _write(digests, today, at=at, keeps_hours=keeps_hours)
    told_on = clock.day_of(at)  # a day ahead, planned by hand, is told now all the same
    for digest in digests:
        centre.note(digest.person.user_id, digest.items, told_on)
    centre.settle(found, window, at=at)
    return len(digests)


def _write(digests: list[Digest], today: date, *, at: datetime, keeps_hours: bool) -> None:
    """The more urgent leave first: a microsecond apart."""
    tenant, rule, clocks = tenancy.tenant(current_tenant_id()), queries.rule(), queries.clocks()
    for place, digest in enumerate(digests):
        zone = clocks.get(digest.person.user_id, rule.zone)
        leaves = at
        if keeps_hours:
            leaves = workdays.departure(clock.day_of(at), at, rule.opens_at, zone)
        service.write(
            digest,
            letter.of(digest, tenant=tenant, today=today),
            message_id=numbering.written(digest.mail_id),
            send_at=leaves + timedelta(microseconds=place),
            day=today,
        )
