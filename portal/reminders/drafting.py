"""What each person is to be told on a day: the one reckoning behind sending and behind previews."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeAlias

from portal.reminders import postponed, queries, registry, stages, workdays
from portal.reminders.items import Item, Key, Name, Wait, Window, ranked, score
from portal.reminders.kinds import Kind, KindRules
from portal.reminders.queries import Recipient
from portal.reminders.stages import Reader, Team
from portal.reminders.workdays import Calendar
from tenants.context import current_tenant_id, entered
from tenants.db import db

#: What the fleet's week looks ahead to, besides all that is late.
WEEKS_AHEAD = timedelta(days=14)
_WEEK = timedelta(days=7)
#: A longer week is not read.
MOST_OF_WEEK = 15
Share: TypeAlias = tuple[Recipient, Sequence[Item]]


@dataclass(frozen=True)
class Digest:
    """What one person is told on one day.  ``mail_id`` follows from the two.

    ``raised``: those of the items that went up to her.  ``week``: what the whole fleet has before
    it, besides the items, worst first; ``weekly``: whether this message tells the week.
    """

    person: Recipient
    mail_id: uuid.UUID
    items: Sequence[Item]
    keys: Sequence[Key]
    raised: frozenset[Name] = frozenset()
    week: Sequence[Item] = ()
    weekly: bool = False


@dataclass
class Desk:
    """All that is known of a tenant when a day is drafted, besides what is due.

    :meth:`note` adds a day's digests, so that the next day can be drafted before this one is sent.
    """

    rules: Mapping[Kind, KindRules]
    weekly_on: int | None
    calendar: Calendar
    team: Team
    declined: Mapping[uuid.UUID, Collection[Kind]]
    waits: Mapping[uuid.UUID, Mapping[Wait, date]]
    told: dict[uuid.UUID, set[Key]] = field(default_factory=dict)
    weeks: dict[uuid.UUID, date] = field(default_factory=dict)
    written: frozenset[uuid.UUID] = frozenset()

    def note(self, digests: Sequence[Digest], day: date) -> None:
        for digest in digests:
            user_id = digest.person.user_id
            self.told.setdefault(user_id, set()).update(digest.keys)
            if digest.weekly:
                self.weeks[user_id] = day

    def reader(self, person: Recipient) -> Reader:
        who = person.user_id
        return Reader(who, person.rung, self.declined.get(who, ()), self.waits.get(who, {}))


def desk(people: Sequence[Recipient], today: date) -> Desk:
    """As it stands; what waits in messages of former days counts as not yet told."""
    rule = queries.rule()
    return Desk(
        rules=queries.kind_rules(),
        weekly_on=rule.weekly_on,
        calendar=rule.calendar,
        team=Team(
            frozenset(person.rung for person in people),
            frozenset(person.user_id for person in people),
        ),
        declined=queries.declined(),
        waits=postponed.waits(),
        told=queries.told(_since(today), today=today),
        weeks=queries.weeks_told(_monday(today) - _WEEK, today=today),
        written=queries.written_on(today),
    )


def window(edition_id: str, today: date, until: date, rules: Mapping[Kind, KindRules]) -> Window:
    """All that may be told from ``today`` until that day."""
    first = max(
        (timedelta(days=r.steps[0]) for r in rules.values() if r.steps), default=WEEKS_AHEAD
    )
    return Window(edition_id, today, _since(today), until + max(first, WEEKS_AHEAD))


def _since(today: date) -> date:
    """What lapsed before is told to nobody, unless somebody put it off until some day of late."""
    return min(today - stages.BEHIND, postponed.oldest(today) or today)


def shares(people: Sequence[Recipient], asked: Window) -> list[Share]:
    """What is due for each; the provider's people all see the same."""
    ours = next((person for person in people if not person.listed), None)
    seen = seen_by(ours, asked) if ours else []
    return [(person, seen_by(person, asked) if person.listed else seen) for person in people]


def seen_by(person: Recipient, asked: Window) -> Sequence[Item]:
    """What is due for her, read in her own scope: begins and ends between two transactions."""
    with entered(person.scope):
        found = registry.items(replace(asked, establishments=person.establishments))
        db.session.rollback()
    return found


