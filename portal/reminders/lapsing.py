"""What lapses in the current scope: proofs that hold something up, and reviews that fall due.

The same reading serves everybody: what a person may not see, PostgreSQL does not give.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Subquery,
    and_,
    func,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from portal.contracts.models import Offering
from portal.evidence import reach
from portal.evidence.models import Evidence, EvidenceLink, State, Visibility
from portal.fleet.models import Establishment, Stage
from portal.reminders.models import Subject
from portal.tracking.models import Origin, Status, TrackedRequirement
from tenants.db import AnySelect, db

_t, _e, _l = TrackedRequirement, Evidence, EvidenceLink
_VALUED = (Status.IMPLEMENTED, Status.ALTERNATIVE, Status.PARTIAL)


@dataclass(frozen=True)
class Window:
    """Last days of validity between ``first`` and ``last``, as things stand ``today``.

    ``establishments``: those that the scope reaches, ``None`` for all.  Saying so spares reading
    the others; it hides nothing that the policies would show.
    """

    edition_id: str
    today: date
    first: date
    last: date
    establishments: Sequence[uuid.UUID] | None = None


@dataclass(frozen=True)
class Item:
    """One thing that lapses after ``due_on``.  ``touched`` counts the establishments it lowers.

    ``place`` names the first of them, and ``establishment_id`` is that one.
    """

    subject: Subject
    subject_id: uuid.UUID
    label: str
    due_on: date
    codes: Sequence[str]
    touched: int
    place: str
    establishment_id: uuid.UUID

    def days(self, today: date) -> int:
        """Days left; negative once it is past."""
        return (self.due_on - today).days

    @property
    def keys(self) -> Sequence[str]:
        """What a reminder is remembered by: a proof as a whole, a review by its requirements."""
        return [""] if self.subject is Subject.EVIDENCE else self.codes


def items(window: Window) -> list[Item]:
    """What lapses in the window, ranked as the fleet's agenda: late first, then most urgent."""
    join_by_hash()
    what = resting(window)
    place = func.array_agg(aggregate_order_by(what.c.establishment_id, what.c.place))
    rows = db.session.execute(
        select(
            what.c.subject,
            what.c.subject_id,
            what.c.label,
            what.c.due_on,
            func.array_agg(what.c.code.distinct()),
            func.count(what.c.establishment_id.distinct()),
            func.min(what.c.place),
            place[1],
        ).group_by(what.c.subject, what.c.subject_id, what.c.label, what.c.due_on)
    )
    found = [
        Item(Subject(subject), subject_id, label, due_on, sorted(codes), touched, name, first)
        for subject, subject_id, label, due_on, codes, touched, name, first in rows
    ]
    found.sort(key=lambda item: _urgency(item, window.today))
    return found


def _urgency(item: Item, today: date) -> tuple[int, float, date, str]:
    days = item.days(today)
    weight = item.touched * len(item.codes)
    return (0 if days < 0 else 1, -weight / max(1, days + 1), item.due_on, item.label)


def resting(window: Window) -> Subquery:
    """One row for each requirement of an establishment that something lapsing holds up.

    ``shared``: whether the establishment's people may see it, as the policies have it.  Execute it
    after :func:`join_by_hash`.
    """
    held = _held(window)
    parts = (_proofs(window, held), _statements(window, held), _exceptions(window, held))
    return union_all(*parts).subquery("resting")


def join_by_hash() -> None:
    """Keep the planner from joining row by row, until the transaction ends.

    It takes each policy for one that lets a single row through, and would compare every tracked
    row of the fleet with every client and every proof.
    """
    db.session.execute(text("SELECT set_config('enable_nestloop', 'off', true)"))


def _held(window: Window) -> CTE:
    """What has a value to lose in the window, at today's clients."""
    reached = window.establishments
    here = true() if reached is None else _t.establishment_id.in_(reached)
    return (
        select(
            _t.establishment_id,
            _t.requirement_code,
            _t.origin,
            _t.offering_id,
            _t.proof_until,
            _t.review_due,
            Establishment.name.label("place"),
        )
        .join(
            Establishment,
            and_(Establishment.tenant_id == _t.tenant_id, Establishment.id == _t.establishment_id),
        )
        .where(
            here,
            _t.edition_id == window.edition_id,
            _t.applies.is_(other=True),
            _t.status.in_(_VALUED),
            or_(_within(_t.proof_until, window), _within(_t.review_due, window)),
            Establishment.stage == Stage.CLIENT,
            Establishment.archived_at.is_(None),
        )
        .cte("held")
    )


def _within(column: Any, window: Window) -> ColumnElement[bool]:
    between: ColumnElement[bool] = column.between(window.first, window.last)
    return between


def _proofs(window: Window, held: CTE) -> AnySelect:
    """A proof holds a requirement up while no other one lasts longer there."""
    proof = (
        select(
            _e.id,
            _e.title,
            _e.valid_until,
            _e.visibility,
            _l.requirement_code,
            _l.offering_id,
            _l.establishment_id,
        )
        .join(_l, and_(_l.tenant_id == _e.tenant_id, _l.evidence_id == _e.id))
        .where(
            _within(_e.valid_until, window),
            _l.edition_id == window.edition_id,
            reach.on_show(),
            _e.state == State.READY,
        )
        .subquery("proof")
    )
    serves = or_(
        proof.c.establishment_id == held.c.establishment_id,
        and_(
            proof.c.establishment_id.is_(None),
            held.c.origin == Origin.STATEMENT,
            or_(proof.c.offering_id.is_(None), proof.c.offering_id == held.c.offering_id),
        ),
    )
    same = and_(
        proof.c.requirement_code == held.c.requirement_code,
        proof.c.valid_until == held.c.proof_until,
    )
    shared = proof.c.visibility == Visibility.CLIENTS
    columns = (proof.c.id, proof.c.title, proof.c.valid_until, shared)
    return _rows(Subject.EVIDENCE, held, *columns).join(proof, and_(same, serves))


def _statements(window: Window, held: CTE) -> AnySelect:
    """The reviews of what is declared for an offering."""
    columns = (Offering.id, Offering.name, held.c.review_due)
    return (
        _rows(Subject.STATEMENT_REVIEW, held, *columns)
        .join(Offering, Offering.id == held.c.offering_id)
        .where(held.c.origin == Origin.STATEMENT, _within(held.c.review_due, window))
    )


def _exceptions(window: Window, held: CTE) -> AnySelect:
    """The reviews of what is said of one establishment alone."""
    columns = (held.c.establishment_id, held.c.place, held.c.review_due)
    return _rows(Subject.REQUIREMENT_REVIEW, held, *columns).where(
        held.c.origin == Origin.OWN, _within(held.c.review_due, window)
    )


def _rows(
    subject: Subject,
    held: CTE,
    subject_id: Any,
    label: Any,
    due_on: Any,
    shared: ColumnElement[bool] | None = None,
) -> AnySelect:
    return select(
        literal(subject.value).label("subject"),
        subject_id.label("subject_id"),
        label.label("label"),
        due_on.label("due_on"),
        (literal(value=True) if shared is None else shared).label("shared"),
        held.c.requirement_code.label("code"),
        held.c.establishment_id.label("establishment_id"),
        held.c.place.label("place"),
    ).select_from(held)
