"""One thing to be reminded of, whatever it is, and the window in which it is looked for."""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from portal.contests.models import Side
from portal.guide import loader
from portal.reminders.kinds import KIND_OF, SEVERAL_DAYS, Kind, Subject
from tenants.context import Reach

#: What is remembered of a reminder: subject, its id, requirement (or empty), due date, step.
Key: TypeAlias = tuple[Subject, uuid.UUID, str, date, int]
#: By which one thing is known again from one day to the next.
Name: TypeAlias = tuple[Subject, uuid.UUID, date]
#: By which it is put off: its day too, where it falls due on several.
Wait: TypeAlias = tuple[Subject, uuid.UUID] | Name
#: An endpoint and its values.
Place: TypeAlias = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Window:
    """What is due between ``first`` and ``last``, as things stand ``today``.

    ``establishments``: those that the scope reaches, ``None`` for all.  Saying so spares reading
    the others; it hides nothing that the policies would show.  ``days``: those alone.
    """

    edition_id: str
    today: date
    first: date
    last: date
    establishments: Sequence[uuid.UUID] | None = None
    days: Collection[date] | None = None

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last and (self.days is None or day in self.days)


@dataclass(frozen=True)
class Item:
    """One thing due on ``due_on``.  ``touched`` counts the establishments that it concerns.

    ``place`` names the first of them, and ``establishment_id`` is that one.
    """

    subject: Subject
    subject_id: uuid.UUID
    label: str
    due_on: date
    codes: Sequence[str]
    touched: int
    place: str
    establishment_id: uuid.UUID | None
    #: Whose business it is; ``None``: both sides'.
    side: Side | None = None
    #: Who took it: others hear of it later.
    holder: uuid.UUID | None = None
    #: When what it tells of was last written; the beginning of time where nothing keeps it.
    changed_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    #: What its requirements do not tell of its severity, as a factor.
    urgency: float = 1.0

    def days(self, today: date) -> int:
        """Days left; negative once it is past."""
        return (self.due_on - today).days

    @property
    def kind(self) -> Kind:
        return KIND_OF[self.subject]

    @property
    def name(self) -> Name:
        return (self.subject, self.subject_id, self.due_on)

    @property
    def wait(self) -> Wait:
        several = self.subject in SEVERAL_DAYS
        return self.name if several else (self.subject, self.subject_id)

    @property
    def keys(self) -> Sequence[str]:
        """What a reminder is remembered by: a review by its requirements, all else as a whole."""
        return self.codes if self.kind is Kind.REVIEW else [""]

    @property
    def severity(self) -> float:
        """The weights of what it holds up, once for each establishment."""
        known = loader.current().by_code
        weights = sum(known[code].weight if code in known else 1 for code in self.codes)
        return self.urgency * max(1, weights) * max(1, self.touched)


@dataclass(frozen=True)
class Source:
    """Where items of some subjects come from, and where something can be done about one.

    ``read``: in the reader's own scope, what it does not see is not told.  ``remedy``: from an
    item, for a reader of that reach.
    """

    subjects: frozenset[Subject]
    read: Callable[[Window], list[Item]]
    remedy: Callable[[Item, Reach], Place]


def score(item: Item, today: date) -> float:
    """Severity × nearness: the same on its day and every day after; a week before, an eighth."""
    return item.severity / (1 + max(0, item.days(today)))


def ranked(items: Sequence[Item], today: date) -> list[Item]:
    """Worst first: what is past before what comes, then severity × nearness."""
    return sorted(
        items,
        key=lambda item: (item.days(today) >= 0, -score(item, today), item.due_on, item.label),
    )
