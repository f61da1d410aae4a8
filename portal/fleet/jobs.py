"""Promised work of the fleet: previewing and applying imports."""

import uuid

from portal.fleet import importing, undoing
from portal.kit import clock, outbox


@outbox.job(importing.PREVIEW, seconds=900)
def preview_import(held: outbox.Lease) -> None:
    importing.preview(uuid.UUID(held.payload["run_id"]), today=clock.today())


@outbox.job(importing.APPLY, seconds=900)
def apply_import(held: outbox.Lease) -> None:
    importing.apply(uuid.UUID(held.payload["run_id"]), today=clock.today(), at=clock.now())


@outbox.job(undoing.UNDO, seconds=900)
def undo_import(held: outbox.Lease) -> None:
    undoing.undo(uuid.UUID(held.payload["run_id"]), at=clock.now())
