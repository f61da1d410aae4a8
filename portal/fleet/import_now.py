"""Importing a file at once, for commands: no upload, no promise, one transaction."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.fleet import import_changes, import_pass, importing
from portal.fleet.import_pass import Pass
from portal.fleet.importer import opening
from portal.fleet.importer.opening import Opened
from portal.fleet.importer.records import FileReason, FileRefused
from portal.fleet.importer.tally import Tally
from portal.fleet.importing import AnotherImportRuns
from portal.fleet.models import ImportMode, ImportRun, ImportState
from portal.kit import clock
from tenants.db import db

#: Nobody in particular: whoever holds the machine.
OPERATOR = uuid.UUID(int=0)


@dataclass(frozen=True)
class Given:
    """A file on this machine and, where it holds more than the fleet, the wanted numbers."""

    file: IO[bytes]
    size: int
    name: str
    finess_list: str | None
    despite_cut: bool = False
    """Write what could be read of a file that looks cut."""


def import_now(
    given: Given,
    *,
    report: IO[str],
    writing: bool,
    at: datetime,
    progress: Callable[[int, int, int], None],
) -> tuple[Opened, Tally]:
    """Walk the file, and write it when asked; the caller commits.

    Raises `FileRefused`, after which nothing may be committed: one that looks cut is found out at
    its end; and `AnotherImportRuns` at once, where one is being written or undone.
    """
    wanted = None if given.finess_list is None else import_pass.listed(given.finess_list)
    opened = opening.opened(given.file, given.size)
    tally = Tally(report, written=writing)
    today = clock.day_of(at)
    run = _begun(given, opened, at) if writing else None
    import_pass.walk(opened, wanted, tally, Pass(today, run.id if run else None, progress))
    if writing and tally.cut_at and not given.despite_cut:
        raise FileRefused(FileReason.CUT, line=str(tally.cut_at))
    if run:
        _finish(run, tally)
    return opened, tally


def _begun(given: Given, opened: Opened, at: datetime) -> ImportRun:
    importing.take_turn()
    run = ImportRun(
        state=ImportState.APPLYING,
        mode=ImportMode.WHOLE_FILE if given.finess_list is None else ImportMode.LISTED,
        file_name=given.name,
        file_size=given.size,
        file_key="",
        file_format=opened.sniffed.kind.value,
        finess_list=given.finess_list or "",
        requested_by=OPERATOR,
        requested_by_name=audit.SYSTEM,
        applied_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(run)
    except IntegrityError as error:  # one that a page confirmed, which no worker has written yet
        raise AnotherImportRuns from error
    return run


def _finish(run: ImportRun, tally: Tally) -> None:
    run.state = ImportState.APPLIED
    run.counts, run.sample = tally.counts, tally.sample
    import_changes.forget_earlier(run.id)
    audit.record(
        None,
        "import.applied",
        subject="import",
        subject_id=run.id,
        requested_by=run.requested_by_name,
        counts=tally.counts,
    )