def digests(
    known: Desk, found: Sequence[Share], today: date, *, until: date | None = None
) -> list[Digest]:
    """What each is to be told on ``today`` and was not told yet, the most urgent message first.

    ``until``: the last day before the next message may leave; what would be told by then is told
    today.  Nobody is written to twice a day.
    """
    drafted = [_digest(known, share, today, until or today) for share in found]
    waiting = [d for d in drafted if (d.items or d.weekly) and d.mail_id not in known.written]
    return sorted(waiting, key=lambda digest: _urgency(digest, today))


def mail_id(person: Recipient, day: date) -> uuid.UUID:
    return uuid.uuid5(current_tenant_id(), f"{person.user_id} {day}")


def _urgency(digest: Digest, today: date) -> tuple[int, float]:
    """The nearest due date, what is past first; then how much depends on the worst of it."""
    items = digest.items or digest.week
    nearest = min(item.days(today) for item in items)
    return max(0, nearest), -max(score(item, today) for item in items)


def _digest(known: Desk, share: Share, today: date, until: date) -> Digest:
    person, items = share
    reader, told = known.reader(person), known.told.get(person.user_id, set())
    fresh: list[Item] = []
    keys: list[Key] = []
    raised: set[Name] = set()
    for item in items:
        # Put off beyond today: what the days until the next message bring is not told of it.
        if reader.waits.get(item.wait, today) > today:
            continue
        come = stages.told(item, until, reader, known.team, known.rules)
        missing = [] if come is None else [key for key in _keys(item, come.step) if key not in told]
        if come is None or not missing:
            continue
        fresh.append(item)
        keys += missing
        if come.raised:
            raised.add(item.name)
    whole = week(known, person, items, today)
    shown = [item for item in whole if item not in fresh][:MOST_OF_WEEK]
    return Digest(
        person, mail_id(person, today), ranked(fresh, today), keys, frozenset(raised),
        shown, weekly=bool(whole),
    )  # fmt: skip


def _keys(item: Item, step: int) -> list[Key]:
    return [(item.subject, item.subject_id, code, item.due_on, step) for code in item.keys]


def week(known: Desk, person: Recipient, items: Sequence[Item], today: date) -> list[Item]:
    """What the fleet has before it on her day; nothing on any other."""
    return ahead(known, person, items, today) if _is_her_day(known, person, today) else []


def ahead(known: Desk, person: Recipient, items: Sequence[Item], today: date) -> list[Item]:
    """What the fleet has before it, by severity × nearness; nothing to who is not told of it."""
    if not _wants_week(known, person):
        return []
    reader = known.reader(person)
    found = [
        item
        for item in items
        if today - stages.BEHIND <= item.due_on <= today + WEEKS_AHEAD
        and stages.concerns(item, reader, known.team, known.rules)
        and reader.waits.get(item.wait, today) <= today
    ]
    return sorted(found, key=lambda item: (-score(item, today), item.due_on, item.label))


def _wants_week(known: Desk, person: Recipient) -> bool:
    declined = Kind.WEEKLY in known.declined.get(person.user_id, ())
    return not (person.listed or declined or known.weekly_on is None)


def _is_her_day(known: Desk, person: Recipient, today: date) -> bool:
    """The chosen weekday, or the first one after it that is not quiet; once a week."""
    if known.weekly_on is None:
        return False
    present = _week_told(today, known.weekly_on, known.calendar)
    if today < present + timedelta(days=known.weekly_on):
        return False
    last = known.weeks.get(person.user_id)
    return last is None or _week_told(last, known.weekly_on, known.calendar) < present


def _week_told(day: date, weekday: int, calendar: Calendar) -> date:
    """The Monday of the week that a message of ``day`` tells.

    The former one, when all has been quiet since its chosen weekday: a Friday that is a holiday.
    """
    chosen = day - timedelta(days=(day.weekday() - weekday) % 7)
    since = (chosen + timedelta(days=after) for after in range((day - chosen).days))
    late = all(workdays.is_quiet(one, calendar) for one in since)
    return _monday(chosen if late else day)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
