"""How the requirements of one establishment moved, day after day, with the words of each day."""

import uuid
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.tracking import spoken
from portal.tracking.models import TrackedPast
from portal.tracking.spoken import Where
from tenants.db import AnyRow, db


@dataclass(frozen=True)
class Moment:
    """From ``since`` on: the state as ``portal.tracking.past`` keeps it, and what was said."""

    since: date
    state: Mapping[str, Any]
    text: str


def of_place(
    establishment_id: uuid.UUID, edition_id: str, *, code: str | None = None
) -> dict[str, list[Moment]]:
    """By requirement code, the oldest first: whenever the state moved, or the inherited words.

    With a ``code``, of that one alone.
    """
    p = TrackedPast
    asked = select(p.requirement_code, p.since, p.state).where(
        p.establishment_id == establishment_id, p.edition_id == edition_id
    )
    if code is not None:
        asked = asked.where(p.requirement_code == code)
    rows = db.session.execute(asked.order_by(p.requirement_code, p.since)).all()
    states: dict[str, list[tuple[date, Mapping[str, Any]]]] = {}
    for of, since, state in rows:
        states.setdefault(of, []).append((since, state))
    words = spoken.past(edition_id, code=code) if states else {}
    return {of: list(_moments(of, moved, words)) for of, moved in states.items()}


def _moments(
    code: str,
    moved: Sequence[tuple[date, Mapping[str, Any]]],
    words: Mapping[Where, Sequence[AnyRow]],
) -> Iterator[Moment]:
    for place, (since, state) in enumerate(moved):
        until = moved[place + 1][0] if place + 1 < len(moved) else date.max
        if state["origin"] != "statement":
            yield Moment(since, state, state["note"])
            continue
        said = words.get((uuid.UUID(state["offering"]), code), ())
        before = bisect_right(said, since, key=lambda row: row.since)
        yield Moment(since, state, said[before - 1].text if before else "")
        for row in said[before:]:
            if row.since < until:
                yield Moment(row.since, state, row.text)


def day(state: Mapping[str, Any], name: str) -> date | None:
    """A date that a kept state holds, if it holds one."""
    written = state.get(name)
    return date.fromisoformat(written) if written else None
