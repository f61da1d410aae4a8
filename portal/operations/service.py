"""Giving dead work another chance, on an operator's word."""

import logging
import uuid
from datetime import datetime

from portal.audit import service as audit
from portal.kit import chances
from portal.kit.errors import NotFound
from portal.operations import queries
from tenants.context import NO_TENANT, tenant_scope
from tenants.db import db

_log = logging.getLogger(__name__)


def retry(tenant_id: uuid.UUID, kind: str, *, by: str, at: datetime) -> int:
    """Revive a tenant's dead work of a kind, noted in that tenant's journal; how many rows.

    Begins and ends outside the caller's transaction: it works in the tenant's scope, sees nothing
    but that work, and commits.  The tenant's people read who did it (``by``), under no account of
    theirs.  What is no tenant's has no journal either: the server's log has it.
    Raises :class:`NotFound` for nobody's id and where nothing is dead.
    """
    if tenant_id != NO_TENANT and queries.tenant(tenant_id) is None:
        raise NotFound
    db.session.rollback()
    with tenant_scope(tenant_id):
        revived = chances.revive(kind, at=at)
        if revived and tenant_id != NO_TENANT:
            audit.record(
                None, "work.retried", subject="tenant", subject_id=tenant_id,
                kind=kind, count=revived, by=by,
            )  # fmt: skip
        db.session.commit()
    if revived and tenant_id == NO_TENANT:
        _log.warning("%s of %s retried by %s", revived, kind, by)
    if not revived:
        raise NotFound
    return revived
