"""What lapses in the current scope: proofs that hold something up, and reviews that fall due.

The same reading serves everybody: what a person may not see, PostgreSQL does not give.
"""

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
from portal.evidence.models import Evidence, EvidenceLink, State
from portal.fleet.models import Establishment, Stage
from portal.reminders.items import Item, Place, Source, Window, ranked
from portal.reminders.kinds import Subject
from portal.tracking.models import Origin, Status, TrackedRequirement
from tenants.context import Reach
from tenants.db import AnySelect, db

_t, _e, _l = TrackedRequirement, Evidence, EvidenceLink
_VALUED = (Status.IMPLEMENTED, Status.ALTERNATIVE, Status.PARTIAL)


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
            func.max(what.c.changed),
        ).group_by(what.c.subject, what.c.subject_id, what.c.label, what.c.due_on)
    )
    found = [
        Item(
            Subject(subject), subject_id, label, due_on, sorted(codes), touched, name, first,
            changed_at=changed,
        )
        for subject, subject_id, label, due_on, codes, touched, name, first, changed in rows
    ]  # fmt: skip
    return ranked(found, window.today)


def remedy(item: Item, reach: Reach) -> Place:
    """A proof is replaced, a review is done again; an establishment reads its requirement."""
    code = item.codes[0]
    if reach is Reach.LISTED or item.subject is Subject.REQUIREMENT_REVIEW:
        return "tracking.point", {"establishment_id": item.establishment_id, "code": code}
    if item.subject is Subject.EVIDENCE:
        return "evidence.replace", {"evidence_id": item.subject_id}
    return "tracking.requirement", {"code": code}


def resting(window: Window) -> Subquery:
    """One row for each requirement of an establishment that something lapsing holds up.

    Execute it after :func:`join_by_hash`.
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
            _t.updated_at,
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
    inside: ColumnElement[bool] = column.between(window.first, window.last)
    return inside if window.days is None else and_(inside, column.in_(window.days))


def _proofs(window: Window, held: CTE) -> AnySelect:
    """A proof holds a requirement up while no other one lasts longer there."""
    proof = (
        select(
            _e.id,
            _e.title,
            _e.valid_until,
            _e.updated_at,
            _l.requirement_code,
            _l.offering_id,
            _l.establishment_id,
        )
        .join(_l, and_(_l.tenant_id == _e.tenant_id, _l.evidence_id == _e.id))
        .where(
            _within(_e.valid_until, window),
            _l.edition_id == window.edition_id,
            reach.on_show(window.today),
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
    columns = (proof.c.id, proof.c.title, proof.c.valid_until, proof.c.updated_at)
    return _rows(Subject.EVIDENCE, held, *columns).join(proof, and_(same, serves))


def _statements(window: Window, held: CTE) -> AnySelect:
    """The reviews of what is declared for an offering."""
    columns = (Offering.id, Offering.name, held.c.review_due, held.c.updated_at)
    return (
        _rows(Subject.STATEMENT_REVIEW, held, *columns)
        .join(Offering, Offering.id == held.c.offering_id)
        .where(held.c.origin == Origin.STATEMENT, _within(held.c.review_due, window))
    )


def _exceptions(window: Window, held: CTE) -> AnySelect:
    """The reviews of what is said of one establishment alone."""
    columns = (held.c.establishment_id, held.c.place, held.c.review_due, held.c.updated_at)
    return _rows(Subject.REQUIREMENT_REVIEW, held, *columns).where(
        held.c.origin == Origin.OWN, _within(held.c.review_due, window)
    )


def _rows(
    subject: Subject,
    held: CTE,
    subject_id: Any,
    label: Any,
    due_on: Any,
    changed: Any,
) -> AnySelect:
    return select(
        literal(subject.value).label("subject"),
        subject_id.label("subject_id"),
        label.label("label"),
        due_on.label("due_on"),
        changed.label("changed"),
        held.c.requirement_code.label("code"),
        held.c.establishment_id.label("establishment_id"),
        held.c.place.label("place"),
    ).select_from(held)


SOURCE = Source(
    frozenset({Subject.EVIDENCE, Subject.STATEMENT_REVIEW, Subject.REQUIREMENT_REVIEW}),
    items,
    remedy,
)
