"""Writing a batch of an import in a few set-based statements, within the caller's transaction."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Uuid, bindparam, false, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from portal.fleet import import_changes
from portal.fleet.importer.plan import CLOSING, COMPARED, MANAGING_BODY, Fate, Known, Step
from portal.fleet.importer.records import StructureRecord
from portal.fleet.models import Establishment, ManagingBody, Stage, Tier
from portal.fleet.search import haystack
from portal.kit.folding import fold
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id

_NULLABLE = frozenset({"siret", "capacity", "opened_on"})


@dataclass(frozen=True)
class _Body:
    id: uuid.UUID
    finess: str | None
    name: str
    siren: str | None


def keep(steps: Iterable[Step], run_id: uuid.UUID) -> None:
    """Write what the steps say: managing bodies first, then the establishments.

    What is written over is remembered first, for the import to be undone.
    """
    taken = [step for step in steps if step.record and step.fate is not Fate.IGNORED]
    bodies = _bodies(taken)
    _insert([_new(step, bodies) for step in taken if step.fate is Fate.CREATED], run_id)
    for fate in (Fate.UPDATED, Fate.CLOSED):
        moved = [step for step in taken if step.fate is fate]
        import_changes.note(run_id, fate, [step.known.id for step in moved if step.known])
        _update([_moved(step, bodies) for step in moved])
    _note_dates([step for step in taken if step.fate is Fate.UNCHANGED], run_id)


def _key(record: StructureRecord) -> str | None:
    """By what its managing body is known: its number, else its name, accents and case apart.

    As the plan compares them: one body is not made again for each way of writing it.
    """
    return record.managing_body_finess or fold(record.managing_body_name or "") or None


def _bodies(steps: Sequence[Step]) -> dict[str, _Body]:
    """The managing bodies that the steps name, by number or by name, made where one lacks.

    A body known by its number alone takes the name of the first file that gives one.
    """
    wanted: dict[str, StructureRecord] = {}
    for record in (step.record for step in steps if step.record):
        key = _key(record)
        if key and (key not in wanted or not wanted[key].managing_body_name):
            wanted[key] = record
    found = _found_bodies(wanted) if wanted else {}
    needed = {
        _key(step.record)
        for step in steps
        if step.record and (step.fate is Fate.CREATED or MANAGING_BODY in step.changes)
    }
    if missing := [it for key, it in wanted.items() if key in needed and key not in found]:
        db.session.execute(
            insert_or_skip(ManagingBody)
            .values([_new_body(record) for record in missing])
            .on_conflict_do_nothing(index_elements=["tenant_id", "finess"])
        )
        found = _found_bodies(wanted)
    return {key: _completed(body, wanted[key]) for key, body in found.items()}


def _found_bodies(wanted: dict[str, StructureRecord]) -> dict[str, _Body]:
    """Those that are there, the oldest first where several have one name."""
    numbers = [record.managing_body_finess for record in wanted.values()]
    named = {
        key: (record.managing_body_name or "").lower()
        for key, record in wanted.items()
        if not record.managing_body_finess
    }
    it = ManagingBody
    rows = db.session.execute(
        select(it.id, it.finess, it.name, it.siren)
        .where(
            or_(
                it.finess.in_(numbers),
                func.lower(it.name).in_(named.values()),
                it.finess.is_(None) if named else false(),
            )
        )
        .order_by(it.created_at, it.id)
    )
    found: dict[str, _Body] = {}
    for row in rows:
        body = _Body(*row)
        if body.finess in wanted:
            found[body.finess] = body
        if (name := fold(body.name)) in named:
            found.setdefault(name, body)
    return found


def _new_body(record: StructureRecord) -> dict[str, Any]:
    return {
        "tenant_id": current_tenant_id(),
        "id": new_id(),
        "finess": record.managing_body_finess,
        "siren": record.managing_body_siren,
        "name": record.managing_body_name or record.managing_body_finess,
    }


def _completed(body: _Body, record: StructureRecord) -> _Body:
    nameless = body.name == body.finess
    name = (record.managing_body_name if nameless else None) or body.name
    siren = body.siren or record.managing_body_siren
    if (name, siren) == (body.name, body.siren):
        return body
    db.session.execute(
        update(ManagingBody).where(ManagingBody.id == body.id).values(name=name, siren=siren)
    )
    if name != body.name:
        _refresh_search(body.id, name)
    return _Body(body.id, body.finess, name, siren)


def _refresh_search(body_id: uuid.UUID, body_name: str) -> None:
    it = Establishment
    rows = db.session.execute(
        select(it.id, it.name, it.long_name, it.finess, it.city).where(
            it.managing_body_id == body_id
        )
    )
    fresh = [{"id": row.id, "search": haystack(*row[1:], body_name)} for row in rows]
    if fresh:
        _each_row(["search"], fresh)


def _new(step: Step, bodies: dict[str, _Body]) -> dict[str, Any]:
    record = step.record
    assert record is not None  # noqa: S101 -- `keep` sends only steps with a record
    body = bodies.get(_key(record) or "")
    return {
        "tenant_id": current_tenant_id(),
        "id": new_id(),
        "finess": record.finess,
        "managing_body_id": body.id if body else None,
        **{name: _stored(name, getattr(record, name)) for name in COMPARED},
        "source_updated_on": record.source_updated_on,
        "stage": Stage.PROSPECT,
        "tier": Tier.BASELINE,
        "conditions": [],
        "search": haystack(
            record.name, record.long_name, record.finess, record.city, body.name if body else None
        ),
        "version": 1,
    }


def _stored(name: str, value: Any) -> Any:
    return "" if value is None and name not in _NULLABLE else value


def _moved(step: Step, bodies: dict[str, _Body]) -> dict[str, Any]:
    """The row after its changes, whole: one statement then serves the batch."""
    record, had = step.record, step.known
    assert record is not None  # noqa: S101 -- as above
    assert had is not None  # noqa: S101 -- a step with changes knows what it changes
    values = {
        name: getattr(record, name) if name in step.changes else getattr(had, name)
        for name in COMPARED
    }
    closed_on = record.closed_on if step.changes.get(CLOSING, ("", ""))[1] else had.closed_on
    if step.changes.get(CLOSING, ("", "?"))[1] == "":
        closed_on = None
    body = bodies.get(_key(record) or "") if MANAGING_BODY in step.changes else None
    return {
        "id": had.id,
        **values,
        "closed_on": closed_on,
        "source_updated_on": _latest(record.source_updated_on, had.source_updated_on),
        "managing_body_id": body.id if body else None,
        "search": haystack(
            values["name"],
            values["long_name"],
            had.finess,
            values["city"],
            body.name if body else had.body_name,
        ),
    }


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day), default=None)


def _insert(rows: list[dict[str, Any]], run_id: uuid.UUID) -> None:
    if rows:
        db.session.execute(insert(Establishment), rows)
        import_changes.note_newcomers(run_id, [row["id"] for row in rows])


def _update(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    names = [name for name in rows[0] if name not in {"id", "managing_body_id"}]
    it = Establishment
    _each_row(
        names,
        rows,
        version=it.version + 1,
        managing_body_id=func.coalesce(
            bindparam("new_managing_body_id", type_=Uuid()), it.managing_body_id
        ),
    )


def _note_dates(steps: list[Step], run_id: uuid.UUID) -> None:
    """Remember a newer FINESS date although nothing else moved: later corrections then hold."""
    newer = {
        step.known.id: step.record.source_updated_on
        for step in steps
        if step.known and step.record and _is_newer(step.record, step.known)
    }
    if newer:
        import_changes.note(run_id, Fate.UNCHANGED, list(newer))
        _each_row(
            ["source_updated_on"],
            [{"id": key, "source_updated_on": day} for key, day in newer.items()],
        )


def _is_newer(record: StructureRecord, known: Known) -> bool:
    given, had = record.source_updated_on, known.source_updated_on
    return given is not None and (had is None or given > had)


def _each_row(names: Sequence[str], rows: list[dict[str, Any]], **computed: Any) -> None:
    table = Establishment.__table__
    statement = (
        update(table)
        .where(table.c.tenant_id == current_tenant_id(), table.c.id == bindparam("row_id"))
        .values({name: bindparam(f"new_{name}") for name in names} | computed)
    )
    parameters = [
        {"row_id": row["id"]} | {f"new_{name}": row[name] for name in row if name != "id"}
        for row in rows
    ]
    db.session.connection().execute(statement, parameters)
