"""Until when a proof is usually good: worked out from what is said of it, with the reason."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

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


#: Requirements by the offering for which a proof serves them; ``None``: for everybody, or for some
#: establishments.
Served: TypeAlias = Mapping[uuid.UUID | None, Collection[str]]


@dataclass(frozen=True)
class _Asked:
    """A requirement, and what an offering says of it that serves it."""

    requirement: Requirement
    served: OfferingRequirement | None

    @property
    def own(self) -> bool:
        return bool(self.served and self.served.valid_months)

    @property
    def months(self) -> int:
        said = self.served.valid_months if self.served else None
        return said or self.requirement.proof.valid_months

    @property
    def proof(self) -> str:
        return self.served.proof if self.served else ""


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
    return _shortest(_asked(edition, codes, offering_id), covers_until, today)


def usual_of(
    edition: Edition, served: Served, *, covers_until: date | None, today: date
) -> Suggestion | None:
    """The shortest that is asked of a proof that is linked already; ``None`` of one that is not.

    Of what it serves for an offering as of a new one for that offering.
    """
    asked = [
        one
        for offering_id, codes in served.items()
        for one in _asked(edition, [it for it in codes if it in edition.by_code], offering_id)
    ]
    return _shortest(asked, covers_until, today) if asked else None


def _asked(
    edition: Edition, codes: Collection[str], offering_id: uuid.UUID | None
) -> Sequence[_Asked]:
    serves = _serves(edition, codes, offering_id)
    return [_Asked(edition.requirement(code), serves.get(code)) for code in sorted(serves) or codes]


def _shortest(asked: Sequence[_Asked], covers_until: date | None, today: date) -> Suggestion:
    first = min(asked, key=lambda one: (one.months, one.requirement.position))
    begun = covers_until or today
    return Suggestion(
        until=months_after(begun, first.months),
        months=first.months,
        base=Base.PERIOD if covers_until else Base.DEPOSIT,
        counted_from=begun,
        requirement=first.requirement,
        among=len({one.requirement.code for one in asked}),
        own=first.own,
        proofs={one.requirement.code: one.proof for one in asked if one.proof},
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
