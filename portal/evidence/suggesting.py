"""Until when a proof is usually good: worked out from what is said of it, with the reason."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from portal.contracts import queries as contracts
from portal.contracts.models import OfferingRequirement
from portal.evidence import certificates
from portal.evidence.models import CertificateKind
from portal.guide.edition import Edition, Requirement, months_after


class Base(StrEnum):
    """What the months are counted from."""

    PERIOD = "period"
    DEPOSIT = "deposit"
    CERTIFICATE = "certificate"


@dataclass(frozen=True)
class Suggestion:
    """The last day proposed: ``months`` after ``counted_from``.

    ``requirement`` is the one that asks for the shortest validity, of ``among``.  ``own`` when the
    offering says so rather than the guide; ``proofs`` are its words for its usual ones, by code.
    """

    until: date
    months: int
    base: Base
    counted_from: date
    requirement: Requirement | None = None
    among: int = 1
    own: bool = False
    proofs: Mapping[str, str] = field(default_factory=dict)


def usual(
    edition: Edition,
    codes: Collection[str],
    *,
    covers_until: date | None,
    today: date,
    offering_id: uuid.UUID | None = None,
) -> Suggestion:
    """The guide's: the shortest of these requirements, from the end of the period on.

    For an offering those that it serves count alone: it proves no other.  Where it gives a
    validity of its own, that stands for the guide's.
    """
    serves = _serves(edition, codes, offering_id)
    counting = [edition.requirement(code) for code in sorted(serves) or codes]
    own = {code: row.valid_months for code, row in serves.items() if row.valid_months}
    usually = {one.code: own.get(one.code, one.proof.valid_months) for one in counting}
    first = min(counting, key=lambda one: (usually[one.code], one.position))
    months = usually[first.code]
    begun = covers_until or today
    return Suggestion(
        until=months_after(begun, months),
        months=months,
        base=Base.PERIOD if covers_until else Base.DEPOSIT,
        counted_from=begun,
        requirement=first,
        among=len(counting),
        own=first.code in own,
        proofs={code: row.proof for code, row in sorted(serves.items()) if row.proof},
    )


def _serves(
    edition: Edition, codes: Collection[str], offering_id: uuid.UUID | None
) -> Mapping[str, OfferingRequirement]:
    """What the offering says of those of these requirements that it serves."""
    if offering_id is None:
        return {}
    rows = contracts.served(offering_id, edition.id)
    return {row.requirement_code: row for row in rows if row.requirement_code in set(codes)}


def of_certificate(kind: CertificateKind, begun: date) -> Suggestion | None:
    """The longest that one of this type runs; ``None`` where its scheme says nothing."""
    months = certificates.SCHEMES[kind].months
    if months is None:
        return None
    until = months_after(begun, months) - timedelta(days=1)
    return Suggestion(until, months, Base.CERTIFICATE, begun)
