"""Promised work of the fleet: previewing and applying imports."""

import uuid

from portal.fleet import importing, undoing
from portal.fleet.models import ImportRun, ImportState
from portal.kit import clock, outbox
from portal.kit.setbacks import Tell, told_on


def _told(working: ImportState) -> Tell:
    return told_on(ImportRun, "run_id", {working})


@outbox.job(importing.PREVIEW, seconds=900, tell=_told(ImportState.PREVIEWING))
def preview_import(held: outbox.Lease) -> None:
    importing.preview(uuid.UUID(held.payload["run_id"]), today=clock.today())


@outbox.job(importing.APPLY, seconds=900, tell=_told(ImportState.APPLYING))
def apply_import(held: outbox.Lease) -> None:
    importing.apply(uuid.UUID(held.payload["run_id"]), today=clock.today(), at=clock.now())


@outbox.job(undoing.UNDO, seconds=900, tell=_told(ImportState.UNDOING))
def undo_import(held: outbox.Lease) -> None:
    undoing.undo(uuid.UUID(held.payload["run_id"]), at=clock.now())
