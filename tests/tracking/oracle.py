"""What tracking should say, worked out again in plain Python from what people wrote.

Shares no rule with the portal: the offerings in force, the best statement, the bearer, the proofs
that count and the scores are all restated here, slowly and one establishment at a time.
"""

import calendar
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from tenants.db import Base, db

Key = tuple[uuid.UUID, str]
#: Best first: what an establishment inherits when several offerings speak.
RANK = ("implemented", "alternative", "partial", "planned", "not_applicable")
VALUE = {"implemented": Fraction(1), "alternative": Fraction(1), "partial": Fraction(1, 2)}
ARRAYS = (
    "declared", "proven", "recognised", "applicable", "unanswered", "contested", "lapsed",
)  # fmt: skip


@dataclass(frozen=True)
class State:
    """One requirement at one establishment, as it should be."""

    applies: bool
    status: str
    origin: str
    offering_id: uuid.UUID | None
    bearer: str
    reviewed_on: date | None
    review_due: date | None
    proven: bool
    proof_until: date | None
    verdict: str
    recognised: bool
    note: str
    question: int
    weight: int


@dataclass(frozen=True)
class Card:
    """A scorecard, as it should be; arrays by question, then the totals by name."""

    arrays: Mapping[str, list[int]]
    totals: Mapping[str, int]
    next_lapse: date | None
    next_review: date | None


Rows = list[Any]
WRITTEN = (
    "establishment", "offering", "contract", "evidence", "requirement",
    "offering_requirement", "contract_bearer", "statement", "evidence_link",
)  # fmt: skip
#: Those whose rows are about one requirement each.
ABOUT = frozenset(WRITTEN[5:])


@dataclass(frozen=True)
class Facts:
    """Everything that people wrote, table by table, and by requirement where it is about one."""

    today: date
    tables: Mapping[str, Rows]
    about: Mapping[tuple[str, str], Rows]

    def __getattr__(self, table: str) -> Rows:
        return self.tables[table]

    def on(self, table: str, code: str) -> Rows:
        return self.about.get((table, code), [])


@dataclass(frozen=True)
class Home:
    """An establishment and what it has today."""

    row: Any
    contracts: frozenset[uuid.UUID]
    offerings: frozenset[uuid.UUID]


def facts(today: date) -> Facts:
    tables = {name: rows(name) for name in WRITTEN}
    about: dict[tuple[str, str], Rows] = {}
    for name in ABOUT:
        for row in tables[name]:
            about.setdefault((name, row.requirement_code), []).append(row)
    return Facts(today, tables, about)


def rows(table: str) -> Rows:
    """The table as the current scope sees it."""
    return list(db.session.execute(sa.select(Base.metadata.tables[table])))


def months_after(day: date, months: int) -> date:
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def home(known: Facts, row: Any) -> Home:
    """What it has today by contract, and whatever is included with any contract."""
    signed = [
        c
        for c in known.contract
        if c.establishment_id == row.id
        and c.starts_on <= known.today
        and (c.ends_on is None or c.ends_on >= known.today)
    ]
    had = {c.offering_id for c in signed}
    if had:
        had |= {o.id for o in known.offering if o.included and o.archived_at is None}
    return Home(row, frozenset(c.id for c in signed), frozenset(had))


def applies(requirement: Any, place: Any) -> bool:
    if requirement.condition not in {"always", *place.conditions}:
        return False
    return bool(requirement.tier == "baseline" or place.tier == "reinforced")


def bearer(known: Facts, place: Home, requirement: Any) -> str:
    """Outside the contracts it is the establishment's; else a contract's word, then an offering's.

    Of several offerings the one that carries speaks before those that support.
    """
    links = known.on("offering_requirement", requirement.code)
    serving = [link for link in links if link.offering_id in place.offerings]
    if not serving:
        return "establishment"
    otherwise = [
        word
        for word in known.on("contract_bearer", requirement.code)
        if word.contract_id in place.contracts
    ]
    if otherwise:
        return str(max(otherwise, key=lambda word: word.contract_id).bearer)
    first = min(serving, key=lambda link: (link.part, link.bearer is None, link.offering_id))
    return str(first.bearer or requirement.bearer)


def inherited(known: Facts, place: Home, code: str) -> Any:
    """The best statement among the offerings in force that serve the requirement, if any speaks."""
    serve = {link.offering_id for link in known.on("offering_requirement", code)}
    said = [
        s
        for s in known.on("statement", code)
        if s.offering_id in place.offerings & serve and s.status in RANK
    ]
    return min(
        said,
        key=lambda s: (RANK.index(s.status), -s.reviewed_on.toordinal(), s.offering_id),
        default=None,
    )


