"""Reads over attestations.  Lists are rows; the snapshot is read only where it is needed."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, extract, func, or_, select

from portal.attestations.models import (
    Approval,
    Attestation,
    AttestationBatch,
    AttestationState,
    IssuedDocument,
)
from portal.fleet.models import Establishment, Stage
from portal.kit.errors import NotFound
from portal.kit.folding import fold
from portal.tracking.models import Scorecard
from tenants.db import AnyRow, AnySelect, db
from tenants.scoping import find


@dataclass(frozen=True)
class Candidate:
    """An establishment that somebody wants attested."""

    id: uuid.UUID
    name: str
    city: str
    stage: Stage
    archived: bool
    followed: bool

    @property
    def obstacle(self) -> str | None:
        """Why there is nothing to attest: ``archived``, ``prospect`` or ``unfollowed``."""
        if self.archived:
            return "archived"
        if self.followed:
            return None
        return "prospect" if self.stage is Stage.PROSPECT else "unfollowed"


def candidates(establishment_ids: Collection[uuid.UUID]) -> Sequence[Candidate]:
    """Those in reach, by name; ids of nobody, or out of reach, are simply not there."""
    e, s = Establishment, Scorecard
    rows = db.session.execute(
        select(
            e.id, e.name, e.city, e.stage, e.archived_at.is_not(None),
            s.establishment_id.is_not(None),
        )
        .outerjoin(s, and_(s.tenant_id == e.tenant_id, s.establishment_id == e.id))
        .where(e.id.in_(establishment_ids))
        .order_by(e.name_key, e.id)
    )  # fmt: skip
    return [Candidate(*row) for row in rows]


def worn_since(today: date) -> date | None:
    """The earliest day after which a score of the tenant should have moved and has not."""
    return db.session.scalar(
        select(func.min(Scorecard.next_lapse)).where(Scorecard.next_lapse < today)
    )


@dataclass(frozen=True)
class ListFilter:
    """What the list shows; the defaults show everything in reach, latest first."""

    text: str = ""
    establishment_id: uuid.UUID | None = None
    state: AttestationState | None = None
    year: int | None = None


def _conditions(wanted: ListFilter) -> list[ColumnElement[bool]]:
    a, e = Attestation, Establishment
    conditions: list[ColumnElement[bool]] = []
    for word in fold(wanted.text).split()[:6]:
        named = e.search.contains(word, autoescape=True)
        conditions.append(or_(named, func.lower(a.number).contains(word, autoescape=True)))
    if wanted.establishment_id is not None:
        conditions.append(a.establishment_id == wanted.establishment_id)
    if wanted.state is not None:
        conditions.append(a.state == wanted.state)
    if wanted.year is not None:
        conditions.append(extract("year", a.as_of) == wanted.year)
    return conditions


def _joined(query: AnySelect) -> AnySelect:
    a, e = Attestation, Establishment
    return query.select_from(a).join(
        e, and_(e.tenant_id == a.tenant_id, e.id == a.establishment_id)
    )


def count(wanted: ListFilter) -> int:
    return db.session.scalar(_joined(select(func.count())).where(*_conditions(wanted))) or 0


def lines(wanted: ListFilter, *, limit: int, offset: int = 0) -> Sequence[AnyRow]:
    """The list, latest first, without the snapshots."""
    a, e = Attestation, Establishment
    columns = select(
        a.id, a.number, a.state, a.period_from, a.period_until, a.as_of, a.declared_total,
        a.proven_total, a.recognised_total, a.issued_at, a.created_at, a.updated_at, a.pdf_size,
        a.pdf_sha256, a.requested_by_name, a.establishment_id, a.batch_id, a.revoked_at,
        a.superseded_at, a.trouble, a.retry_at, e.name, e.city, e.finess,
    )  # fmt: skip
    return db.session.execute(
        _joined(columns)
        .where(*_conditions(wanted))
        .order_by(a.as_of.desc(), a.number.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def issued_at(establishment_id: uuid.UUID) -> Sequence[AnyRow]:
    """Every document of one establishment by number, with its approver, without its snapshot."""
    a, o = Attestation, Approval
    return db.session.execute(
        select(
            a.id, a.number, a.period_from, a.period_until, a.as_of, a.declared_total,
            a.proven_total, a.recognised_total, a.issued_at, a.superseded_at, a.revoked_at,
            a.revoked_reason, a.pdf_key, a.pdf_sha256, a.snapshot_sha256,
            o.name.label("approved_by"),
        )
        .outerjoin(o, and_(o.tenant_id == a.tenant_id, o.attestation_id == a.id))
        .where(a.establishment_id == establishment_id, a.state == AttestationState.READY)
        .order_by(a.number)
    ).all()  # fmt: skip


def years() -> Sequence[int]:
    """The years of the attestations in reach, latest first."""
    bounds: AnyRow = db.session.execute(
        select(func.min(Attestation.as_of), func.max(Attestation.as_of))
    ).one()
    first, last = bounds
    return [] if first is None else range(last.year, first.year - 1, -1)


def attestation(attestation_id: uuid.UUID, *, lock: bool = False) -> Attestation:
    """One attestation in reach; ``lock`` makes a second writer wait.  Raises :class:`NotFound`."""
    wanted = select(Attestation).where(Attestation.id == attestation_id)
    found: Attestation | None = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


def place(establishment_id: uuid.UUID) -> AnyRow:
    """The name and city of an establishment in reach."""
    e = Establishment
    found: AnyRow = db.session.execute(
        select(e.id, e.name, e.city).where(e.id == establishment_id)
    ).one()
    return found


def approval(attestation_id: uuid.UUID) -> Approval | None:
    return db.session.scalar(select(Approval).where(Approval.attestation_id == attestation_id))


@dataclass(frozen=True)
class Document:
    """A compiled attestation as a file: where it lies, what it is called by, what it must be."""

    id: uuid.UUID
    establishment_id: uuid.UUID
    number: str
    establishment: str
    finess: str | None
    key: str
    size: int
    sha256: str


def documents(
    *, ids: Collection[uuid.UUID] | None = None, batch_id: uuid.UUID | None = None
) -> Sequence[Document]:
    """The compiled ones among these, or of a batch, by number."""
    a, e = Attestation, Establishment
    chosen = a.batch_id == batch_id if ids is None else a.id.in_(ids)
    rows: Sequence[AnyRow] = db.session.execute(
        select(
            a.id, a.establishment_id, a.number, e.name, e.finess, a.pdf_key, a.pdf_size,
            a.pdf_sha256,
        )
        .join(e, and_(e.tenant_id == a.tenant_id, e.id == a.establishment_id))
        .where(chosen, a.state == AttestationState.READY)
        .order_by(a.number)
    ).all()  # fmt: skip
    return [Document(*row) for row in rows]


def batch(batch_id: uuid.UUID) -> AttestationBatch | None:
    return find(AttestationBatch, batch_id)


def batches(*, limit: int = 3) -> Sequence[AttestationBatch]:
    """The last orders, latest first; nobody outside the provider sees any."""
    b = AttestationBatch
    return db.session.scalars(
        select(b).order_by(b.created_at.desc(), b.id.desc()).limit(limit)
    ).all()


def issued_as(sha256: str) -> IssuedDocument | None:
    """The document with this very content, whoever issued it."""
    return db.session.scalar(select(IssuedDocument).where(IssuedDocument.pdf_sha256 == sha256))


def issued_under(code: str) -> IssuedDocument | None:
    return db.session.scalar(select(IssuedDocument).where(IssuedDocument.code == code))
