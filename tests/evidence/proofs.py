"""Proofs a test needs, added through the service with plain words."""

import uuid
from collections.abc import Collection
from datetime import date, timedelta

from portal.evidence import service
from portal.evidence.certificates import Certificate
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Kind, Visibility
from portal.guide import loader
from tenants.access import Actor
from tenants.db import db

TODAY = date(2026, 6, 15)


def note(
    actor: Actor,
    *codes: str,
    title: str = "Compte rendu d’essai",
    offering_id: uuid.UUID | None = None,
    establishment_ids: Collection[uuid.UUID] = (),
    valid_until: date | None = TODAY + timedelta(200),
    covers_from: date | None = None,
    visibility: Visibility = Visibility.CLIENTS,
    today: date = TODAY,
    certificate: Certificate | None = None,
) -> uuid.UUID:
    """A written proof of these requirements (SAUV-04 by default)."""
    found = service.add(
        actor,
        loader.current(),
        content=Content(Kind.NOTE, body="Essai mené à bien."),
        facts=Facts(title, visibility, covers_from, None, valid_until, certificate),
        aim=Aim(codes or ("SAUV-04",), offering_id, establishment_ids),
        today=today,
    )
    evidence_id: uuid.UUID = found.id
    db.session.commit()
    return evidence_id
