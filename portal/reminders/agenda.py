"""Lapses and reviews as days of a person's calendar: those that she is told of by the rules."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from flask import url_for

from portal.calendars import entries as calendar
from portal.calendars.entries import Entry, Reader
from portal.kit.i18n import gettext
from portal.reminders import lapsing, letter, queries, registry, stages
from portal.reminders.items import Item, Window
from portal.reminders.kinds import RUNG_OF, Rung, Subject
from portal.reminders.stages import Team
from tenants import queries as tenancy
from tenants.context import Reach, current_scope

#: Nearer than this, it comes first.
SOON: Final = 7
MOST: Final = 500
#: Nobody stands in for anybody here: what one is ever told of is hers.
_EVERYBODY: Final = Team(frozenset(Rung), frozenset())


def entries(reader: Reader, today: date, *, ahead: timedelta) -> Iterator[Entry]:
    """The nearest first; in the reader's own scope.  ``wide`` also tells what others are told."""
    actor = reader.actor
    if actor.role not in RUNG_OF:
        return
    listed = current_scope().reach is Reach.LISTED
    reached = tenancy.reached_establishments(reader.membership_id) if listed else None
    edition_id = tenancy.tenant(actor.tenant_id).edition_id
    window = Window(edition_id, today, today - stages.BEHIND, today + ahead, reached)
    hers = stages.Reader(
        actor.user_id, RUNG_OF[actor.role], queries.declined().get(actor.user_id, ()), {}
    )
    rules, say = queries.kind_rules(), letter.Words(today, listed=listed)
    found = sorted(lapsing.items(window), key=lambda item: (item.due_on, item.label))
    told = [i for i in found if reader.wide or stages.concerns(i, hers, _EVERYBODY, rules)]
    for item in told[:MOST]:
        yield _entry(item, say, reader.slug, today, listed=listed)


def _entry(item: Item, say: letter.Words, slug: str, today: date, *, listed: bool) -> Entry:
    line = say.line(item)
    endpoint, values = registry.remedy(item, listed=listed)
    title = line.what
    if item.subject is Subject.EVIDENCE:
        title = gettext("Proof lapses: %(what)s", what=line.what)
    return Entry(
        uid=_uid(item),
        title=title,
        day=item.due_on,
        text=line.holds,
        place=item.place if item.touched == 1 else "",
        path=url_for(endpoint, tenant_slug=slug, **values),
        changed_at=item.changed_at,
        # In minutes: grows with each change, and fits where calendars keep it.
        sequence=int(item.changed_at.timestamp()) // 60,
        priority=calendar.HIGH if item.days(today) <= SOON else calendar.NORMAL,
    )


def _uid(item: Item) -> str:
    """A proof has one last day, which may move; what is reviewed has several, each its own."""
    if item.subject is Subject.EVIDENCE:
        return f"proof-{item.subject_id}"
    return f"{item.subject.value}-{item.subject_id}-{item.due_on:%Y%m%d}"
