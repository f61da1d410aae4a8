"""What undoing an import would make of each establishment it wrote.  Nothing here writes."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    select,
)

from portal.fleet.importer.plan import Fate
from portal.fleet.models import Establishment, ImportChange, ImportRun, ImportState
from tenants.db import AnyRow, db

ARCHIVED = "archived"
EDITED = "edited"


class Way(StrEnum):
    """What becomes of an establishment when the import that wrote it is undone."""

    REMOVED = "removed"
    RESTORED = "restored"
    REOPENED = "reopened"
    LEFT = "left"


@dataclass(frozen=True)
class Undoing:
    """Establishments by way; the first ones of each, as rows (id, name, finess, city, why)."""

    counts: dict[Way, int]
    first: dict[Way, Sequence[AnyRow]]

    @property
    def moves(self) -> int:
        return sum(count for way, count in self.counts.items() if way is not Way.LEFT)


_WAYS = {
    Fate.CREATED: Way.REMOVED,
    Fate.UPDATED: Way.RESTORED,
    Fate.CLOSED: Way.REOPENED,
}


def undoable(run: ImportRun) -> bool:
    """Whether this import was written, and none after it."""
    it = ImportChange
    kept = select(it.run_id).where(it.run_id == run.id).limit(1)
    return run.state is ImportState.APPLIED and db.session.scalar(kept) is not None


def last_undoable() -> ImportRun | None:
    """The import that can be undone: the last one that wrote something."""
    it = ImportRun
    wrote = exists().where(ImportChange.tenant_id == it.tenant_id, ImportChange.run_id == it.id)
    return db.session.scalar(select(it).where(it.state == ImportState.APPLIED, wrote))


def foreseen(run_id: uuid.UUID, *, first: int) -> Undoing:
    """What undoing would do now, with the `first` establishments of each way."""
    looked_at = verdicts(run_id).where(ImportChange.fate != Fate.UNCHANGED).subquery()
    counted = db.session.execute(
        select(looked_at.c.way, func.count()).group_by(looked_at.c.way)
    ).all()
    counts = dict.fromkeys(Way, 0) | {Way(way): count for way, count in counted}
    return Undoing(counts, {way: _first(looked_at, way, first) for way in Way if counts[way]})


def _first(looked_at: Subquery, way: Way, limit: int) -> Sequence[AnyRow]:
    it = looked_at.c
    return db.session.execute(
        select(it.id, it.name, it.finess, it.city, it.why)
        .where(it.way == way)
        .order_by(it.name, it.id)
        .limit(limit)
    ).all()


def listed(run_id: uuid.UUID) -> Iterator[AnyRow]:
    """Everything that undoing would do, as rows (way, finess, name, city, why), in pieces."""
    it = verdicts(run_id).where(ImportChange.fate != Fate.UNCHANGED).subquery().c
    rows = db.session.execute(
        select(it.way, it.finess, it.name, it.city, it.why).order_by(it.way, it.name, it.id)
    )
    yield from rows


def verdicts(run_id: uuid.UUID) -> Select[Any]:
    """One row (id, name, finess, city, why, way) for each establishment that the import wrote."""
    it, change = Establishment, ImportChange
    why = _why_left()
    ways = case(
        *((change.fate == fate, literal(way.value)) for fate, way in _WAYS.items()),
        else_=literal(Way.RESTORED.value),
    )
    way = case((why.is_not(None), literal(Way.LEFT.value)), else_=ways)
    return (
        select(it.id, it.name, it.finess, it.city, why.label("why"), way.label("way"))
        .join(change, and_(change.tenant_id == it.tenant_id, change.establishment_id == it.id))
        .where(change.run_id == run_id)
    )


def _why_left() -> ColumnElement[Any]:
    """A newcomer is held by whatever points at it; any sheet, by what somebody wrote since."""
    it, change = Establishment, ImportChange
    new = change.fate == Fate.CREATED
    held = [(and_(new, _holds(table)), literal(table.name)) for table in holders()]
    return case(
        *held,
        (it.archived_at.is_not(None), literal(ARCHIVED)),
        (it.version != change.version, literal(EDITED)),
        else_=null(),
    )


def holders() -> list[Table]:
    """Every table whose rows belong to an establishment, those of higher slices included."""
    home = Establishment.__table__
    return [
        table
        for table in Establishment.metadata.sorted_tables
        if table is not ImportChange.__table__
        and any(key.referred_table is home for key in table.foreign_key_constraints)
    ]


def _holds(table: Table) -> ColumnElement[bool]:
    it = Establishment
    return exists().where(table.c.tenant_id == it.tenant_id, table.c.establishment_id == it.id)
