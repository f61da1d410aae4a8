"""What an establishment gives of its own: the proofs of what it bears, alone or in part."""

import uuid
from collections.abc import Sequence
from datetime import date

from portal.contracts.models import Bearer
from portal.evidence import house, linking
from portal.evidence.facts import Deposit, Facts
from portal.evidence.models import Evidence, Visibility
from portal.guide.edition import Edition
from portal.kit.errors import Refused
from portal.tracking import queries as tracking
from portal.tracking import sheet
from tenants.access import Actor
from tenants.db import AnyRow


class NothingLeft(Refused):
    message = "What this proof served is no longer yours to prove: there is nothing to renew."


def deposit(
    actor: Actor,
    edition: Edition,
    given: Deposit,
    facts: Facts,
    *,
    establishment_id: uuid.UUID,
    code: str,
    today: date,
) -> Evidence:
    """Take in a proof of hers for one requirement.

    Of a shared one her provider opens it as well.  Raises ``Refused`` where it is the provider who
    proves, ``NotFound`` on a requirement that is not followed there.
    """
    row = tracking.tracked(establishment_id, edition.id, code)
    if row.bearer is Bearer.PROVIDER:
        raise Refused("This one is for your provider to prove: ask for the proof, or contest it.")
    return house.deposit(
        actor, edition, given, facts, establishment_id=establishment_id, code=code, today=today
    )


def still_hers(
    establishment_id: uuid.UUID, edition: Edition, evidence_id: uuid.UUID
) -> Sequence[AnyRow]:
    """The rows of what one of her proofs serves that are hers to prove today, in full or in part.

    Some may have become her provider's since, or be followed there no more.
    """
    served = set(linking.codes_of(evidence_id))
    return [
        row
        for row in sheet.rows(establishment_id, edition.id)
        if row.requirement_code in served and row.bearer != Bearer.PROVIDER
    ]


def renew(
    actor: Actor,
    edition: Edition,
    given: Deposit,
    facts: Facts,
    *,
    establishment_id: uuid.UUID,
    evidence_id: uuid.UUID,
    today: date,
) -> Evidence:
    """Take in the proof that follows one of hers, for what is hers to prove still.

    Raises ``Refused`` where nothing of it is.
    """
    rows = still_hers(establishment_id, edition, evidence_id)
    if not rows:
        raise NothingLeft
    return house.renew(
        actor,
        edition,
        given,
        facts,
        establishment_id=establishment_id,
        evidence_id=evidence_id,
        codes=[row.requirement_code for row in rows],
        today=today,
    )


def shown_to(bearer: Bearer, *, shared: bool) -> Visibility:
    """Who opens it: what is borne with the provider is proven before it as well."""
    return Visibility.CLIENTS if shared or bearer is Bearer.SHARED else Visibility.HOUSE
