"""What reminders are about, and how each kind is told where a tenant chose nothing.

A kind joins by a :class:`Kind`, its :class:`Subject`, its line in :data:`DEFAULTS`, a ``Source``
in ``registry`` and its words in ``templates/mail/lines.txt``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from portal.kit.errors import DomainError
from tenants.roles import Role


class Kind(StrEnum):
    """What a tenant has rules for, and what a person may do without being told of."""

    PROOF = "proof"
    REVIEW = "review"
    ACTION = "action"
    CONTEST = "contest"
    COLLECTION = "collection"
    #: Once a week, what comes up in the whole fleet; it has no steps.
    WEEKLY = "weekly"
    #: That a record which somebody asked for is ready to leave; told to her once, without steps.
    ARCHIVE = "archive"


class NoLongerSent(DomainError):
    """A link of ours, from an old message, names a kind or a subject that there is no more."""

    status = 410
    heading = "This link is no longer good"
    message = (
        "It was written for a kind of message that is no longer sent: there is nothing left to"
        " stop or to put off. You can close this page."
    )


class Subject(StrEnum):
    """What one reminder is about."""

    EVIDENCE = "evidence"
    STATEMENT_REVIEW = "statement_review"
    REQUIREMENT_REVIEW = "requirement_review"
    ACTION = "action"
    CONTEST = "contest"
    FILE_REQUEST = "file_request"
    COLLECTION_TURN = "collection_turn"


#: What falls due on several days, each a reminder of its own: requirements of an offering, or of an
#: establishment, are reviewed one after the other, a proof is brought again by many.
SEVERAL_DAYS: Final = frozenset(
    {Subject.STATEMENT_REVIEW, Subject.REQUIREMENT_REVIEW, Subject.COLLECTION_TURN}
)

KIND_OF: Final[Mapping[Subject, Kind]] = MappingProxyType(
    {
        Subject.EVIDENCE: Kind.PROOF,
        Subject.STATEMENT_REVIEW: Kind.REVIEW,
        Subject.REQUIREMENT_REVIEW: Kind.REVIEW,
        Subject.ACTION: Kind.ACTION,
        Subject.CONTEST: Kind.CONTEST,
        Subject.FILE_REQUEST: Kind.COLLECTION,
        Subject.COLLECTION_TURN: Kind.COLLECTION,
    }
)


class Rung(StrEnum):
    """Who is told, in the order in which what nobody does anything about goes up.

    People of establishments stand beside: what concerns them is told to them by a gap of its own.
    """

    TECHNICIAN = "technician"
    MANAGER = "manager"
    OWNER = "owner"
    ESTABLISHMENT = "establishment"


#: The provider's own, from the first told to the last.
LADDER: Final = (Rung.TECHNICIAN, Rung.MANAGER, Rung.OWNER)
#: Who can act.  Billing and auditors are left in peace.
RUNG_OF: Final[Mapping[Role, Rung]] = MappingProxyType(
    {
        Role.TECHNICIAN: Rung.TECHNICIAN,
        Role.MANAGER: Rung.MANAGER,
        Role.OWNER: Rung.OWNER,
        Role.DIRECTOR: Rung.ESTABLISHMENT,
        Role.MEMBER: Rung.ESTABLISHMENT,
    }
)
#: A step this many days before a day, or after it.
EARLIEST, LATEST = 90, -60
#: The longest that one rung waits for another.
LONGEST_GAP: Final = 120


@dataclass(frozen=True)
class KindRules:
    """How one kind is told.

    ``steps``: days before the due day, the earliest first; negative ones come after it.
    ``gaps``: how many days after the first step each rung is told, if nothing was done; ``None``:
    never.
    """

    steps: tuple[int, ...]
    gaps: Mapping[Rung, int | None]

    def days(self, gap: int | None) -> tuple[int, ...]:
        """The days before the due day on which somebody with this gap is told."""
        if gap is None or not self.steps:
            return ()
        first = self.steps[0] - gap
        return (first, *(step for step in self.steps if step < first))


def _rules(steps: tuple[int, ...], *gaps: int | None) -> KindRules:
    return KindRules(steps, MappingProxyType(dict(zip(Rung, gaps, strict=True))))


#: A lapse goes up a week before it comes, and to the top on its last day; what waits for an
#: answer or a file goes up after a week, and again after another.
DEFAULTS: Final[Mapping[Kind, KindRules]] = MappingProxyType(
    {
        Kind.PROOF: _rules((30, 7, 0), 0, 23, 30, 0),
        Kind.REVIEW: _rules((30, 7, 0), 0, 23, 30, 0),
        Kind.ACTION: _rules((7, 0, -7), 0, 14, 21, 7),
        Kind.CONTEST: _rules((-3, -7, -14), 0, 4, 11, None),
        Kind.COLLECTION: _rules((7, 0, -7), 0, 14, 21, 0),
    }
)
