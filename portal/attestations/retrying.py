"""Documents that are not made: giving one up, and having them tried again.  Flushes, no commit."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update

from portal.attestations import making, queries, service
from portal.attestations.models import Attestation, AttestationState
from portal.audit import service as audit
from portal.kit import chances, outbox
from portal.kit.errors import NotFound, Trouble
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id


def give_up(attestation_id: uuid.UUID, trouble: Trouble) -> None:
    """Say that a document could not be made, and why; somebody may have it tried again."""
    found = queries.attestation(attestation_id, lock=True)
    if found.state is AttestationState.REQUESTED:
        found.state, found.trouble, found.retry_at = AttestationState.FAILED, trouble, None
        db.session.flush()


def retry(actor: Actor, attestation_ids: Collection[uuid.UUID], *, at: datetime) -> int:
    """Have these made now, from what was frozen; returns how many.

    Those that failed or got stuck, and those whose next try is for later; what is made, or never
    failed, stays as it is.  Raises :class:`NotFound` for an id out of reach.
    """
    ids = set(attestation_ids)
    rows = making.locked(ids, at)
    if len(rows) != len(ids):
        raise NotFound
    waiting = chances.again(
        service.COMPILE,
        "attestation_id",
        [row.id for row in rows if row.lost or row.failing],
        at=at,
    )
    lost = [row.id for row in rows if row.lost and row.id not in waiting]
    items = [(f"{each}:{new_id()}", {"attestation_id": str(each)}) for each in lost]
    queue = outbox.Queue.BULK if len(items) > 1 else outbox.Queue.DEFAULT
    outbox.promise_all(service.COMPILE, items, run_at=at, queue=queue)
    again = [row for row in rows if row.id in waiting or row.id in lost]
    _begin_anew([row.id for row in again], at)
    audit.record_all(
        actor,
        "attestation.retried",
        [
            audit.Deed("attestation", row.id, row.establishment_id, details={"number": row.number})
            for row in again
        ],
    )
    db.session.flush()
    return len(again)


def _begin_anew(attestation_ids: Collection[uuid.UUID], at: datetime) -> None:
    it = Attestation
    db.session.execute(
        update(it)
        .where(it.tenant_id == current_tenant_id(), it.id.in_(attestation_ids))
        .values(state=AttestationState.REQUESTED, trouble=None, retry_at=None, updated_at=at)
        .execution_options(synchronize_session="fetch")
    )
