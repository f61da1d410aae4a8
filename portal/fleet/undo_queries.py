"""What undoing an import would make of each establishment it wrote.  Nothing here writes."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Uuid,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    select,
    text,
)
from sqlalchemy.sql.elements import SQLCoreOperations

from portal.fleet import planning
from portal.fleet.import_changes import written
from portal.fleet.importer.plan import Fate
from portal.fleet.models import (
    Establishment,
    ImportChange,
    ImportRun,
    ImportState,
    ManagingBody,
)
from tenants.context import current_tenant_id
from tenants.db import AnyRow, db

ARCHIVED = "archived"
#: Under this name a table says, in SQL, which of its rows somebody wrote; the others follow.
SAID = "said"
EDITED = "edited"


class Way(StrEnum):
    """What becomes of an establishment when the import that wrote it is undone."""

    REMOVED = "removed"
    RESTORED = "restored"
    REOPENED = "reopened"
    LEFT = "left"


@dataclass(frozen=True)
class Undoing:
    """Establishments by way; the first ones of each, as `listed` gives them."""

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
    by_way = select(looked_at.c.way, func.count()).group_by(looked_at.c.way)
    with planning.joined_whole():
        counted = db.session.execute(by_way).all()
        counts = dict.fromkeys(Way, 0) | {Way(way): count for way, count in counted}
        return Undoing(counts, {way: _first(run_id, way, first) for way in Way if counts[way]})


def listed(run_id: uuid.UUID) -> Sequence[AnyRow]:
    """Everything that undoing would do: rows (id, name, finess, city, why, way, before, now).

    The last two are the columns that the import wrote over, with the managing bodies' names.
    """
    found = _described(run_id).subquery()
    in_order = select(found).order_by(found.c.way, found.c.name, found.c.id)
    with planning.joined_whole():
        return db.session.execute(in_order).all()


def _first(run_id: uuid.UUID, way: Way, limit: int) -> Sequence[AnyRow]:
    found = _described(run_id).subquery()
    in_order = select(found).order_by(found.c.name, found.c.id)
    return db.session.execute(in_order.where(found.c.way == way).limit(limit)).all()


def _described(run_id: uuid.UUID) -> Select[Any]:
    change = ImportChange
    present = written()
    return (
        verdicts(run_id)
        .add_columns(
            _with_body(change.before, change.before["managing_body_id"].astext.cast(Uuid)).label(
                "before"
            ),
            _with_body(present, Establishment.managing_body_id).label("now"),
        )
        .where(change.fate != Fate.UNCHANGED)
    )


def _with_body(
    columns: SQLCoreOperations[Any], body_id: SQLCoreOperations[Any]
) -> ColumnElement[Any]:
    """The columns, and the name of that managing body beside its id."""
    it = ManagingBody
    named = select(it.name).where(it.tenant_id == current_tenant_id(), it.id == body_id)
    return columns.op("||")(func.jsonb_build_object("managing_body", named.scalar_subquery()))


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
    """Every table whose rows belong to an establishment, those of higher slices included.

    Not those that PostgreSQL takes away with it by itself.
    """
    home = Establishment.__table__
    return [
        table
        for table in Establishment.metadata.sorted_tables
        if table is not ImportChange.__table__
        and any(
            key.referred_table is home and key.ondelete != "CASCADE"
            for key in table.foreign_key_constraints
        )
    ]


def _holds(table: Table) -> ColumnElement[bool]:
    """Rows that only follow from others hold nothing (``info["said"]`` of their table)."""
    it = Establishment
    there = exists().where(table.c.tenant_id == it.tenant_id, table.c.establishment_id == it.id)
    return there if (said := table.info.get(SAID)) is None else there.where(text(f"({said})"))


def followers() -> list[Table]:
    """The tables whose rows follow from others, and go with their establishment."""
    return [table for table in holders() if SAID in table.info]
