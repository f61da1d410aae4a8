"""Puts a snapshot together from plain values; counts what can be counted, so nothing disagrees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypedDict

from portal.attestations.snapshot import (
    SCHEMA,
    Establishment,
    Period,
    Provider,
    Question,
    Requirement,
    Scope,
    Snapshot,
    Tier,
    Totals,
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A question and its shares, as the scorecard has them: per mille, -1 when nothing applies."""

    number: int
    title: str
    short: str
    title_confirmed: bool
    declared: int
    proven: int
    recognised: int


def build(
    *,
    number: str,
    issued_at: datetime,
    as_of: date,
    period: Period,
    provider: Provider,
    establishment: Establishment,
    offerings: Sequence[str],
    edition: str,
    tier: Tier,
    totals: tuple[int, int, int],
    lines: Iterable[Line],
    requirements: Iterable[Requirement],
) -> Snapshot:
    """Put the pieces together; what can be counted is counted here, so that it cannot disagree.

    ``totals`` are declared, proven and recognised in per mille.  ``issued_at`` is aware and loses
    its fraction of a second.
    """
    listed = tuple(sorted(requirements, key=lambda requirement: requirement.question))
    return Snapshot(
        schema=SCHEMA,
        number=number,
        issued_at=issued_at.astimezone(UTC).replace(microsecond=0),
        as_of=as_of,
        period=period,
        provider=provider,
        establishment=establishment,
        scope=Scope(
            offerings=tuple(offerings),
            edition=edition,
            tier=tier,
            requirements=sum(requirement.applies for requirement in listed),
        ),
        totals=Totals(**_shares(*totals), **_counts(listed)),
        questions=tuple(_question(line, listed) for line in lines),
        requirements=listed,
    )


def _question(line: Line, requirements: Sequence[Requirement]) -> Question:
    asked = [requirement for requirement in requirements if requirement.question == line.number]
    return Question(
        number=line.number,
        title=line.title,
        short=line.short,
        title_confirmed=line.title_confirmed,
        **_shares(line.declared, line.proven, line.recognised),
        **_counts(asked),
    )


class _Shares(TypedDict):
    declared: int | None
    proven: int | None
    recognised: int | None


class _Counts(TypedDict):
    applicable: int
    unanswered: int
    contested: int


def _shares(*shares: int) -> _Shares:
    declared, proven, recognised = (share if share >= 0 else None for share in shares)
    return {"declared": declared, "proven": proven, "recognised": recognised}


def _counts(requirements: Sequence[Requirement]) -> _Counts:
    counting = [requirement for requirement in requirements if requirement.counts]
    return {
        "applicable": len(counting),
        "unanswered": sum(requirement.status == "unknown" for requirement in counting),
        "contested": sum(
            requirement.applies and requirement.verdict.word == "contested"
            for requirement in requirements
        ),
    }
