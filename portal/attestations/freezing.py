"""Reads what is true of many establishments in one SQL statement, and freezes each of them.

One statement sees one instant: scores, states, words and proofs of an establishment cannot come
from before and after somebody's change.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from portal.attestations import freeze
from portal.attestations.snapshot import (
    Establishment,
    ManagingBody,
    Period,
    Proof,
    Provider,
    Requirement,
    Snapshot,
    Verdict,
)
from portal.evidence import certificates
from portal.evidence.models import CertificateKind
from portal.guide.edition import Edition
from tenants.context import current_tenant_id
from tenants.db import AnyRow, db

#: What tracking counts as a proof of a row: its own, its offering's, the tenant's if inherited.
_FACTS = text("""
    WITH running AS (
        SELECT DISTINCT c.establishment_id, c.offering_id
          FROM contract c
         WHERE c.tenant_id = :tenant AND c.establishment_id = ANY(CAST(:ests AS uuid[]))
           AND c.starts_on <= :day AND (c.ends_on IS NULL OR c.ends_on >= :day)
    ),
    sold AS (
        SELECT r.establishment_id, o.id, o.position, o.name
          FROM running r JOIN offering o ON o.tenant_id = :tenant AND o.id = r.offering_id
        UNION
        SELECT r.establishment_id, o.id, o.position, o.name
          FROM running r
          JOIN offering o ON o.tenant_id = :tenant AND o.included AND o.archived_at IS NULL
    ),
    scope AS (
        SELECT establishment_id, json_agg(name ORDER BY position, name, id) AS names
          FROM sold GROUP BY establishment_id
    ),
    row AS (
        SELECT t.* FROM tracked_requirement t
         WHERE t.tenant_id = :tenant AND t.edition_id = :edition
           AND t.establishment_id = ANY(CAST(:ests AS uuid[]))
    ),
    backing AS (
        SELECT DISTINCT t.establishment_id, t.requirement_code, e.id, e.title, e.kind,
               e.covers_from, e.covers_until, e.valid_until, e.sha256, e.visibility,
               e.certificate, e.number
          FROM row t
          JOIN evidence_link l
            ON l.tenant_id = :tenant AND l.edition_id = :edition
           AND l.requirement_code = t.requirement_code
           AND (l.establishment_id = t.establishment_id
                OR (l.establishment_id IS NULL AND t.origin = 'statement'
                    AND (l.offering_id IS NULL OR l.offering_id = t.offering_id)))
          JOIN evidence e ON e.tenant_id = :tenant AND e.id = l.evidence_id
         WHERE e.state = 'ready' AND e.withdrawn_at IS NULL
           AND (e.covers_from IS NULL OR e.covers_from <= :day)
    ),
    proofs AS (
        SELECT establishment_id, requirement_code,
               json_agg(json_build_array(id, title, kind, covers_from, covers_until, valid_until,
                                         sha256, visibility, certificate, number)
                        ORDER BY valid_until DESC, title, id) AS list
          FROM backing GROUP BY establishment_id, requirement_code
    ),
    file AS (
        SELECT t.establishment_id,
               json_agg(json_build_array(
                   t.requirement_code, t.question, t.weight, t.applies, t.status, t.origin,
                   t.bearer, o.name,
                   CASE t.origin WHEN 'statement' THEN s.text WHEN 'own' THEN t.note END,
                   t.review_due, t.proven, t.verdict, t.verdict_by_name,
                   CAST(t.verdict_at AT TIME ZONE 'Europe/Paris' AS date), t.verdict_reason,
                   p.list)
                   ORDER BY t.question, t.requirement_code) AS rows
          FROM row t
          LEFT JOIN offering o ON o.tenant_id = :tenant AND o.id = t.offering_id
          LEFT JOIN statement s ON s.tenant_id = :tenant AND s.offering_id = t.offering_id
                               AND s.edition_id = :edition
                               AND s.requirement_code = t.requirement_code
          LEFT JOIN proofs p ON p.establishment_id = t.establishment_id
                            AND p.requirement_code = t.requirement_code
         GROUP BY t.establishment_id
    )
    SELECT e.id, e.name, e.finess, e.category_label, e.address, e.postcode, e.city, e.tier,
           b.name AS body_name, b.finess AS body_finess,
           s.declared, s.proven, s.recognised, s.declared_total, s.proven_total,
           s.recognised_total, s.applicable_total, scope.names AS offerings, file.rows
      FROM establishment e
      JOIN scorecard s ON s.tenant_id = :tenant AND s.establishment_id = e.id
      JOIN file ON file.establishment_id = e.id
      LEFT JOIN scope ON scope.establishment_id = e.id
      LEFT JOIN managing_body b ON b.tenant_id = :tenant AND b.id = e.managing_body_id
     WHERE e.tenant_id = :tenant AND e.id = ANY(CAST(:ests AS uuid[]))
     ORDER BY array_position(CAST(:ests AS uuid[]), e.id)
