"""One establishment's record, as the present provider's register has it today."""

import uuid
from collections.abc import Collection
from datetime import date

from portal.contracts import queries as contracts
from portal.fleet import queries as fleet
from portal.guide.edition import Edition
from portal.leaving import told_papers, told_states, told_voices
from portal.leaving.record import Chapter, Contract, Establishment, ManagingBody, Provider
from portal.tracking import sheet
from tenants import queries as tenancy
from tenants.context import current_tenant_id


def provider() -> Provider:
    """Whose register this is."""
    tenant = tenancy.tenant(current_tenant_id())
    return Provider(name=tenant.name, siren=tenant.siren)


def establishment(establishment_id: uuid.UUID) -> Establishment:
    """Raises :class:`NotFound`."""
    row = fleet.establishment(establishment_id)
    body = fleet.managing_body(row.managing_body_id)
    return Establishment(
        name=row.name,
        long_name=row.long_name,
        finess=row.finess,
        siret=row.siret,
        category=row.category_label,
        address=row.address,
        postcode=row.postcode,
        city=row.city,
        capacity=row.capacity,
        tier=row.tier.value,
        conditions=tuple(sorted(row.conditions)),
        managing_body=body and ManagingBody(name=body.name, finess=body.finess, siren=body.siren),
    )


def chapter(
    establishment_id: uuid.UUID,
    edition: Edition,
    today: date,
    *,
    there: Collection[str],
    journal: str,
    for_house: bool,
) -> Chapter:
    """``there`` are the places of the files that went into the archive."""
    head = sheet.head(establishment_id)
    evidence = told_papers.shelf(establishment_id, there, for_house=for_house)
    shown = {uuid.UUID(proof.id) for proof in evidence}
    return Chapter(
        provider=provider(),
        as_of=today,
        edition=edition.id,
        contracts=tuple(
            Contract(offering=it.offering, starts_on=it.starts_on, ends_on=it.ends_on)
            for it in contracts.contracts_of(establishment_id)
        ),
        totals=told_states.totals(head),
        questions=tuple(told_states.questions(head, edition)),
        requirements=tuple(told_states.requirements(establishment_id, edition, shown)),
        evidence=tuple(evidence),
        contests=tuple(told_voices.said(establishment_id)),
        assessments=tuple(told_voices.felt(establishment_id, for_house=for_house)),
        actions=tuple(told_voices.meant(establishment_id)),
        attestations=tuple(told_papers.attested(establishment_id, there)),
        audits=tuple(told_papers.audits(establishment_id, there)),
        briefs=tuple(told_papers.summed_up(establishment_id, there)),
        journal=journal,
    )
