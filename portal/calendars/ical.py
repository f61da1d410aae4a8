"""Entries written as iCalendar (RFC 5545, RFC 7986).

Events for whoever shows days, which every calendar does; tasks for the few that subscribe to them
(Thunderbird, Nextcloud).  Days are dates without a time: no time zone is needed to read them, and
none is declared that nothing would name.  What is said of instants is in UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import StrEnum

from icalendar import Calendar, Component, Event, Todo

from portal.calendars.entries import Entry, Standing
from portal.kit.i18n import gettext

TYPE = "text/calendar; charset=utf-8"
#: How often software should ask again.
REFRESHED = timedelta(hours=4)
_ONE_DAY = timedelta(days=1)
_TASKS = {
    Standing.OPEN: "NEEDS-ACTION",
    Standing.STARTED: "IN-PROCESS",
    Standing.DONE: "COMPLETED",
    Standing.CANCELLED: "CANCELLED",
}


class Shape(StrEnum):
    EVENTS = "evenements"
    TASKS = "taches"


@dataclass(frozen=True)
class Cover:
    """``name``: what the calendar is called; ``site``: what a path begins with."""

    name: str
    site: str


def written(entries: Iterable[Entry], shape: Shape, cover: Cover) -> bytes:
    """The calendar, its entries in the order of their ids: the same content is the same file."""
    calendar = Calendar()
    calendar.add("prodid", "-//Treize//Calendrier//FR")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, cover.name)
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{REFRESHED // timedelta(hours=1)}H")
    make = _task if shape is Shape.TASKS else _event
    for entry in sorted(entries, key=lambda one: one.uid):
        if (made := make(entry)) is not None:
            calendar.add_component(_described(made, entry, cover))
    content: bytes = calendar.to_ical()
    return content


def _event(entry: Entry) -> Component | None:
    """A whole day that keeps nobody busy; what has no day is no event."""
    if entry.day is None:
        return None
    made = Event()
    made.add("summary", _done(entry) if entry.standing is Standing.DONE else entry.title)
    made.add("dtstart", entry.day)
    made.add("dtend", entry.day + _ONE_DAY)
    made.add("transp", "TRANSPARENT")
    cancelled = entry.standing is Standing.CANCELLED
    made.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    return made


def _done(entry: Entry) -> str:
    words: str = gettext("Done: %(title)s", title=entry.title)
    return words


def _task(entry: Entry) -> Component:
    made = Todo()
    made.add("summary", entry.title)
    if entry.day is not None:
        made.add("due", entry.day)
    made.add("status", _TASKS[entry.standing])
    if entry.standing is Standing.DONE and entry.done_at is not None:
        made.add("completed", entry.done_at.astimezone(UTC))
        made.add("percent-complete", 100)
    return made


def _described(made: Component, entry: Entry, cover: Cover) -> Component:
    address = f"{cover.site}{entry.path}"
    changed = entry.changed_at.astimezone(UTC)
    made.add("uid", entry.uid)
    # Without a method, the stamp is when the entry last changed (RFC 5545, 3.8.7.2).
    made.add("dtstamp", changed)
    made.add("last-modified", changed)
    made.add("sequence", entry.sequence)
    made.add("priority", entry.priority)
    # Few show the property: the address is said in words as well.
    made.add("description", "\n\n".join(part for part in (entry.text, address) if part))
    made.add("url", address)
    made.add("class", "PRIVATE")
    if entry.place:
        made.add("location", entry.place)
    return made
