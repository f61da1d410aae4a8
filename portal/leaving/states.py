"""How the thirteen questions and their requirements stood, and how they came there."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Bearer = Literal["provider", "shared", "establishment"]
Status = Literal["unknown", "planned", "partial", "implemented", "alternative", "not_applicable"]
Origin = Literal["none", "statement", "own"]
Word = Literal["none", "recognised", "contested"]
Tier = Literal["baseline", "reinforced"]


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Shares in per mille of the weight that applies; ``None`` where nothing applies."""

    declared: int | None
    proven: int | None
    recognised: int | None


@dataclass(frozen=True, kw_only=True)
class Question(Totals):
    """One of the thirteen."""

    number: int
    title: str


@dataclass(frozen=True, kw_only=True)
class Past:
    """What a requirement had become by the evening of ``since``, until the next one.

    ``text`` is what was declared or written there; ``proven`` lasted until ``proof_until`` and
    ``review_due`` at most.
    """

    since: date
    status: Status
    origin: Origin
    offering: str | None
    bearer: Bearer
    text: str
    proven: bool
    proof_until: date | None
    review_due: date | None
    verdict: Word
    recognised: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The establishment's own word on a requirement."""

    word: Word
    by: str | None
    at: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One thing that a question asks for; ``house_by`` gave the answer for the establishment.

    ``proofs`` are ids of the chapter's evidence; ``history`` begins with the oldest.
    """

    code: str
    title: str
    question: int
    tier: Tier
    applies: bool
    bearer: Bearer
    status: Status
    origin: Origin
    offering: str | None
    text: str
    house_by: str | None
    reviewed_on: date | None
    review_due: date | None
    proven: bool
    proof_until: date | None
    recognised: bool
    verdict: Verdict
    proofs: tuple[str, ...]
    history: tuple[Past, ...]
