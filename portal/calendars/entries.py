"""What a calendar holds, and how slices contribute to it without knowing each other.

A slice above connects a function to ``entries_wanted``, from ``portal.app``: it is called in the
reader's own scope, with ``reader``, and returns the entries it has for her.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from blinker import Signal

from tenants.access import Actor

#: Receivers take ``reader`` and return an iterable of :class:`Entry`.
entries_wanted = Signal()
#: As RFC 5545 counts: 1 is highest, 9 lowest.
HIGH, NORMAL, LOW = 1, 5, 9


class Standing(StrEnum):
    OPEN = "open"
    STARTED = "started"
    DONE = "done"
    #: Told for a while, so that software that has it takes it out.
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Reader:
    """Whose calendar it is, by the membership whose reach the reads have.

    ``wide``: she also wants what nobody of her side took yet.
    """

    actor: Actor
    membership_id: uuid.UUID
    slug: str
    wide: bool


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One day.  Days are civil: they are the same in every time zone."""

    #: Unique and the same for ever: « action-<id> ».
    uid: str
    title: str
    #: ``None`` has no place in a calendar of events; a list of tasks shows it.
    day: date | None
    text: str = ""
    place: str = ""
    #: Where it is read in full: a path of the portal.
    path: str
    changed_at: datetime
    #: Grows with each change: software keeps the highest it saw.
    sequence: int = 0
    standing: Standing = Standing.OPEN
    #: When it was done.
    done_at: datetime | None = None
    priority: int = NORMAL


def of(reader: Reader) -> Iterator[Entry]:
    """Everything the slices have for her; in her scope."""
    for _source, entries in entries_wanted.send(None, reader=reader):
        yield from entries
