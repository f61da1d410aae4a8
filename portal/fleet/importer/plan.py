"""What becomes of one structure, given what the fleet already knows of it.

A file never erases what it does not speak of; a FINESS record no newer than the one last imported
changes nothing, so that importing twice, or an old file after corrections by hand, is harmless.
It may name a managing body known by its number alone: extracts give numbers, later flows the names.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from portal.fleet.importer.records import Caution, Outcome, Reason, Refusal, StructureRecord
from portal.kit.folding import fold


class Fate(StrEnum):
    """What becomes of a line."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CLOSED = "closed"
    IGNORED = "ignored"
    NOT_FOUND = "not_found"
    MISSING = "missing"
    REFUSED = "refused"


class Note(StrEnum):
    """Why a good line is passed over."""

    ARCHIVED = "archived"
    CLOSED_BEFORE = "closed_before"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Known:
    """An establishment as the fleet has it; the fields up to `opened_on` are compared."""

    name: str
    long_name: str
    category_code: str
    category_label: str
    siret: str | None
    address: str
    postcode: str
    city: str
    departement: str
    region: str
    phone: str
    capacity: int | None
    opened_on: date | None
    id: UUID
    finess: str
    closed_on: date | None
    source_updated_on: date | None
    archived_at: datetime | None
    body_finess: str | None
    body_name: str | None


COMPARED = tuple(it.name for it in fields(Known))[:13]
MANAGING_BODY = "managing_body"
CLOSING = "closed_on"

Changes = dict[str, tuple[str, str]]
"""By field: what it was, what it becomes, as texts to be shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the plan; `record` is set for what is taken, `refusal` for what is not.

    `line` is 0 where no line speaks of it.
    """

    fate: Fate
    line: int
    finess: str | None
    record: StructureRecord | None = None
    known: Known | None = None
    changes: Changes = field(default_factory=dict)
    refusal: Refusal | None = None
    note: Note | None = None

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """The doubts about the line."""
        return self.record.cautions if self.record else ()


def step(outcome: Outcome, known: Known | None, *, today: date, listed: bool) -> Step:
    """Decide the fate of one line. `listed`: the user asked for this very number."""
    if isinstance(outcome, Refusal):
        fate = Fate.NOT_FOUND if outcome.reason is Reason.NOT_IN_FILE else Fate.REFUSED
        return Step(fate, outcome.line, outcome.finess, refusal=outcome)
    closed = outcome.closed_on is not None and outcome.closed_on <= today
    if known is None:
        return _newcomer(outcome, closed=closed, listed=listed)
    if known.archived_at is not None:
        return _taken(Fate.IGNORED, outcome, known, note=Note.ARCHIVED)
    return _acquaintance(outcome, known, closed=closed)


def missing(known: Known) -> Step:
    """An establishment of the fleet that the whole country's file does not name."""
    return Step(Fate.MISSING, 0, known.finess, known=known, note=Note.MISSING)


def _taken(
    fate: Fate,
    record: StructureRecord,
    known: Known | None,
    changes: Changes | None = None,
    note: Note | None = None,
) -> Step:
    return Step(fate, record.line, record.finess, record, known, changes or {}, note=note)


def _newcomer(record: StructureRecord, *, closed: bool, listed: bool) -> Step:
    if not closed:
        return _taken(Fate.CREATED, record, None)
    if not listed:
        return _taken(Fate.IGNORED, record, None, note=Note.CLOSED_BEFORE)
    values = {"value": record.finess, "date": str(record.closed_on)}
    refusal = Refusal(record.line, Reason.ALREADY_CLOSED, values, record.finess)
    return Step(Fate.REFUSED, record.line, record.finess, refusal=refusal)


def _acquaintance(record: StructureRecord, known: Known, *, closed: bool) -> Step:
    given, had = record.source_updated_on, known.source_updated_on
    if given and had and given < had:
        return _naming_at_most(record, known)
    if closed and known.closed_on is None:
        return _taken(Fate.CLOSED, record, known, {CLOSING: ("", str(record.closed_on))})
    if given and given == had:
        return _naming_at_most(record, known)
    changes = differences(record, known)
    if known.closed_on and given and not closed:
        changes[CLOSING] = (str(known.closed_on), "")
    return _taken(Fate.UPDATED if changes else Fate.UNCHANGED, record, known, changes)


def _naming_at_most(record: StructureRecord, known: Known) -> Step:
    """What was known as well or better: only a name that nobody gave the managing body counts."""
    named = _named_body(record, known)
    if named is None:
        return _taken(Fate.UNCHANGED, record, known)
    return _taken(Fate.UPDATED, record, known, {MANAGING_BODY: named})


def differences(record: StructureRecord, known: Known) -> Changes:
    """The fields that the file gives and that differ from what is known."""
    changes: Changes = {}
    for name in COMPARED:
        given, had = getattr(record, name), getattr(known, name)
        if given is not None and given != had:
            changes[name] = ("" if had is None else str(had), str(given))
    if moved := _other_body(record, known):
        changes[MANAGING_BODY] = moved
    return changes


def _other_body(record: StructureRecord, known: Known) -> tuple[str, str] | None:
    """Compared by number where there is one, else by name, accents and case apart."""
    had = known.body_name or known.body_finess or ""
    if record.managing_body_finess:
        if record.managing_body_finess == known.body_finess:
            return _named_body(record, known)
        return had, record.managing_body_name or record.managing_body_finess
    given = record.managing_body_name
    if given is None or fold(given) == fold(known.body_name or ""):
        return None
    return had, given


def _named_body(record: StructureRecord, known: Known) -> tuple[str, str] | None:
    """The name given to a body that is known by its number alone, as the extract leaves it."""
    number, name = known.body_finess, record.managing_body_name
    nameless = number is not None and known.body_name == number
    same = record.managing_body_finess == number
    return (number, name) if number and name and name != number and nameless and same else None
