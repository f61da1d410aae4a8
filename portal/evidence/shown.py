"""What the people of an establishment may see of the shelf: the same that PostgreSQL shows them.

A job works for the whole tenant and has to say itself what a list would see by itself.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select

from portal.contracts.models import Contract, Offering
from portal.evidence.models import Evidence, EvidenceLink, State, Visibility
from tenants.db import db


def shown_at(establishment_id: uuid.UUID) -> Sequence[Evidence]:
    """Proofs that serve it, shown to clients or its own: lapsed, replaced, withdrawn ones too."""
    linked = select(EvidenceLink.evidence_id).where(_reaches(establishment_id))
    return db.session.scalars(
        select(Evidence)
        .where(
            Evidence.id.in_(linked),
            Evidence.visibility != Visibility.PROVIDER,
            or_(
                Evidence.establishment_id.is_(None),
                Evidence.establishment_id == establishment_id,
            ),
            Evidence.state == State.READY,
            ~Evidence.proposed,
        )
        .order_by(Evidence.created_at, Evidence.id)
    ).all()


def whole_shelf() -> Sequence[Evidence]:
    """Every proof of the provider that was examined, whoever may see it.

    What an establishment deposited itself is its own to take away.
    """
    return db.session.scalars(
        select(Evidence)
        .where(
            Evidence.state == State.READY,
            ~Evidence.proposed,
            Evidence.establishment_id.is_(None),
        )
        .order_by(Evidence.created_at, Evidence.id)
    ).all()


def serving(establishment_id: uuid.UUID, edition_id: str) -> dict[str, list[uuid.UUID]]:
    """By requirement code, which proofs are linked to it there, shown or not."""
    rows = db.session.execute(
        select(EvidenceLink.requirement_code, EvidenceLink.evidence_id)
        .where(_reaches(establishment_id), EvidenceLink.edition_id == edition_id)
        .distinct()
        .order_by(EvidenceLink.requirement_code, EvidenceLink.evidence_id)
    )
    found: dict[str, list[uuid.UUID]] = {}
    for code, evidence_id in rows:
        found.setdefault(code, []).append(evidence_id)
    return found


def _reaches(establishment_id: uuid.UUID) -> ColumnElement[bool]:
    """Its own links, those of offerings it ever had or that come along, those of everybody."""
    link = EvidenceLink
    had = select(Contract.offering_id).where(Contract.establishment_id == establishment_id)
    along = select(Offering.id).where(Offering.included)
    everybody = link.offering_id.is_(None)
    return or_(
        link.establishment_id == establishment_id,
        and_(
            link.establishment_id.is_(None),
            or_(everybody, link.offering_id.in_(had), link.offering_id.in_(along)),
        ),
    )
