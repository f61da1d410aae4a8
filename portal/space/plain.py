"""What each point of the guide comes to in plain words, and the one sentence of each question.

Pure.  What nobody has answered stays apart from what is known to be missing: neither is a zero.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.contracts.models import Bearer
from portal.guide.edition import Edition, Question, Requirement
from portal.tracking.models import Status, Verdict
from tenants.db import AnyRow


class Standing(StrEnum):
    """How a point stands, from what is sure to what nobody knows."""

    PROVEN = "proven"
    DECLARED = "declared"
    PARTIAL = "partial"
    PLANNED = "planned"
    #: Nobody has answered.
    UNKNOWN = "unknown"
    #: Nothing is said, and no offering under contract takes charge of it.
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"


class Lack(StrEnum):
    """Why what is declared is not proven."""

    PROOF = "proof"
    LAPSED = "lapsed"
    REVIEW = "review"


_OF_STATUS = {
    Status.IMPLEMENTED: Standing.DECLARED,
    Status.ALTERNATIVE: Standing.DECLARED,
    Status.PARTIAL: Standing.PARTIAL,
    Status.PLANNED: Standing.PLANNED,
    Status.NOT_APPLICABLE: Standing.NOT_APPLICABLE,
}
#: What a director should hear of first.
_GRAVITY = (
    Standing.MISSING,
    Standing.UNKNOWN,
    Standing.PLANNED,
    Standing.PARTIAL,
    Standing.DECLARED,
    Standing.PROVEN,
    Standing.NOT_APPLICABLE,
)


@dataclass(frozen=True)
class Point:
    """One requirement that applies here, as a row of ``tracking.sheet.rows`` tells it."""

    row: AnyRow
    requirement: Requirement
    standing: Standing
    lack: Lack | None

    @property
    def sentence(self) -> str | None:
        """The guide's words for this standing; none for what nobody has answered.

        What is only planned is as it is without it: the guide speaks of the two together.
        """
        words = self.requirement.words
        return {
            Standing.PROVEN: words.done,
            Standing.DECLARED: words.declared,
            Standing.PARTIAL: words.partial,
            Standing.PLANNED: words.missing,
            Standing.MISSING: words.missing,
        }.get(self.standing)

    @property
    def ours(self) -> bool:
        """Whether it is for the establishment to answer: not what nobody was asked to do."""
        return self.row.bearer is Bearer.ESTABLISHMENT and self.standing is not Standing.MISSING

    @property
    def contested(self) -> bool:
        return bool(self.row.verdict is Verdict.CONTESTED)

    @property
    def awaits(self) -> bool:
        """Whether something is said here on which the establishment has not given its view."""
        said = self.standing not in {Standing.UNKNOWN, Standing.MISSING}
        return said and self.row.verdict is Verdict.NONE


@dataclass(frozen=True)
class Told:
    """One question as the establishment reads it."""

    question: Question
    points: Sequence[Point]

    @property
    def counts(self) -> Counter[Standing]:
        return Counter(point.standing for point in self.points)

    @property
    def key(self) -> Point | None:
        """The point to speak of: the gravest, and of those the heaviest."""
        return min(
            self.points,
            key=lambda it: (_GRAVITY.index(it.standing), -it.requirement.weight),
            default=None,
        )

    @property
    def contested(self) -> int:
        return sum(point.contested for point in self.points)

    @property
    def said(self) -> bool:
        """Whether there is anything to give one's view on."""
        return self.awaiting > 0 or any(
            point.row.verdict is Verdict.RECOGNISED for point in self.points
        )

    @property
    def awaiting(self) -> int:
        return sum(point.awaits for point in self.points)


def told(edition: Edition, rows: Iterable[AnyRow], today: date) -> Sequence[Told]:
    """The thirteen questions, each with the points that apply here."""
    points: dict[int, list[Point]] = {question.number: [] for question in edition.questions}
    for row in rows:
        if row.applies:
            known = edition.requirement(row.requirement_code)
            points[row.question].append(Point(row, known, standing(row, known), _lack(row, today)))
    return [Told(question, points[question.number]) for question in edition.questions]


def standing(row: AnyRow, requirement: Requirement) -> Standing:
    """How a tracked row stands.

    Without an answer, a point is missing when the guide leaves it to the provider, at least in
    part, and no offering under contract does; else it is only unknown.
    """
    if row.status is Status.UNKNOWN:
        left_alone = row.bearer is Bearer.ESTABLISHMENT and requirement.bearer != row.bearer
        return Standing.MISSING if left_alone else Standing.UNKNOWN
    found = _OF_STATUS[row.status]
    return Standing.PROVEN if found is Standing.DECLARED and row.proven else found


def _lack(row: AnyRow, today: date) -> Lack | None:
    if row.proven or row.status not in {Status.IMPLEMENTED, Status.ALTERNATIVE, Status.PARTIAL}:
        return None
    if row.proof_until is None:
        return Lack.PROOF
    return Lack.LAPSED if row.proof_until < today else Lack.REVIEW
