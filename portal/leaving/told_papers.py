"""The documents of one establishment, as they are told in its record.

``there`` are the places of the files that went into the archive: the others are told without one.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from portal.attestations import queries as attestations
from portal.briefs import queries as briefs
from portal.engagements import queries as engagements
from portal.engagements.models import AuditFinding, AuditReport, AuditRequest, Engagement
from portal.evidence import models, shown
from portal.kit import clock
from portal.leaving import places
from portal.leaving.papers import Attestation, Audit, Brief, Evidence, Finding, Report, Request


def proofs(proof: models.Evidence, there: Collection[str], *, for_house: bool) -> Evidence:
    """One proof; what a house opens itself is in none but its own archive."""
    withheld = proof.visibility is models.Visibility.HOUSE and not for_house
    return Evidence(
        id=str(proof.id),
        title=proof.title,
        kind=proof.kind.value,
        certificate=proof.certificate.value if proof.certificate else None,
        issuer=proof.issuer,
        number=proof.number,
        scope=proof.scope,
        covers_from=proof.covers_from,
        covers_until=proof.covers_until,
        valid_until=proof.valid_until,
        added_on=clock.day_of(proof.created_at),
        withdrawn_on=_day(proof.withdrawn_at),
        replaced_by=str(proof.replaced_by) if proof.replaced_by else None,
        url=proof.url,
        text=proof.body,
        file_name=None if withheld else proof.file_name,
        media_type=proof.file_type,
        size=proof.file_size,
        sha256=proof.sha256,
        file=None if withheld else _if_there(places.of_proof(proof), there),
        by_establishment=proof.establishment_id is not None,
        withheld=withheld,
    )


def shelf(
    establishment_id: uuid.UUID, there: Collection[str], *, for_house: bool
) -> list[Evidence]:
    """What its people may see."""
    return [proofs(proof, there, for_house=for_house) for proof in shown.shown_at(establishment_id)]


def summed_up(establishment_id: uuid.UUID, there: Collection[str]) -> Iterator[Brief]:
    """What was laid before its board, the first first."""
    for row in briefs.issued_at(establishment_id):
        yield Brief(
            number=row.number,
            as_of=row.as_of,
            issued_at=row.issued_at,
            sha256=row.pdf_sha256,
            file=_if_there(places.of_brief(row), there),
        )


def attested(establishment_id: uuid.UUID, there: Collection[str]) -> Iterator[Attestation]:
    """Every document that was issued, those replaced and revoked included."""
    for row in attestations.issued_at(establishment_id):
        yield Attestation(
            number=row.number,
            as_of=row.as_of,
            period_from=row.period_from,
            period_until=row.period_until,
            issued_at=row.issued_at,
            declared=row.declared_total,
            proven=row.proven_total,
            recognised=row.recognised_total,
            approved_by=row.approved_by,
            superseded_on=_day(row.superseded_at),
            revoked_on=_day(row.revoked_at),
            revoked_reason=row.revoked_reason,
            sha256=row.pdf_sha256,
            file=_if_there(places.of_attestation(row), there),
            data_sha256=row.snapshot_sha256,
            data=_if_there(places.of_snapshot(row), there),
        )


def audits(establishment_id: uuid.UUID, there: Collection[str]) -> Iterator[Audit]:
    """What each audit said of this establishment, and of no other."""
    reports = {one.engagement_id: one for one in engagements.reports_at(establishment_id)}
    for one in engagements.at_place(establishment_id):
        yield _audit(one, establishment_id, reports.get(one.id), there)


def _audit(
    one: Engagement,
    establishment_id: uuid.UUID,
    report: AuditReport | None,
    there: Collection[str],
) -> Audit:
    return Audit(
        title=one.title,
        purpose=one.purpose,
        auditors=tuple(one.auditors),
        period_from=one.period_from,
        period_until=one.period_until,
        as_of=one.as_of,
        findings=tuple(_findings(engagements.findings(one.id), establishment_id)),
        requests=tuple(_requests(engagements.requests(one.id), establishment_id)),
        report=report and _report(report, there),
    )


def _findings(rows: Sequence[AuditFinding], establishment_id: uuid.UUID) -> Iterator[Finding]:
    for row in rows:
        if row.establishment_id == establishment_id:
            yield Finding(
                code=row.requirement_code,
                conclusion=row.conclusion.value,
                words=row.words,
                by=row.found_by_name,
                provider_answer=row.provider_answer,
                provider_by=row.provider_by_name,
                establishment_answer=row.place_answer,
                establishment_by=row.place_by_name,
            )


def _requests(rows: Sequence[AuditRequest], establishment_id: uuid.UUID) -> Iterator[Request]:
    for row in rows:
        if row.establishment_id == establishment_id:
            yield Request(
                code=row.requirement_code,
                words=row.words,
                due_on=row.due_on,
                by=row.asked_by_name,
                answer=row.answer,
                answered_by=row.answered_by_name,
            )


def _report(row: AuditReport, there: Collection[str]) -> Report:
    return Report(
        number=row.number,
        issued_at=row.issued_at,
        sha256=row.pdf_sha256 or "",
        file=_if_there(places.of_report(row), there),
    )


def _if_there(place: str | None, there: Collection[str]) -> str | None:
    return place if place in there else None


def _day(at: datetime | None) -> date | None:
    return None if at is None else clock.day_of(at)