""")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the attestations ordered together have in common."""

    provider: Provider
    edition: Edition
    period: Period
    as_of: date
    at: datetime


def frozen(
    order: Order, establishment_ids: Sequence[uuid.UUID], numbers: Sequence[str]
) -> Iterator[tuple[uuid.UUID, Snapshot]]:
    """A snapshot for each establishment, in the order given, as it stands at this instant.

    Raises ``ValueError`` when one of them has no file: the caller chose among those that have.
    """
    rows = db.session.execute(
        _FACTS,
        {
            "tenant": current_tenant_id(),
            "edition": order.edition.id,
            "ests": list(establishment_ids),
            "day": order.as_of,
        },
    ).all()
    for row, number in zip(rows, numbers, strict=True):
        yield row.id, _snapshot(order, row, number)


def _snapshot(order: Order, row: AnyRow, number: str) -> Snapshot:
    totals = (row.declared_total, row.proven_total, row.recognised_total)
    return freeze.build(
        number=number,
        issued_at=order.at,
        as_of=order.as_of,
        period=order.period,
        provider=order.provider,
        establishment=_establishment(row),
        offerings=row.offerings or (),
        edition=order.edition.id,
        tier=row.tier,
        totals=totals if row.applicable_total else (-1, -1, -1),
        lines=_lines(order.edition, row),
        requirements=[_requirement(order, given) for given in row.rows],
    )


def _establishment(row: AnyRow) -> Establishment:
    body = ManagingBody(name=row.body_name, finess=row.body_finess) if row.body_name else None
    return Establishment(
        name=row.name,
        finess=row.finess,
        category=row.category_label or None,
        address=row.address or None,
        city=f"{row.postcode} {row.city}".strip() or None,
        managing_body=body,
    )


def _lines(edition: Edition, row: AnyRow) -> Iterator[freeze.Line]:
    shares = zip(row.declared, row.proven, row.recognised, strict=True)
    for question, (declared, proven, recognised) in zip(edition.questions, shares, strict=True):
        yield freeze.Line(
            number=question.number,
            title=question.title,
            short=question.short,
            title_confirmed=question.title_confirmed,
            declared=declared,
            proven=proven,
            recognised=recognised,
        )


def _requirement(order: Order, given: Sequence[Any]) -> Requirement:
    code, question, weight, applies, status, origin, bearer, offering, words = given[:9]
    review_due, proven, word, by, on, reason, proofs = given[9:]
    guide = order.edition.requirement(code)
    said = Verdict(word=word, by=by, on=_day(on), reason=reason or None)
    return Requirement(
        code=code,
        title=guide.title,
        question=question,
        bearer=bearer,
        tier=guide.tier,  # type: ignore[arg-type]  # the loader checks it against the same two
        weight=weight,
        applies=applies,
        status=status,
        origin=origin,
        offering=offering,
        text=words or None,
        review_due=_day(review_due),
        proven=proven,
        verdict=Verdict() if word == "none" else said,
        proofs=_proofs(proofs or (), order.as_of),
    )


def _proofs(listed: Sequence[Sequence[Any]], as_of: date) -> tuple[Proof, ...]:
    """Those valid on that day; where there is none, the last to have lapsed."""
    proofs = tuple(_proof(*given) for given in listed)
    valid = tuple(proof for proof in proofs if proof.valid_until and proof.valid_until >= as_of)
    return valid or proofs[:1]


def _proof(
    proof_id: str,
    title: str,
    kind: Any,
    covers_from: str | None,
    covers_until: str | None,
    valid_until: str,
    sha256: str,
    visibility: str,
    certificate: str | None,
    number: str,
) -> Proof:
    """A proof kept by the provider still counts: it is listed, its title is not.

    Its digest binds the provider to the very file; that of a link or a note could be guessed.
    """
    shared = visibility == "clients"
    typed = CertificateKind(certificate) if certificate else None
    return Proof(
        id=proof_id,
        title=certificates.titled(title, typed, number) if shared else "",
        kind=kind,
        covers_from=_day(covers_from),
        covers_until=_day(covers_until),
        valid_until=_day(valid_until),
        sha256=sha256 if shared or kind == "file" else None,
    )


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
