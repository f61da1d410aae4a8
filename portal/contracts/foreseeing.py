"""What rewriting an offering will move, told before anything is written."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.contracts import bearers, queries, rehearsal, rewriting
from portal.contracts.offerings import Content, Served
from portal.contracts.rehearsal import Rehearsal, Shift
from portal.guide.edition import Edition
from tenants.access import Actor


@dataclass(frozen=True)
class Difference:
    """One requirement whose states may move; alike before and after, it is the reach that does.

    ``otherwise`` counts the contracts in force that name its bearer themselves, and go on to.
    """

    code: str
    before: Served | None
    after: Served | None
    shift: Shift
    otherwise: int

    @property
    def still(self) -> bool:
        """Whether nothing at all becomes of it, though the reach moves."""
        return self.before == self.after and not self.shift.moves


@dataclass(frozen=True)
class Foreseen:
    """``clients`` have the offering today; ``gaining`` and ``losing`` will begin and cease to."""

    clients: int
    gaining: int
    losing: int
    idle: bool
    differences: Sequence[Difference]
    rehearsed: Rehearsal

    @property
    def otherwise(self) -> int:
        return sum(one.otherwise for one in self.differences)


def foresee(
    actor: Actor,
    edition: Edition,
    offering_id: uuid.UUID,
    content: Content,
    *,
    version: int,
    today: date,
) -> Foreseen:
    """What :func:`rewriting.edit` would do, in a number of SQL statements that no client adds to.

    Raises what it would raise.
    """
    wish = rewriting.planned(edition, offering_id, content, version=version)
    has = set(queries.clients_of(offering_id, today))
    will = has
    if wish.reach_moves:
        will = set(
            queries.clients(today) if content.included else queries.signed(offering_id, today)
        )
    codes = wish.concerned
    was, now = wish.before.by_code, content.by_code
    otherwise = bearers.otherwise(codes, edition.id, has | will, today)
    rehearsed = rehearsal.rehearse(
        lambda: rewriting.edit(actor, edition, offering_id, content, version=version, today=today),
        codes=codes,
        establishment_ids=has | will,
        today=today,
    )
    differences = [
        Difference(
            code,
            was.get(code),
            now.get(code),
            rehearsed.shifts.get(code, Shift()),
            otherwise.get(code, 0),
        )
        for code in codes
    ]
    return Foreseen(len(has), len(will - has), len(has - will), wish.idle, differences, rehearsed)
