"""Who will receive what in the days to come, by the very reckoning that sends."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from portal.reminders import drafting, queries, workdays
from portal.reminders.drafting import Desk, Digest, Share
from portal.reminders.kinds import Kind, KindRules
from portal.reminders.queries import Recipient
from portal.reminders.stages import Team
from portal.reminders.workdays import Calendar
from tenants.db import db


@dataclass(frozen=True)
class Proposal:
    """Rules that nobody has said yes to, to see what they would do."""

    rules: Mapping[Kind, KindRules]
    calendar: Calendar
    weekly_on: int | None


@dataclass(frozen=True)
class Day:
    """What leaves on one day, the most urgent first."""

    day: date
    digests: Sequence[Digest]


@dataclass(frozen=True)
class Outlook:
    """Everybody who may be told, and those of them whose messages are reckoned.

    ``days``: how many, today among them.
    """

    everybody: Sequence[Recipient]
    shown: Sequence[Recipient]
    edition_id: str
    today: date
    days: int


def present(proposal: Proposal | None = None) -> Proposal:
    """The rules as they are, unless others are proposed."""
    if proposal is not None:
        return proposal
    rule = queries.rule()
    return Proposal(queries.kind_rules(), rule.calendar, rule.weekly_on)


def ahead(outlook: Outlook, proposals: Sequence[Proposal]) -> list[list[Day]]:
    """What each of these rules will send, if nothing changes meanwhile.

    Begins between two transactions: what each sees is read in her own scope, once for all rules.
    """
    last = outlook.today + timedelta(days=outlook.days - 1)
    until = max(workdays.covered(last, proposal.calendar) for proposal in proposals)
    windows = [
        drafting.window(outlook.edition_id, outlook.today, until, proposal.rules)
        for proposal in proposals
    ]
    db.session.rollback()
    shares = drafting.shares(outlook.shown, max(windows, key=lambda window: window.last))
    return [_days(outlook, proposal, shares) for proposal in proposals]


def _days(outlook: Outlook, proposal: Proposal, shares: Sequence[Share]) -> list[Day]:
    known = _desk(outlook, proposal, shares)
    found = []
    for day in (outlook.today + timedelta(days=after) for after in range(outlook.days)):
        if workdays.is_quiet(day, proposal.calendar):
            continue
        until = workdays.covered(day, proposal.calendar)
        digests = drafting.digests(known, shares, day, until=until)
        known.note(digests, day)
        found.append(Day(day, digests))
    return found


def _desk(outlook: Outlook, proposal: Proposal, shares: Sequence[Share]) -> Desk:
    known = drafting.desk(outlook.everybody, outlook.today)
    known = replace(
        known, rules=proposal.rules, weekly_on=proposal.weekly_on, calendar=proposal.calendar
    )
    if any(not person.listed for person in outlook.everybody):
        return known
    # Whoever reads by a list knows of nobody else: what somebody holds, somebody holds.
    holders = {item.holder for _person, items in shares for item in items if item.holder}
    return replace(known, team=Team(known.team.rungs, known.team.people | holders))


def people(user_id: uuid.UUID, at: datetime, *, listed: bool) -> Sequence[Recipient]:
    """Whom a reader of the outlook may see: everybody, or herself alone.  Ours come first."""
    if listed:
        found = queries.recipient(user_id, at)
        return [found] if found else []
    return sorted(queries.recipients(at), key=lambda person: person.listed)
