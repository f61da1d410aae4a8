"""The links of a proof, many at a time, in set-based SQL."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, text
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into

from portal.contracts import queries as contracts
from portal.evidence.models import EvidenceLink, EvidenceLinkPast
from portal.fleet.models import Establishment
from portal.guide.edition import Edition
from portal.kit.errors import NotFound, Refused
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id

MAX_LINKS = 20_000


@dataclass(frozen=True)
class Aim:
    """These requirements, for the whole tenant, for one offering or for some establishments."""

    codes: Collection[str]
    offering_id: uuid.UUID | None = None
    establishment_ids: Collection[uuid.UUID] = ()

    @property
    def level(self) -> str:
        if self.establishment_ids:
            return "establishment"
        return "offering" if self.offering_id else "tenant"

    @property
    def reach(self) -> Sequence[uuid.UUID] | None:
        """The establishments it names; ``None`` for the tenant or an offering."""
        return sorted(set(self.establishment_ids)) or None


def check(aim: Aim, edition: Edition) -> None:
    """Raises ``Refused`` on codes the guide lacks or too many links, ``NotFound`` out of reach."""
    if not aim.codes:
        raise Refused("Choose at least one requirement.", field="codes")
    if not edition.by_code.keys() >= set(aim.codes):
        raise Refused("The guide has no requirement with this code.", field="codes")
    named = set(aim.establishment_ids)
    if len(named) * len(set(aim.codes)) > MAX_LINKS:
        message = "That is too many links at once: choose an offering or the whole fleet instead."
        raise Refused(message, field="establishments")
    if aim.offering_id is not None:
        contracts.offering(aim.offering_id)
    if named and _in_reach(named) < len(named):
        raise NotFound


def _in_reach(establishment_ids: Collection[uuid.UUID]) -> int:
    count = select(func.count()).where(Establishment.id.in_(establishment_ids))
    return db.session.scalar(count) or 0


_INSERT = text("""
    INSERT INTO evidence_link (tenant_id, id, evidence_id, edition_id, requirement_code,
                               offering_id, establishment_id)
    SELECT :tenant, made.id, :evidence, :edition, made.code,
           made.offering_id, made.establishment_id
      FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[]), CAST(:offs AS uuid[]),
                  CAST(:ests AS uuid[])) AS made (id, code, offering_id, establishment_id)
    ON CONFLICT DO NOTHING
    RETURNING id
""")
_COPY = text("""
    INSERT INTO evidence_link (tenant_id, id, evidence_id, edition_id, requirement_code,
                               offering_id, establishment_id)
    SELECT :tenant, made.id, :new, l.edition_id, l.requirement_code,
           l.offering_id, l.establishment_id
      FROM evidence_link l
      JOIN unnest(CAST(:old_ids AS uuid[]), CAST(:ids AS uuid[])) AS made (old_id, id)
        ON made.old_id = l.id
     WHERE l.tenant_id = :tenant
