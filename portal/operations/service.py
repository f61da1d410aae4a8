"""Giving dead work another chance, on an operator's word."""

import uuid
from datetime import datetime

from portal.audit import service as audit
from portal.kit import chances
from portal.kit.errors import NotFound
from portal.operations import queries
from tenants.context import tenant_scope
from tenants.db import db


def retry(tenant_id: uuid.UUID, kind: str, *, by: str, at: datetime) -> int:
    """Revive a tenant's dead work of a kind, noted in that tenant's journal; how many rows.

    Begins and ends outside the caller's transaction: it works in the tenant's scope, sees nothing
    but that work, and commits.  The tenant's people read who did it (``by``), under no account of
    theirs.  Raises :class:`NotFound` for nobody's id and where nothing is dead.
    """
    if queries.tenant(tenant_id) is None:
        raise NotFound
    db.session.rollback()
    with tenant_scope(tenant_id):
        revived = chances.revive(kind, at=at)
        if revived:
            audit.record(
                None, "work.retried", subject="tenant", subject_id=tenant_id,
                kind=kind, count=revived, by=by,
            )  # fmt: skip
        db.session.commit()
    if not revived:
        raise NotFound
    return revived
