"""Until when a proof is usually good: worked out from what is said of it, with the reason."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.contracts import queries as contracts
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

    ``requirement`` is the one that asks for the shortest validity, of ``among``.
    """

    until: date
    months: int
    base: Base
    counted_from: date
    requirement: Requirement | None = None
    among: int = 1


def usual(
    edition: Edition,
    codes: Collection[str],
    *,
    covers_until: date | None,
    today: date,
    offering_id: uuid.UUID | None = None,
) -> Suggestion:
    """The guide's: the shortest of these requirements, from the end of the period on.

    For an offering those that it serves count alone: it proves no other.
    """
    counting = [edition.requirement(code) for code in _served(edition, codes, offering_id)]
    first = min(counting, key=lambda one: (one.proof.valid_months, one.position))
    begun = covers_until or today
    return Suggestion(
        until=first.valid_until(begun),
        months=first.proof.valid_months,
        base=Base.PERIOD if covers_until else Base.DEPOSIT,
        counted_from=begun,
        requirement=first,
        among=len(counting),
    )


def _served(
    edition: Edition, codes: Collection[str], offering_id: uuid.UUID | None
) -> Collection[str]:
    if offering_id is None:
        return codes
    serves = {row.requirement_code for row in contracts.served(offering_id, edition.id)}
    return sorted(serves & set(codes)) or codes


def of_certificate(kind: CertificateKind, begun: date) -> Suggestion | None:
    """The longest that one of this type runs; ``None`` where its scheme says nothing."""
    months = certificates.SCHEMES[kind].months
    if months is None:
        return None
    until = months_after(begun, months) - timedelta(days=1)
    return Suggestion(until, months, Base.CERTIFICATE, begun)