def proof_until(
    known: Facts, place: Home, code: str, offering_id: uuid.UUID | None, origin: str
) -> date | None:
    """The last day of the longest proof that counts: an exception has its own alone."""
    begun = {
        e.id: e.valid_until
        for e in known.evidence
        if e.withdrawn_at is None and (e.covers_from is None or e.covers_from <= known.today)
    }
    serving = [
        begun[link.evidence_id]
        for link in known.on("evidence_link", code)
        if link.evidence_id in begun
        and (
            link.establishment_id == place.row.id
            or (
                origin == "statement"
                and link.establishment_id is None
                and link.offering_id in {None, offering_id}
            )
        )
    ]
    return max(serving, default=None)


def state(known: Facts, place: Home, requirement: Any, own: Any, verdict: str) -> State:
    """``own``: the exception written there, if there is one."""
    said = own or inherited(known, place, requirement.code)
    status, reviewed_on = (said.status, said.reviewed_on) if said else ("unknown", None)
    origin = "own" if own else ("statement" if said else "none")
    offering_id = None if own or not said else said.offering_id
    due = months_after(reviewed_on, requirement.review_months) if reviewed_on else None
    until = proof_until(known, place, requirement.code, offering_id, origin)
    holds = until is not None and due is not None and min(until, due) >= known.today
    proven = status in VALUE and holds
    return State(
        applies=applies(requirement, place.row),
        status=status,
        origin=origin,
        offering_id=offering_id,
        bearer=bearer(known, place, requirement),
        reviewed_on=reviewed_on,
        review_due=due,
        proven=proven,
        proof_until=until,
        verdict=verdict,
        recognised=proven and verdict == "recognised",
        note=own.note if own else "",
        question=requirement.question,
        weight=requirement.weight,
    )


def states(known: Facts, tracked: Rows, verdicts: Mapping[Key, str]) -> dict[Key, State]:
    """Every requirement of every establishment that is, or was once, a client.

    Of ``tracked`` only the exceptions are believed: those are written there and nowhere else.
    """
    opened = {row.establishment_id for row in tracked}
    own = {(t.establishment_id, t.requirement_code): t for t in tracked if t.origin == "own"}
    homes = [home(known, row) for row in known.establishment]
    return {
        key: state(known, place, requirement, own.get(key), verdicts.get(key, "none"))
        for place in homes
        if place.contracts or place.row.id in opened
        for requirement in known.requirement
        for key in [(place.row.id, requirement.code)]
    }


def card(found: Iterable[State], today: date) -> Card:
    asked: dict[int, list[State]] = {number: [] for number in range(1, 14)}
    for one in found:
        asked[one.question].append(one)
    by_question = [_figures(asked[number], today) for number in range(1, 14)]
    whole = _figures([one for group in asked.values() for one in group], today)
    counting = [one for group in asked.values() for one in group if _counts(one)]
    lapses = [day for one in counting if one.proven for day in _ends(one)]
    reviews = [
        one.review_due
        for one in counting
        if one.status in VALUE and one.review_due and one.review_due >= today
    ]
    return Card(
        arrays={name: [figures[name] for figures in by_question] for name in ARRAYS},
        totals={name: max(whole[name], 0) for name in ARRAYS},
        next_lapse=min(lapses, default=None),
        next_review=min(reviews, default=None),
    )


def _counts(one: State) -> bool:
    return one.applies and one.status != "not_applicable"


def _figures(group: Sequence[State], today: date) -> dict[str, int]:
    counting = [one for one in group if _counts(one)]
    return {
        "declared": _share(counting, counting),
        "proven": _share([one for one in counting if one.proven], counting),
        "recognised": _share([one for one in counting if one.recognised], counting),
        "applicable": len(counting),
        "unanswered": sum(one.status == "unknown" for one in counting),
        "contested": sum(one.applies and one.verdict == "contested" for one in group),
        "lapsed": sum(_lapsed(one, today) for one in counting),
    }


def _share(some: Sequence[State], every: Sequence[State]) -> int:
    """Per mille, floored; -1 where nothing applies."""
    whole = sum(one.weight for one in every)
    if not whole:
        return -1
    return int(1000 * sum(one.weight * VALUE.get(one.status, Fraction(0)) for one in some) // whole)


def _lapsed(one: State, today: date) -> bool:
    return one.status in VALUE and not one.proven and any(day < today for day in _ends(one))


def _ends(one: State) -> list[date]:
    """The last days of its proof and of its review, where there are any."""
    return [day for day in (one.proof_until, one.review_due) if day is not None]
