"""Which reminders of one thing somebody is told, and from when: nothing here is kept.

Who is told follows from the due date, the day and the tenant's rules alone.  So what was moved to
another day begins anew with whoever is told first, and what was done is told to nobody.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from portal.contests.models import Side
from portal.reminders.items import Item, Wait
from portal.reminders.kinds import EARLIEST, LADDER, LATEST, Kind, KindRules, Rung

#: What lapsed longer ago is no news; the screens still show it.
BEHIND = timedelta(days=-LATEST)
#: The soonest that anything is told.
AHEAD = timedelta(days=EARLIEST)


@dataclass(frozen=True)
class Team:
    """Who there is to tell."""

    rungs: frozenset[Rung]
    people: frozenset[uuid.UUID]

    def gap(self, rung: Rung, gaps: Mapping[Rung, int | None]) -> int | None:
        """When this rung is told: for those below where nobody is, in their place."""
        own = gaps[rung]
        if own is None or rung not in LADDER:
            return own
        for below in reversed(LADDER[: LADDER.index(rung)]):
            if below in self.rungs:
                break
            own = min(own, own if (lower := gaps[below]) is None else lower)
        return own


@dataclass(frozen=True)
class Reader:
    """One person, as far as it changes what she is told.

    ``waits``: what she wants to hear nothing of before a day, which then tells again.
    """

    user_id: uuid.UUID
    rung: Rung
    declined: Collection[Kind]
    waits: Mapping[Wait, date]


@dataclass(frozen=True)
class Told:
    """A step that has come for somebody; ``raised``: it went up to her, others were told before."""

    step: int
    raised: bool


def step(item: Item, on: date, days: Collection[int], *, latest: int = LATEST) -> int | None:
    """The nearest of ``days`` already passed, ``None`` before the first.

    A day missed is caught up by the step nearest to it; those before it are never told.
    """
    left = item.days(on)
    if left < latest:
        return None
    return min((day for day in days if left <= day), default=None)


def told(
    item: Item, on: date, reader: Reader, team: Team, rules: Mapping[Kind, KindRules]
) -> Told | None:
    """What has come for her by ``on``; ``None``: nothing that she is told of."""
    if item.kind in reader.declined:
        return None
    gap = _gap(item, reader, team, rules[item.kind])
    days, latest = rules[item.kind].days(gap), LATEST
    until = reader.waits.get(item.wait)
    if until is not None and gap is not None:
        if on < until:
            return None
        again = item.days(until)
        # However long ago it lapsed: that day was promised to tell it.
        days, latest = (*days, again), min(LATEST, again + LATEST)
    found = step(item, on, days, latest=latest)
    return None if found is None else Told(found, raised=bool(gap))


def concerns(item: Item, reader: Reader, team: Team, rules: Mapping[Kind, KindRules]) -> bool:
    """Whether she is told of it sooner or later."""
    return item.kind not in reader.declined and bool(
        rules[item.kind].days(_gap(item, reader, team, rules[item.kind]))
    )


def _gap(item: Item, reader: Reader, team: Team, rules: KindRules) -> int | None:
    """How long after the first step she is told of this item; ``None``: never."""
    ours = reader.rung in LADDER
    if item.holder == reader.user_id:
        return 0
    if item.side not in {None, Side.PROVIDER if ours else Side.ESTABLISHMENT}:
        return None
    if item.holder in team.people:
        # Somebody has it in hand: her peers hear nothing, those above hear in their turn.
        own = rules.gaps[reader.rung]
        return own if reader.rung in LADDER[1:] else own or None
    gap = team.gap(reader.rung, rules.gaps)
    return 0 if item.side is Side.ESTABLISHMENT and gap is not None else gap
