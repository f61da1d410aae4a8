"""What proved on the day that is audited, as it was told then; and what answers a request."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from portal.engagements.models import AuditRequest
from portal.evidence import certificates, former
from portal.evidence.models import (
    CertificateKind,
    Evidence,
    EvidenceLink,
    EvidenceLinkPast,
    State,
    Visibility,
)
from portal.kit import clock
from tenants.db import AnyRow, db

#: An establishment and a requirement there.
Point = tuple[uuid.UUID, str]


@dataclass(frozen=True)
class Proof:
    """What proved on the day; ``changed``: its facts were written again since.

    ``coming``: what it covers began later.  Neither ``valid`` nor that, it had lapsed.
    """

    id: uuid.UUID
    title: str
    kind: str
    covers_from: date | None
    covers_until: date | None
    valid_until: date
    sha256: str
    file_name: str | None
    file_size: int | None
    valid: bool
    coming: bool
    changed: bool
    #: Of a certificate; empty otherwise.
    issuer: str
    number: str
    scope: str
    #: Of a link, and the words of a note or of what goes with a link: neither ever changes.
    url: str | None
    text: str
    visibility: Visibility


def shown(
    wanted: Mapping[Point, str | None], *, day: date, until: datetime
) -> Mapping[Point, Sequence[Proof]]:
    """What was linked to each of ``wanted`` on ``day``, links gone since included.

    Each tells the offering whose words were inherited there, ``None`` for an own state.  ``until``
    is the instant that ends the day.
    """
    linked = _linked(wanted, until)
    told = _as_told({one for ids in linked.values() for one in ids}, day=day, until=until)
    return {
        point: sorted((told[one] for one in ids if one in told), key=_order)
        for point, ids in linked.items()
    }


def answering(requests: Collection[AuditRequest], *, today: date) -> Mapping[uuid.UUID, Proof]:
    """By the id of a proof, those that answer these requests: as they are told today."""
    ids = {one.evidence_id for one in requests if one.evidence_id is not None}
    rows = _rows(ids) if ids else []
    return {row.id: _proof(row, former.said(row), today, changed=False) for row in rows}


def taken(place: uuid.UUID, read: Mapping[str, datetime]) -> Sequence[Proof]:
    """What was read there, by digest and moment: as it was told then, whatever became of it.

    In the scope of the tenant: it may be withdrawn by now, or its provider's alone.
    """
    e = Evidence
    rows = db.session.scalars(
        select(e)
        .where(
            e.sha256.in_(read),
            e.state == State.READY,
            or_(e.establishment_id.is_(None), e.establishment_id == place),
        )
        .order_by(e.created_at, e.id)
    ).all()
    found = []
    for row in rows:
        at = read[row.sha256]
        facts = former.as_of([row.id], at).get(row.id) or former.said(row)
        if row.created_at < at and facts["visibility"] != Visibility.PROVIDER.value:
            found.append(_proof(row, facts, clock.day_of(at), changed=False))
    return found


def _order(proof: Proof) -> tuple[int, str, uuid.UUID]:
    return -proof.valid_until.toordinal(), proof.title, proof.id


def _linked(
    wanted: Mapping[Point, str | None], until: datetime
) -> Mapping[Point, Collection[uuid.UUID]]:
    places, codes = {place for place, _ in wanted}, {code for _, code in wanted}
    own: dict[Point, set[uuid.UUID]] = defaultdict(set)
    wide: dict[str, list[AnyRow]] = defaultdict(list)
    for row in _links(places, codes, until):
        if row.establishment_id is not None:
            own[row.establishment_id, row.requirement_code].add(row.evidence_id)
        else:
            wide[row.requirement_code].append(row)
    return {
        (place, code): own[place, code] | _inherited(wide[code], offering)
        for (place, code), offering in wanted.items()
    }


def _inherited(rows: Sequence[AnyRow], offering: str | None) -> set[uuid.UUID]:
    """What serves everybody, or that offering, proves what is inherited from it."""
    if offering is None:
        return set()
    mine = {None, uuid.UUID(offering)}
    return {row.evidence_id for row in rows if row.offering_id in mine}


def _links(
    places: Collection[uuid.UUID], codes: Collection[str], until: datetime
) -> Sequence[AnyRow]:
    now, gone = EvidenceLink, EvidenceLinkPast
    kinds: tuple[tuple[type[EvidenceLink] | type[EvidenceLinkPast], list[ColumnElement[bool]]], ...]
    kinds = (
        (now, [now.created_at < until]),
        (gone, [gone.linked_at < until, gone.unlinked_at >= until]),
    )
    found: list[AnyRow] = []
    for link, stood in kinds:
        found += db.session.execute(
            select(
                link.evidence_id, link.requirement_code, link.establishment_id, link.offering_id
            ).where(
                link.requirement_code.in_(codes),
                or_(link.establishment_id.is_(None), link.establishment_id.in_(places)),
                *stood,
            )
        ).all()
    return found


def _rows(ids: Collection[uuid.UUID]) -> Sequence[Evidence]:
    """Those that were found sound, and are shown: as PostgreSQL has it for an auditor."""
    e = Evidence
    return db.session.scalars(
        select(e).where(e.id.in_(ids), e.state == State.READY, e.visibility != Visibility.PROVIDER)
    ).all()


def _as_told(
    ids: Collection[uuid.UUID], *, day: date, until: datetime
) -> Mapping[uuid.UUID, Proof]:
    """By id, each as it was told on that day, unless it was not shown then."""
    rows = [row for row in _rows(ids) if row.created_at < until] if ids else []
    before = former.as_of([row.id for row in rows], until) if rows else {}
    told = {}
    for row in rows:
        facts = before.get(row.id, {})
        if _stood(row, facts, until):
            told[row.id] = _proof(row, facts or former.said(row), day, changed=bool(facts))
    return told


def _stood(row: Evidence, facts: Mapping[str, Any], until: datetime) -> bool:
    """Whether it was found sound by that day, neither withdrawn nor kept from the establishment."""
    if facts.get("visibility") == Visibility.PROVIDER.value or not facts.get("sound", True):
        return False
    withdrawn = facts.get("withdrawn")
    if withdrawn is None:
        withdrawn = row.withdrawn_at is not None and row.withdrawn_at < until
    return not withdrawn


def _proof(row: Evidence, facts: Mapping[str, Any], day: date, *, changed: bool) -> Proof:
    valid_until = former.day(facts, "valid_until") or row.valid_until
    covers_from = former.day(facts, "covers_from")
    certificate = facts["certificate"]
    lasts, begun = valid_until >= day, covers_from is None or covers_from <= day
    return Proof(
        row.id,
        certificates.titled(
            facts["title"], CertificateKind(certificate) if certificate else None, facts["number"]
        ),
        row.kind.value,
        covers_from,
        former.day(facts, "covers_until"),
        valid_until,
        row.sha256,
        row.file_name,
        row.file_size,
        valid=lasts and begun,
        coming=lasts and not begun,
        changed=changed,
        issuer=facts["issuer"],
        number=facts["number"],
        scope=facts["scope"],
        url=row.url,
        text=row.body,
        visibility=row.visibility,
    )
