"""Undoing the last import, in one transaction: newcomers leave, former values come back.

What somebody has touched since is left alone.  A managing body that an import named for the first
time keeps its name; one that nobody belongs to any more leaves with the newcomers.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Text,
    Uuid,
    bindparam,
    column,
    delete,
    exists,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import TypeEngine

from portal.audit import service as audit
from portal.fleet import import_queries, planning, undo_queries
from portal.fleet.import_changes import WRITTEN
from portal.fleet.importer.plan import Fate
from portal.fleet.importing import AnotherImportRuns, settle, take_turn
from portal.fleet.models import Establishment, ImportChange, ImportState, ManagingBody
from portal.fleet.undo_queries import Undoing, Way
from portal.kit import outbox
from portal.kit.errors import Conflict
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db

UNDO = "fleet.undo_import"

#: How many of the establishments left alone are named afterwards.
NAMED = 50
_TYPES: Mapping[str, TypeEngine[Any]] = {
    "capacity": Integer(),
    "opened_on": Date(),
    "closed_on": Date(),
    "source_updated_on": Date(),
    "managing_body_id": Uuid(),
}


class NotUndoable(Conflict):
    """Only the last import that wrote something is undone, once."""

    message = "This import can no longer be undone: another one has been written since."


def confirm(actor: Actor, *, run_id: uuid.UUID, at: datetime) -> None:
    """Promise to undo the last import. Twice is once.

    Raises `NotUndoable`, and `AnotherImportRuns` while another one is being written.
    """
    run = import_queries.run(run_id)
    if run.state in {ImportState.UNDOING, ImportState.UNDONE}:
        return
    if not undo_queries.undoable(run):
        raise NotUndoable
    _begin(run_id, actor.name)
    outbox.promise(UNDO, key=str(run_id), payload={"run_id": str(run_id)}, run_at=at)
    audit.record(actor, "import.undo_confirmed", subject="import", subject_id=run_id)


def undo_at_once(run_id: uuid.UUID, *, at: datetime) -> Undoing | None:
    """For commands: no promise, one transaction. Raises as `confirm` does; the caller commits."""
    _begin(run_id, audit.SYSTEM)
    return undo(run_id, at=at)


def _begin(run_id: uuid.UUID, name: str) -> None:
    take_turn()
    values = {"state": ImportState.UNDOING, "undone_by_name": name}
    try:
        with db.session.begin_nested():
            if not settle(run_id, ImportState.APPLIED, values):
                raise NotUndoable
    except IntegrityError as error:
        raise AnotherImportRuns from error


def undo(run_id: uuid.UUID, *, at: datetime) -> Undoing | None:
    """Put back what the import replaced; None when that is done already. The caller commits.

    Raises `NotUndoable`, and nothing may be committed, when it was let go meanwhile.
    """
    run = import_queries.run(run_id)
    if run.state is not ImportState.UNDOING:
        return None
    with planning.joined_whole():
        _hold(run_id)
    done = undo_queries.foreseen(run_id, first=NAMED)
    with planning.joined_whole():
        _write(run_id)
    settled = {"state": ImportState.UNDONE, "undone_at": at, "undone": _told(done)}
    if not settle(run_id, ImportState.UNDOING, settled):
        raise NotUndoable
    audit.record(
        None,
        "import.undone",
        subject="import",
        subject_id=run_id,
        requested_by=run.undone_by_name,
        counts={way.value: count for way, count in done.counts.items()},
    )
    return done


def _write(run_id: uuid.UUID) -> None:
    _leave_alone(run_id)
    bodies = _bodies_of(run_id)
    _put_back(run_id)
    _remove_newcomers(run_id)
    _remove_empty(bodies)
    db.session.execute(delete(ImportChange).where(ImportChange.run_id == run_id))


def _told(done: Undoing) -> dict[str, object]:
    return {
        "counts": {way.value: count for way, count in done.counts.items()},
        "left": [
            {"id": str(row.id), "name": row.name, "finess": row.finess or "", "why": row.why}
            for row in done.first.get(Way.LEFT, ())
        ],
    }


def _hold(run_id: uuid.UUID) -> None:
    """Nobody edits these sheets, nor signs for them, until it is over."""
    it = Establishment
    db.session.execute(
        select(it.id)
        .join(ImportChange, ImportChange.establishment_id == it.id)
        .where(it.tenant_id == current_tenant_id(), ImportChange.run_id == run_id)
        .order_by(it.id)
        .with_for_update(of=it)
    )


def _leave_alone(run_id: uuid.UUID) -> None:
    """Forget what was kept of establishments that somebody has touched since."""
    looked_at = undo_queries.verdicts(run_id).subquery()
    left = select(looked_at.c.id).where(looked_at.c.way == Way.LEFT)
    it = ImportChange
    db.session.execute(
        delete(it)
        .where(it.run_id == run_id, it.establishment_id.in_(left))
        .execution_options(synchronize_session=False)
    )


def _bodies_of(run_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The managing bodies that some establishment may be about to leave."""
    it = Establishment
    found = db.session.scalars(
        select(it.managing_body_id)
        .join(ImportChange, ImportChange.establishment_id == it.id)
        .where(ImportChange.run_id == run_id)
        .distinct()
    )
    return [body for body in found if body]


def _put_back(run_id: uuid.UUID) -> None:
    it, change = Establishment, ImportChange
    kept = (
        func.jsonb_to_record(change.before)
        .table_valued(*(column(name, _TYPES.get(name, Text())) for name in WRITTEN), name="kept")
        .render_derived(with_types=True)
    )
    before = (
        select(change.establishment_id, change.fate, *(kept.c[name] for name in WRITTEN))
        .join(kept, true())
        .where(change.run_id == run_id, change.fate != Fate.CREATED)
        .subquery()
    )
    db.session.execute(
        update(it)
        .where(it.tenant_id == current_tenant_id(), it.id == before.c.establishment_id)
        .values({name: before.c[name] for name in WRITTEN} | {"version": it.version + 1})
        .execution_options(synchronize_session=False)
    )


def _remove_newcomers(run_id: uuid.UUID) -> None:
    it, change = Establishment, ImportChange
    newcomers = db.session.scalars(
        delete(change)
        .where(
            change.tenant_id == current_tenant_id(),
            change.run_id == run_id,
            change.fate == Fate.CREATED,
        )
        .returning(change.establishment_id)
        .execution_options(synchronize_session=False)
    )
    given = bindparam("newcomers", list(newcomers), type_=ARRAY(Uuid()))
    for table in undo_queries.followers():
        db.session.execute(
            delete(table).where(
                table.c.tenant_id == current_tenant_id(),
                table.c.establishment_id == func.any(given),
            )
        )
    db.session.execute(
        delete(it)
        .where(it.tenant_id == current_tenant_id(), it.id == func.any(given))
        .execution_options(synchronize_session=False)
    )


def _remove_empty(bodies: Sequence[uuid.UUID]) -> None:
    it = ManagingBody
    peopled = exists().where(
        Establishment.tenant_id == it.tenant_id, Establishment.managing_body_id == it.id
    )
    db.session.execute(
        delete(it)
        .where(it.tenant_id == current_tenant_id(), it.id.in_(bodies), ~peopled)
        .execution_options(synchronize_session=False)
    )
