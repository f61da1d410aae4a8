"""What people said and meant to do: contests, self-assessments, actions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Side = Literal["provider", "establishment"]
#: What called for an action.
Called = Literal["hand", "gap", "contest", "finding", "request"]


@dataclass(frozen=True, kw_only=True)
class Point:
    """A requirement that was contested, and what was declared of it then."""

    code: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Message:
    side: Side
    by: str
    body: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Contest:
    """Open until ``closed_at``."""

    question: int
    points: tuple[Point, ...]
    reason: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    outcome: Literal["withdrawn", "changed"] | None
    messages: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """To one of the thirteen questions: a level from 0 to 4, or why there is none."""

    question: int
    answer: Literal["level", "unknown", "not_applicable"]
    level: int | None
    #: These two are empty in an archive that the provider made.
    note: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What the establishment thought of itself when it handed this in."""

    submitted_at: datetime
    submitted_by: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to do, or that was done."""

    title: str
    note: str
    code: str | None
    question: int | None
    side: Side
    owner: str
    due_on: date | None
    priority: Literal["high", "normal", "low"]
    effort: Literal["hours", "days", "weeks"] | None
    state: Literal["todo", "doing", "done", "dropped"]
    origin: Called
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