""")

Row = tuple[str, uuid.UUID | None, uuid.UUID | None]


def insert(evidence_id: uuid.UUID, edition_id: str, aim: Aim) -> Sequence[uuid.UUID]:
    """Link; what is linked already stays.  Returns the ids of the new links."""
    codes = sorted(set(aim.codes))
    named = sorted(set(aim.establishment_ids))
    rows: list[Row] = [(code, None, place) for place in named for code in codes]
    return _insert(evidence_id, edition_id, rows or [(c, aim.offering_id, None) for c in codes])


def _insert(evidence_id: uuid.UUID, edition_id: str, rows: Sequence[Row]) -> Sequence[uuid.UUID]:
    made = db.session.execute(
        _INSERT,
        {
            "tenant": current_tenant_id(),
            "evidence": evidence_id,
            "edition": edition_id,
            "ids": [new_id() for _ in rows],
            "codes": [row[0] for row in rows],
            "offs": [row[1] for row in rows],
            "ests": [row[2] for row in rows],
        },
    )
    return [row[0] for row in made]


def delete(evidence_id: uuid.UUID, edition_id: str, aim: Aim) -> Sequence[Mapping[str, Any]]:
    """Unlink; what it takes to put the links back."""
    link = EvidenceLink
    place = (
        link.establishment_id.in_(aim.establishment_ids)
        if aim.establishment_ids
        else link.establishment_id.is_(None)
        & link.offering_id.is_not_distinct_from(aim.offering_id)
    )
    those = and_(
        link.evidence_id == evidence_id,
        link.edition_id == edition_id,
        link.requirement_code.in_(aim.codes),
        place,
    )
    _keep(those)
    gone = db.session.execute(
        delete_from(link)
        .where(those)
        .returning(link.requirement_code, link.offering_id, link.establishment_id)
        .execution_options(synchronize_session=False)
    )
    return [
        {
            "edition": edition_id,
            "code": code,
            "offering": str(offering_id) if offering_id else None,
            "establishment": str(establishment_id) if establishment_id else None,
        }
        for code, offering_id, establishment_id in gone
    ]


def _keep(those: ColumnElement[bool]) -> None:
    """Remember links about to go: whoever audits an earlier day is shown what proved then."""
    link, past = EvidenceLink, EvidenceLinkPast
    columns = [
        link.tenant_id, link.id, link.evidence_id, link.edition_id, link.requirement_code,
        link.offering_id, link.establishment_id, link.created_at, func.now(),
    ]  # fmt: skip
    names = [
        past.tenant_id, past.id, past.evidence_id, past.edition_id, past.requirement_code,
        past.offering_id, past.establishment_id, past.linked_at, past.unlinked_at,
    ]  # fmt: skip
    db.session.execute(insert_into(past).from_select(names, select(*columns).where(those)))


Reached = tuple[Sequence[str], Sequence[uuid.UUID] | None]


def delete_ids(link_ids: Collection[uuid.UUID]) -> Reached:
    """Unlink by link; the requirements concerned and the establishments (``None``: all)."""
    link = EvidenceLink
    _keep(link.id.in_(link_ids))
    gone = db.session.execute(
        delete_from(link)
        .where(link.id.in_(link_ids))
        .returning(link.requirement_code, link.establishment_id)
        .execution_options(synchronize_session=False)
    )
    return _reached([(row[0], row[1]) for row in gone])


def put_back(evidence_id: uuid.UUID, gone: Sequence[Mapping[str, Any]]) -> Reached:
    """Link again what :func:`delete` had unlinked."""
    rows: list[tuple[str, Row]] = [
        (link["edition"], (link["code"], _id(link["offering"]), _id(link["establishment"])))
        for link in gone
    ]
    for edition_id in sorted({edition for edition, _ in rows}):
        _insert(evidence_id, edition_id, [row for edition, row in rows if edition == edition_id])
    return _reached([(row[0], row[2]) for _, row in rows])


def copy(old_id: uuid.UUID, new_evidence_id: uuid.UUID) -> None:
    """Give a proof all the links of another."""
    old = db.session.scalars(
        select(EvidenceLink.id).where(EvidenceLink.evidence_id == old_id)
    ).all()
    db.session.execute(
        _COPY,
        {
            "tenant": current_tenant_id(),
            "new": new_evidence_id,
            "old_ids": list(old),
            "ids": [new_id() for _ in old],
        },
    )


def codes_of(evidence_id: uuid.UUID) -> Sequence[str]:
    return reached(evidence_id)[0]


def by_offering(evidence_id: uuid.UUID) -> Mapping[uuid.UUID | None, Collection[str]]:
    """The requirements a proof serves, by offering; ``None``: all that it serves otherwise."""
    link = EvidenceLink
    rows = db.session.execute(
        select(link.offering_id, link.requirement_code)
        .where(link.evidence_id == evidence_id)
        .distinct()
        .order_by(link.offering_id, link.requirement_code)
    )
    found: dict[uuid.UUID | None, list[str]] = {}
    for offering_id, code in rows:
        found.setdefault(offering_id, []).append(code)
    return found


def reached(evidence_id: uuid.UUID) -> Reached:
    """The requirements a proof serves, and the establishments it names (``None``: all)."""
    link = EvidenceLink
    rows = db.session.execute(
        select(link.requirement_code, link.establishment_id)
        .where(link.evidence_id == evidence_id)
        .distinct()
    )
    return _reached([(row[0], row[1]) for row in rows])


def _reached(rows: Sequence[tuple[str, uuid.UUID | None]]) -> Reached:
    places = {place for _, place in rows}
    named = {place for place in places if place is not None}
    return sorted({code for code, _ in rows}), None if None in places else sorted(named)


def _id(value: str | None) -> uuid.UUID | None:
    return None if value is None else uuid.UUID(value)
