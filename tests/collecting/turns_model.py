"""A collection in plain Python: what is due when, and what its turns have become.

Dates and two lists, with no table and no rule taken from the portal.
"""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass
class Given:
    """A proof of a period that ended on ``covered``."""

    covered: date
    until: date
    withdrawn: bool = False


@dataclass
class Turn:
    due: date
    state: str = "open"


@dataclass(frozen=True)
class Terms:
    """What a change replaces, and an undo puts back."""

    months: int
    waits: date | None = None


@dataclass
class Collected:
    """One collection, and all that proves."""

    today: date
    first: date
    terms: Terms
    pace: str = "running"
    before: Terms | None = None
    given: list[Given] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    # What people do

    def give(self, covered: date, until: date) -> None:
        self.given.append(Given(covered, until))
        self.follow()

    def turn(self, number: int) -> None:
        """Take a proof back, or let it prove again."""
        self.given[number].withdrawn = not self.given[number].withdrawn
        self.follow()

    def change(self, months: int) -> None:
        self.before, self.terms = self.terms, Terms(months, self.terms.waits)
        self.follow()

    def may_skip(self) -> bool:
        return self.pace == "running" and self.open is not None

    def skip(self) -> None:
        assert self.open is not None
        turns = 1
        while (day := after(self.open.due, turns * self.terms.months)) <= self.today:
            turns += 1
        self.before, self.terms = self.terms, Terms(self.terms.months, day)
        self.open.state = "skipped"
        self.follow()

    def undo(self) -> None:
        assert self.before is not None
        self.terms, self.before = self.before, None
        self.follow()

    def move(self, pace: str) -> None:
        self.pace, self.before = pace, None
        self.follow()

    # What is so

    @property
    def open(self) -> Turn | None:
        found = [one for one in self.turns if one.state == "open"]
        assert len(found) <= 1
        return found[0] if found else None

    @property
    def proofs(self) -> list[Given]:
        return [one for one in self.given if not one.withdrawn]

    @property
    def due(self) -> date:
        proven = [min(one.until, after(one.covered, self.terms.months)) for one in self.proofs]
        return max(max(proven, default=self.first), self.terms.waits or date.min)

    @property
    def opens(self) -> date:
        """A month before it is due; for a short rhythm, a third of it."""
        return self.due - timedelta(min(30, 10 * self.terms.months))

    def follow(self) -> None:
        """Whatever became of proofs and days: nothing is open that should not be, nothing lost."""
        if self.open is not None:
            self._close(self.open)
        if self.pace == "running" and self.open is None and self.opens <= self.today:
            self.turns.append(Turn(self.due))

    def _close(self, turn: Turn) -> None:
        if self.pace != "running":
            turn.state = "dropped"
        elif self.terms.waits is not None and turn.due < self.terms.waits:
            turn.state = "skipped"
        elif self.proofs and self.due > turn.due:
            turn.state = "done"
        else:
            turn.due = self.due


def after(day: date, months: int) -> date:
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
