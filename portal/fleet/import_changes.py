"""What the last import wrote over, kept for as long as it can be undone."""

import uuid
from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Uuid, bindparam, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from portal.fleet.importer.plan import COMPARED, Fate
from portal.fleet.models import Establishment, ImportChange
from tenants.context import current_tenant_id
from tenants.db import db

#: What an update may write over.
WRITTEN = (*COMPARED, "closed_on", "source_updated_on", "managing_body_id", "search")
_COLUMNS = ("tenant_id", "establishment_id", "run_id", "fate", "version", "before")
_MOVES_VERSION = (Fate.UPDATED, Fate.CLOSED)


def note_newcomers(run_id: uuid.UUID, establishment_ids: Sequence[uuid.UUID]) -> None:
    """Remember establishments that an import has just made."""
    given = bindparam("newcomers", list(establishment_ids), type_=ARRAY(Uuid()))
    as_made = select(
        literal(current_tenant_id()),
        func.unnest(given),
        literal(run_id),
        literal(Fate.CREATED.value),
        literal(1),
        func.jsonb_build_object(),
    )
    db.session.execute(insert(ImportChange).from_select(_COLUMNS, as_made))


def note(run_id: uuid.UUID, fate: Fate, establishment_ids: Sequence[uuid.UUID]) -> None:
    """Remember establishments as they are, just before an import writes them over."""
    if not establishment_ids:
        return
    it = Establishment
    given = bindparam("written", list(establishment_ids), type_=ARRAY(Uuid()))
    as_they_are = select(
        it.tenant_id,
        it.id,
        literal(run_id),
        literal(fate.value),
        it.version + int(fate in _MOVES_VERSION),
        written(),
    ).where(it.tenant_id == current_tenant_id(), it.id == func.any(given))
    db.session.execute(insert(ImportChange).from_select(_COLUMNS, as_they_are))


def written() -> ColumnElement[Any]:
    """The columns that an update may write over, as they are, in one JSON object."""
    named = [(literal(name), getattr(Establishment, name)) for name in WRITTEN]
    return func.jsonb_build_object(*chain.from_iterable(named))


def forget_earlier(run_id: uuid.UUID) -> None:
    """Only the last import that wrote something can be undone: drop what is kept of the others."""
    it = ImportChange
    wrote = select(it.run_id).where(it.run_id == run_id).limit(1)
    if db.session.scalar(wrote) is not None:
        db.session.execute(
            delete(it).where(it.tenant_id == current_tenant_id(), it.run_id != run_id)
        )
