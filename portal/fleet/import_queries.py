"""Reads of the import: what the fleet knows of a batch of numbers, and the runs."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from portal.fleet.importer.plan import Known
from portal.fleet.models import Establishment, ImportRun, ImportState, ManagingBody
from portal.kit.errors import NotFound
from tenants.db import db
from tenants.scoping import find

RECENT = 10


def known(numbers: Iterable[str], *, lock: bool) -> dict[str, Known]:
    """The establishments with these FINESS numbers; locked while an import is applied."""
    it, body = Establishment, ManagingBody
    statement = (
        select(
            it.name, it.long_name, it.category_code, it.category_label, it.siret, it.address,
            it.postcode, it.city, it.departement, it.region, it.phone, it.capacity, it.opened_on,
            it.id, it.finess, it.closed_on, it.source_updated_on, it.archived_at,
            body.finess.label("body_finess"), body.name.label("body_name"),
        )
        .outerjoin(body, (body.tenant_id == it.tenant_id) & (body.id == it.managing_body_id))
        .where(it.finess.in_(list(numbers)))
    )  # fmt: skip
    if lock:
        statement = statement.with_for_update(of=it)
    found = (Known(**row) for row in db.session.execute(statement).mappings())
    return {row.finess: row for row in found}


def run(run_id: uuid.UUID) -> ImportRun:
    """One import; raises `NotFound`."""
    if (found := find(ImportRun, run_id)) is None:
        raise NotFound
    return found


def recent() -> Sequence[ImportRun]:
    """The last imports, the newest first."""
    newest = select(ImportRun).order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
    return db.session.scalars(newest.limit(RECENT)).all()


def settled_with_file() -> Sequence[ImportRun]:
    """The imports that are over and whose file is still kept."""
    over = (ImportState.APPLIED, ImportState.REFUSED, ImportState.CANCELLED)
    return db.session.scalars(
        select(ImportRun).where(ImportRun.state.in_(over), ImportRun.file_key != "")
    ).all()
