"""What lapses in the current scope: proofs that hold something up, and reviews that fall due.

The same reading serves everybody: what a person may not see, PostgreSQL does not give.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Subquery, and_, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute

from portal.contracts import queries as contracts
from portal.contracts.models import Contract, Offering
from portal.evidence import reach
from portal.evidence.models import Evidence, EvidenceLink, Visibility
from portal.fleet.models import Establishment
from portal.reminders.models import Subject
from portal.tracking.models import Origin, Status, TrackedRequirement
from tenants.db import AnySelect, db

_t, _e, _l, _est = TrackedRequirement, Evidence, EvidenceLink, Establishment
_VALUED = (Status.IMPLEMENTED, Status.ALTERNATIVE, Status.PARTIAL)


@dataclass(frozen=True)
class Window:
    """Last days of validity between ``first`` and ``last``, as things stand ``today``."""

    edition_id: str
    today: date
    first: date
    last: date


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

    ``shared``: whether the establishment's people may see it, as the policies have it.
    """
    return union_all(_proofs(window), _statements(window), _exceptions(window)).subquery("resting")


def _proofs(window: Window) -> AnySelect:
    """A proof holds a requirement up while no other one lasts longer there."""
    here = and_(
        _l.tenant_id == _t.tenant_id,
        _l.edition_id == _t.edition_id,
        _l.requirement_code == _t.requirement_code,
        or_(
            _l.establishment_id == _t.establishment_id,
            and_(
                _l.establishment_id.is_(None),
                _t.origin == Origin.STATEMENT,
                or_(_l.offering_id.is_(None), _l.offering_id == _t.offering_id),
            ),
        ),
    )
    shared = _e.visibility == Visibility.CLIENTS
    return (
        _row(Subject.EVIDENCE, _e.id, _e.title, _e.valid_until, shared)
        .select_from(_e)
        .join(_l, and_(_l.tenant_id == _e.tenant_id, _l.evidence_id == _e.id))
        .join(_t, here)
        .join(_est, _at_home())
        .where(
            _e.valid_until.between(window.first, window.last),
            _t.proof_until == _e.valid_until,
            reach.on_show(),
            *_counts(window),
        )
    )


def _statements(window: Window) -> AnySelect:
    """The reviews of what is declared for an offering."""
    return (
        _row(Subject.STATEMENT_REVIEW, Offering.id, Offering.name, _t.review_due)
        .select_from(_t)
        .join(Offering, and_(Offering.tenant_id == _t.tenant_id, Offering.id == _t.offering_id))
        .join(_est, _at_home())
        .where(
            _t.origin == Origin.STATEMENT,
            _t.review_due.between(window.first, window.last),
            *_counts(window),
        )
    )


def _exceptions(window: Window) -> AnySelect:
    """The reviews of what is said of one establishment alone."""
    return (
        _row(Subject.REQUIREMENT_REVIEW, _est.id, _est.name, _t.review_due)
        .select_from(_t)
        .join(_est, _at_home())
        .where(
            _t.origin == Origin.OWN,
            _t.review_due.between(window.first, window.last),
            *_counts(window),
        )
    )


def _row(
    subject: Subject,
    subject_id: InstrumentedAttribute[uuid.UUID],
    label: InstrumentedAttribute[str],
    due_on: InstrumentedAttribute[date] | InstrumentedAttribute[date | None],
    shared: ColumnElement[bool] | None = None,
) -> AnySelect:
    return select(
        literal(subject.value).label("subject"),
        subject_id.label("subject_id"),
        label.label("label"),
        due_on.label("due_on"),
        (literal(value=True) if shared is None else shared).label("shared"),
        _t.requirement_code.label("code"),
        _t.establishment_id.label("establishment_id"),
        _est.name.label("place"),
    )


def _at_home() -> ColumnElement[bool]:
    return and_(_est.tenant_id == _t.tenant_id, _est.id == _t.establishment_id)


def _counts(window: Window) -> list[ColumnElement[bool]]:
    """It applies, it has a value to lose, and its establishment is a client to this day."""
    under_contract = (
        select(Contract.id)
        .where(
            Contract.tenant_id == _est.tenant_id,
            Contract.establishment_id == _est.id,
            contracts.running(window.today),
        )
        .exists()
    )
    return [
        _t.edition_id == window.edition_id,
        _t.applies.is_(other=True),
        _t.status.in_(_VALUED),
        _est.archived_at.is_(None),
        under_contract,
    ]
