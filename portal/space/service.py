"""What an establishment gives of its own: the proofs of what it bears, alone or in part."""

import uuid
from datetime import date

from portal.contracts.models import Bearer
from portal.evidence import house
from portal.evidence.facts import Deposit, Facts
from portal.evidence.models import Evidence, Visibility
from portal.guide.edition import Edition
from portal.kit.errors import Refused
from portal.tracking import queries as tracking
from tenants.access import Actor


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


def shown_to(bearer: Bearer, *, shared: bool) -> Visibility:
    """Who opens it: what is borne with the provider is proven before it as well."""
    return Visibility.CLIENTS if shared or bearer is Bearer.SHARED else Visibility.HOUSE
