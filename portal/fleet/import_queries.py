"""Reads of the import: what the fleet knows of a batch of numbers, and the runs."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from portal.fleet import planning
from portal.fleet.importer.plan import Known
from portal.fleet.models import Establishment, ImportRun, ImportState, ManagingBody
from portal.kit.errors import NotFound
from tenants.db import db
from tenants.scoping import find

RECENT = 10


def known(numbers: Iterable[str], *, lock: bool) -> dict[str, Known]:
    """The establishments with these FINESS numbers; locked while an import is applied.

    Planned afresh each time: a plan kept from the first batch, when the fleet was empty, walks
    all of it for every next batch. The managing bodies are read apart for the same reason.
    """
    it = Establishment
    given = bindparam("numbers", list(numbers), type_=ARRAY(Text))
    wanted = func.unnest(given).table_valued("finess", name="wanted").render_derived()
    statement = select(
        it.name, it.long_name, it.category_code, it.category_label, it.siret, it.address,
        it.postcode, it.city, it.departement, it.region, it.phone, it.capacity, it.opened_on,
        it.id, it.finess, it.closed_on, it.source_updated_on, it.archived_at,
        it.managing_body_id,
    ).join(wanted, wanted.c.finess == it.finess)  # fmt: skip
    if lock:
        statement = statement.with_for_update(of=it, key_share=True)
    with planning.afresh():
        rows = [dict(row) for row in db.session.execute(statement).mappings()]
    owners = [row.pop("managing_body_id") for row in rows]
    bodies = _bodies({owner for owner in owners if owner})
    return {
        row["finess"]: Known(**row, body_finess=body[0], body_name=body[1])
        for row, owner in zip(rows, owners, strict=True)
        for body in [bodies.get(owner, (None, None))]
    }


def open_numbers(today: date) -> set[str]:
    """The FINESS numbers of the establishments that are neither archived nor closed."""
    it = Establishment
    found = db.session.scalars(
        select(it.finess).where(
            it.finess.is_not(None),
            it.archived_at.is_(None),
            or_(it.closed_on.is_(None), it.closed_on > today),
        )
    )
    return {finess for finess in found if finess}


def _bodies(ids: set[uuid.UUID]) -> dict[uuid.UUID, tuple[str | None, str | None]]:
    it = ManagingBody
    if not ids:
        return {}
    rows = db.session.execute(select(it.id, it.finess, it.name).where(it.id.in_(ids)))
    return {row.id: (row.finess, row.name) for row in rows}


def run(run_id: uuid.UUID) -> ImportRun:
    """One import; raises `NotFound`."""
    if (found := find(ImportRun, run_id)) is None:
        raise NotFound
    return found


def state(run_id: uuid.UUID) -> ImportState | None:
    """Where an import stands by now, whatever this session read of it before."""
    return db.session.scalar(select(ImportRun.state).where(ImportRun.id == run_id))


def recent() -> Sequence[ImportRun]:
    """The last imports, the newest first."""
    newest = select(ImportRun).order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
    return db.session.scalars(newest.limit(RECENT)).all()


def settled_with_file() -> Sequence[ImportRun]:
    """The imports that are over and whose file is still kept."""
    over = (
        ImportState.APPLIED, ImportState.UNDONE, ImportState.REFUSED, ImportState.CANCELLED
    )  # fmt: skip
    return db.session.scalars(
        select(ImportRun).where(ImportRun.state.in_(over), ImportRun.file_key != "")
    ).all()
