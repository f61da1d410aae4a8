"""The snapshot: everything an attestation says, frozen, as canonical JSON.

Pure: it knows neither database nor clock.  Bytes once written are read back for ever: a change
of shape is a new ``SCHEMA``.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal, Self

from marshmallow import Schema, ValidationError

from portal.kit.dataclass_schema import schema_of
from portal.kit.errors import DomainError, Trouble

SCHEMA = 1
QUESTIONS = tuple(range(1, 14))

Bearer = Literal["provider", "shared", "establishment"]
Status = Literal["unknown", "planned", "partial", "implemented", "alternative", "not_applicable"]
Origin = Literal["none", "statement", "own"]
Word = Literal["none", "recognised", "contested"]
Tier = Literal["baseline", "reinforced"]
Kind = Literal["file", "link", "note"]


class BadSnapshot(DomainError):
    """The bytes are no snapshot of ours, or contradict themselves; ``str()`` says where."""

    trouble = Trouble.SPOILT
    message = "This is not an attestation's snapshot: %(reason)s"


@dataclass(frozen=True, kw_only=True)
class Period:
    """First and last day that the attestation speaks of."""

    since: date
    until: date


@dataclass(frozen=True, kw_only=True)
class Provider:
    name: str
    siren: str | None
    slug: str


@dataclass(frozen=True, kw_only=True)
class ManagingBody:
    name: str
    finess: str | None


@dataclass(frozen=True, kw_only=True)
class Establishment:
    """``category`` is its label; ``address`` is in one line, without the city."""

    name: str
    finess: str | None
    category: str | None
    address: str | None
    city: str | None
    managing_body: ManagingBody | None


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What was looked at: services under contract, edition of the guide, tier, how many."""

    offerings: tuple[str, ...]
    edition: str
    tier: Tier
    requirements: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Shares in per mille of the weight that applies; ``None`` where nothing applies."""

    declared: int | None
    proven: int | None
    recognised: int | None
    applicable: int
    unanswered: int
    contested: int


@dataclass(frozen=True, kw_only=True)
class Question(Totals):
    """One of the thirteen lines.  ``title_confirmed``: compared with the published guide."""

    number: int
    title: str
    short: str
    title_confirmed: bool


@dataclass(frozen=True, kw_only=True)
class Proof:
    """``sha256`` is the file's, or that of the canonical JSON of a link or a note."""

    id: str
    title: str
    kind: Kind
    covers_from: date | None
    covers_until: date | None
    valid_until: date | None
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The establishment's own word on a requirement."""

    word: Word = "none"
    by: str | None = None
    on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """``text`` is the declaration; ``proven`` as the scores counted it on that day."""

    code: str
    title: str
    question: int
    bearer: Bearer
    tier: Tier
    weight: int
    applies: bool
    status: Status
    origin: Origin
    offering: str | None
    text: str | None
    review_due: date | None
    proven: bool
    verdict: Verdict
    proofs: tuple[Proof, ...]

    @property
    def counts(self) -> bool:
        return self.applies and self.status != "not_applicable"


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One establishment on one day, as one provider and itself saw it."""

    schema: int
    number: str
    issued_at: datetime
    as_of: date
    period: Period
    provider: Provider
    establishment: Establishment
    scope: Scope
    totals: Totals
    questions: tuple[Question, ...]
    requirements: tuple[Requirement, ...]

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise BadSnapshot(reason=f"schema {self.schema}")
        if tuple(question.number for question in self.questions) != QUESTIONS:
            raise BadSnapshot(reason="questions are not 1 to 13")
        if any(requirement.question not in QUESTIONS for requirement in self.requirements):
            raise BadSnapshot(reason="a requirement without question")
        for row in (self.totals, *self.questions):
            _must_not_overclaim(row)

    def to_json(self) -> bytes:
        """The canonical bytes (RFC 8785): the same snapshot gives the same ones, for ever.

        Written by the standard encoder, ten times faster than the general one and equal to it
        where names are ASCII and numbers whole: a thousand are frozen within one order.
        """
        written = json.dumps(
            self, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        return written.encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The snapshot that wrote exactly these bytes; raises ``BadSnapshot`` for any other."""
        try:
            found: Self = _schema().load(json.loads(data))
        except (ValueError, ValidationError) as error:
            raise BadSnapshot(reason=str(error)) from error
        if found.to_json() != data:
            raise BadSnapshot(reason="not canonical")
        return found


@cache
def _schema() -> Schema:
    return schema_of(Snapshot)


def _must_not_overclaim(row: Totals) -> None:
    shares = (row.recognised, row.proven, row.declared)
    known = [share for share in shares if share is not None]
    if known and (len(known) < len(shares) or [0, *known, 1000] != sorted([0, *known, 1000])):
        raise BadSnapshot(reason=f"recognised ≤ proven ≤ declared does not hold: {shares}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else vars(value)
