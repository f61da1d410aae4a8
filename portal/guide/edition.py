"""An edition of the guide in memory: questions, requirements, plain words, usual offerings."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

QUESTIONS = 13


def months_after(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True)
class Question:
    """One of the thirteen.  ``title_confirmed``: compared with the guide itself by somebody."""

    number: int
    title: str
    short: str
    title_confirmed: bool
    topic_confirmed: bool
    note: str
    lead: str
    best_practice: str
    levels: Sequence[str]
    checks: Sequence[str]


@dataclass(frozen=True)
class Proof:
    """Usual proofs of a requirement and how long each counts as recent."""

    valid_months: int
    kinds: Sequence[str]
    end_date_on_document: bool = False


@dataclass(frozen=True)
class PlainWords:
    """What a director reads for a requirement: a sentence by state, what to ask, and why."""

    done: str
    declared: str
    partial: str
    missing: str
    ask: str
    why: str


@dataclass(frozen=True)
class Requirement:
    """One thing that a question asks for.  ``references`` maps a source to its numbers."""

    code: str
    title: str
    statement: str
    question: int
    also_questions: Sequence[int]
    bearer: str
    tier: str
    weight: int
    review_months: int
    condition: str
    evidence: Sequence[str]
    proof: Proof
    remains: str
    references: Mapping[str, Sequence[str]]
    words: PlainWords
    position: int

    def review_due(self, reviewed_on: date) -> date:
        """The last day on which a review of that date still holds."""
        return months_after(reviewed_on, self.review_months)

    def valid_until(self, covers_until: date) -> date:
        """The usual end of validity of a proof that covers up to that date."""
        return months_after(covers_until, self.proof.valid_months)


@dataclass(frozen=True)
class OfferingTemplate:
    """A usual offering that a provider may adopt and change."""

    code: str
    name: str
    description: str
    included: bool
    carries: Sequence[str]
    supports: Sequence[str]


@dataclass(frozen=True)
class Edition:
    """A published edition; ``digest`` is the SHA-256 of its sealed manifest, in hex."""

    id: str
    language: str
    title: str
    status: str
    published_on: date
    digest: str
    scale_labels: Sequence[str]
    scale_note: str
    proof_note: str
    conditions: Mapping[str, str]
    bearers: Mapping[str, str]
    tiers: Mapping[str, str]
    reference_notes: Mapping[str, str]
    questions: Sequence[Question]
    requirements: Sequence[Requirement]
    offerings: Sequence[OfferingTemplate] = field(default=())

    @cached_property
    def by_code(self) -> Mapping[str, Requirement]:
        return {requirement.code: requirement for requirement in self.requirements}

    @cached_property
    def by_question(self) -> Mapping[int, Sequence[Requirement]]:
        """The requirements of each question, in the edition's order."""
        return {
            question.number: tuple(r for r in self.requirements if r.question == question.number)
            for question in self.questions
        }

    def requirement(self, code: str) -> Requirement:
        """Raises ``KeyError`` for a code this edition does not have."""
        return self.by_code[code]

    def question(self, number: int) -> Question:
        """Raises ``KeyError`` outside 1 to 13."""
        if not 1 <= number <= len(self.questions):
            raise KeyError(number)
        return self.questions[number - 1]
