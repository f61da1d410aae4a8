"""A record as it leaves: everything that an establishment may take away, as canonical JSON.

One chapter for each provider that kept it: the present one's first, then what it had taken over.
Pure: it knows neither database nor clock.  Files once written are read for years by others: a
change of shape is a new ``FORMAT``, and its schema is published beside the former ones.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final, Literal, Self

from marshmallow import Schema, ValidationError

from portal.kit.dataclass_schema import schema_of
from portal.kit.errors import DomainError
from portal.leaving.papers import Attestation, Audit, Brief, Evidence
from portal.leaving.states import Question, Requirement, Totals
from portal.leaving.voices import Action, Assessment, Contest

Format = Literal["treize-record/1"]
FORMAT: Final[Format] = "treize-record/1"


class BadRecord(DomainError):
    """The bytes are no record of ours; ``str()`` says where."""

    message = "This is no record that can be read: %(reason)s"


@dataclass(frozen=True, kw_only=True)
class Provider:
    name: str
    siren: str | None


@dataclass(frozen=True, kw_only=True)
class ManagingBody:
    name: str
    finess: str | None
    siren: str | None


@dataclass(frozen=True, kw_only=True)
class Establishment:
    """``conditions`` are those of the guide that hold there; ``capacity`` is in places."""

    name: str
    long_name: str
    finess: str | None
    siret: str | None
    category: str
    address: str
    postcode: str
    city: str
    capacity: int | None
    tier: Literal["baseline", "reinforced"]
    conditions: tuple[str, ...]
    managing_body: ManagingBody | None


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Both days are inside; without ``ends_on`` it ran on when the chapter was written."""

    offering: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """What one provider's register held of the establishment on one day.

    ``journal`` is the place of the deeds in the archive, as the provider's chain has them.
    """

    provider: Provider
    as_of: date
    edition: str
    contracts: tuple[Contract, ...]
    totals: Totals | None
    questions: tuple[Question, ...]
    requirements: tuple[Requirement, ...]
    evidence: tuple[Evidence, ...]
    contests: tuple[Contest, ...]
    assessments: tuple[Assessment, ...]
    actions: tuple[Action, ...]
    attestations: tuple[Attestation, ...]
    audits: tuple[Audit, ...]
    briefs: tuple[Brief, ...]
    journal: str | None

    @property
    def shelf(self) -> dict[str, Evidence]:
        """Its evidence by id."""
        return {it.id: it for it in self.evidence}

    def files(self) -> dict[str, str]:
        """The SHA-256 of every file that it points to, by its place in the archive."""
        found = {it.file: it.sha256 for it in self.evidence if it.file and it.sha256}
        for paper in self.attestations:
            found |= {paper.file: paper.sha256} if paper.file else {}
            found |= {paper.data: paper.data_sha256} if paper.data else {}
        found |= {it.file: it.sha256 for it in self.briefs if it.file}
        for audit in self.audits:
            report = audit.report
            found |= {report.file: report.sha256} if report and report.file else {}
        return found


@dataclass(frozen=True, kw_only=True)
class Record:
    """One establishment.  The first chapter is that of whoever made the archive."""

    format: Format
    made_at: datetime
    establishment: Establishment
    chapters: tuple[Chapter, ...]

    def __post_init__(self) -> None:
        """Raise ``BadRecord`` without a chapter."""
        if not self.chapters:
            raise BadRecord(reason="no chapter")

    def to_json(self) -> bytes:
        """The canonical bytes (RFC 8785): names are ASCII and numbers whole."""
        return canonical(self)

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The record that wrote exactly these bytes; raises ``BadRecord`` for any other."""
        found: Self = read(_schema(), data)
        return found


def canonical(value: Any) -> bytes:
    """A dataclass of this slice as RFC 8785 would write it."""
    written = json.dumps(
        value, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return written.encode()


def read(schema: Schema, data: bytes) -> Any:
    """What wrote exactly these bytes: no surrogate, no NUL, no field more or less."""
    try:
        found = schema.load(json.loads(data))
        same = canonical(found) == data
    except ValidationError as error:
        raise BadRecord(reason=_where(error)) from error
    except (ValueError, RecursionError) as error:
        raise BadRecord(reason=str(error)[:200]) from error
    if not same or b"\\u0000" in data:
        raise BadRecord(reason="not canonical")
    return found


def _where(error: ValidationError) -> str:
    """The way to the first field that is wrong, and what is wrong with it."""
    way: list[str] = []
    told: Any = error.messages
    while isinstance(told, dict):
        name, told = next(iter(told.items()))
        way.append(str(name))
    return f"{'/'.join(way)}: {told[0] if told else ''}"[:200]


@cache
def _schema() -> Schema:
    return schema_of(Record)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else vars(value)
