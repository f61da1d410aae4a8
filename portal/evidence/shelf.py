"""The shelf: proofs by validity, filtered, a page at a time."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from portal.contracts.models import Offering
from portal.evidence import reach
from portal.evidence.models import CertificateKind, Evidence, EvidenceLink, Kind, Visibility
from portal.evidence.models import State as FileState
from tenants.context import Reach, current_scope
from tenants.db import AnyRow, db

SOON = timedelta(days=30)


class State(StrEnum):
    """Where a proof stands on the shelf; ``SHOWN`` is the first three together."""

    SHOWN = "shown"
    LAPSED = "lapsed"
    SOON = "soon"
    LATER = "later"
    GONE = "gone"


@dataclass(frozen=True)
class Filters:
    """What is asked of the shelf; ``None`` and '' ask nothing."""

    text: str = ""
    code: str = ""
    offering_id: uuid.UUID | None = None
    establishment_id: uuid.UUID | None = None
    kind: Kind | None = None
    visibility: Visibility | None = None
    certificate: CertificateKind | None = None


@dataclass(frozen=True)
class Line:
    """A proof on the shelf and what it serves.  ``own``: establishments it is linked to by name."""

    id: uuid.UUID
    title: str
    kind: Kind
    visibility: Visibility
    covers_from: date | None
    covers_until: date | None
    valid_until: date
    file_state: FileState
    #: Whether nobody examines it any more, though it was not decided on.
    given_up: bool
    withdrawn_at: datetime | None
    superseded: bool
    url: str | None
    file_name: str | None
    added_by_name: str
    created_at: datetime
    certificate: CertificateKind | None
    issuer: str
    number: str
    codes: Sequence[str]
    offerings: Sequence[str]
    own: int
    for_all: bool
    establishments: int

    def state(self, today: date) -> State:
        if self.withdrawn_at or self.superseded or self.file_state is FileState.REJECTED:
            return State.GONE
        if self.valid_until < today:
            return State.LAPSED
        return State.SOON if self.valid_until <= today + SOON else State.LATER


def _in_state(state: State, today: date) -> ColumnElement[bool]:
    soon = today + SOON
    if state is State.GONE:
        return ~reach.on_show(today) & ~Evidence.proposed
    shown = reach.on_show(today)
    if state is State.LAPSED:
        return and_(shown, Evidence.valid_until < today)
    if state is State.SOON:
        return and_(shown, Evidence.valid_until.between(today, soon))
    return and_(shown, Evidence.valid_until > soon) if state is State.LATER else shown


def _matching(filters: Filters) -> Sequence[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if filters.text:
        like = f"%{_escaped(filters.text.lower())}%"
        words = (
            Evidence.title,
            Evidence.body,
            Evidence.issuer,
            Evidence.number,
            case((_is_told(), func.coalesce(Evidence.file_name, "")), else_=""),
        )
        asked.append(or_(*(func.lower(column).like(like, escape="\\") for column in words)))
    if filters.kind:
        asked.append(Evidence.kind == filters.kind)
    if filters.visibility:
        asked.append(Evidence.visibility == filters.visibility)
    if filters.certificate:
        asked.append(Evidence.certificate == filters.certificate)
    linked = [
        column == value
        for column, value in (
            (EvidenceLink.requirement_code, filters.code),
            (EvidenceLink.offering_id, filters.offering_id),
            (EvidenceLink.establishment_id, filters.establishment_id),
        )
        if value
    ]
    if linked:
        asked.append(
            select(EvidenceLink.id)
            .where(
                EvidenceLink.tenant_id == Evidence.tenant_id,
                EvidenceLink.evidence_id == Evidence.id,
                *linked,
            )
            .exists()
        )
    return asked


def _is_told() -> ColumnElement[bool]:
    """Whether a file's name is for the reader: that of one she may not open is not."""
    whole = current_scope().reach is Reach.TENANT
    return Evidence.visibility != Visibility.HOUSE if whole else true()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def counts(filters: Filters, today: date) -> dict[State, int]:
    """How many proofs stand in each state, under the filters."""
    row = db.session.execute(
        select(*(func.count().filter(_in_state(state, today)) for state in State))
        .select_from(Evidence)
        .where(*_matching(filters))
    ).one()
    return dict(zip(State, row, strict=True))


def lines(
    filters: Filters, state: State, today: date, *, offset: int = 0, limit: int | None = None
) -> Sequence[Line]:
    """The proofs asked for, soonest to lapse first; two SQL statements however many there are."""
    found = _listed(today).where(_in_state(state, today), *_matching(filters))
    latest_first = state is State.GONE
    order = Evidence.valid_until.desc() if latest_first else Evidence.valid_until
    rows = db.session.execute(
        found.order_by(order, Evidence.title, Evidence.id).offset(offset).limit(limit)
    ).all()
    reached = reach.touched([row[0] for row in rows], today)
    return [_line(row, reached) for row in rows]


def _line(row: AnyRow, reached: Mapping[uuid.UUID, int]) -> Line:
    *plain, codes, offerings, own, for_all = row
    values = (*plain, codes or (), offerings or (), own, for_all, reached.get(row[0], 0))
    return Line(*values)


def _listed(today: date) -> Select[*tuple[Any, ...]]:
    link = EvidenceLink
    ours = and_(link.tenant_id == Evidence.tenant_id, link.evidence_id == Evidence.id)
    codes = select(func.array_agg(func.distinct(link.requirement_code))).where(ours)
    names = (
        select(func.array_agg(aggregate_order_by(Offering.name, Offering.position, Offering.name)))
        .where(
            Offering.tenant_id == Evidence.tenant_id,
            Offering.id.in_(select(link.offering_id).where(ours).correlate(Evidence)),
        )
        .correlate(Evidence)
    )
    own = select(func.count(link.establishment_id.distinct())).where(ours)
    for_all = (
        select(link.id)
        .where(ours, link.offering_id.is_(None), link.establishment_id.is_(None))
        .exists()
    )
    return select(
        Evidence.id,
        Evidence.title,
        Evidence.kind,
        Evidence.visibility,
        Evidence.covers_from,
        Evidence.covers_until,
        Evidence.valid_until,
        Evidence.state,
        and_(Evidence.trouble.is_not(None), Evidence.retry_at.is_(None)),
        Evidence.withdrawn_at,
        reach.superseded(today),
        Evidence.url,
        Evidence.file_name,
        Evidence.added_by_name,
        Evidence.created_at,
        Evidence.certificate,
        Evidence.issuer,
        Evidence.number,
        codes.scalar_subquery(),
        names.scalar_subquery(),
        own.scalar_subquery(),
        for_all,
    )
