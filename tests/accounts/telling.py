"""What the other tenants of a person are promised to be told, and the worker that tells them."""

import uuid
from collections.abc import Iterable

import sqlalchemy as sa

from portal.accounts import jobs, witness
from portal.kit import outbox
from portal.kit.outbox import Outbox
from tenants.context import tenant_scope
from tenants.db import db
from tenants.scoping import new_id


def promised(tenant_ids: Iterable[uuid.UUID]) -> list[tuple[uuid.UUID, dict[str, str]]]:
    rows = []
    for tenant_id in tenant_ids:
        db.session.remove()
        with tenant_scope(tenant_id):
            asked = sa.select(Outbox.payload).where(Outbox.kind == witness.TELL)
            rows += [(tenant_id, payload) for payload in db.session.scalars(asked)]
    db.session.remove()
    return rows


def work(tenant_ids: Iterable[uuid.UUID]) -> None:
    """Run what was promised, as a worker does."""
    for tenant_id, payload in promised(tenant_ids):
        with tenant_scope(tenant_id):
            jobs.tell.run(outbox.Lease(new_id(), witness.TELL, payload, 1, 1, recovered=False))
            db.session.commit()
        db.session.remove()
