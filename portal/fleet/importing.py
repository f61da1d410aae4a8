"""Importing a file into the fleet: taken in, previewed, then applied in one transaction.

Nothing is written to the fleet before `apply`, and `apply` writes all of the file or none of it.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import IO, NoReturn

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.fleet import import_changes, import_files, import_pass, import_queries
from portal.fleet.import_pass import Pass
from portal.fleet.importer import detect, opening, words
from portal.fleet.importer.lines import decoded
from portal.fleet.importer.records import FileRefused
from portal.fleet.importer.tally import CUT, Tally
from portal.fleet.models import ImportMode, ImportRun, ImportState
from portal.kit import locks, outbox, progress, storage
from portal.kit.errors import Conflict, Refused
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db

PREVIEW = "fleet.preview_import"
APPLY = "fleet.apply_import"

LARGEST_LIST = 5_000_000


class FileTurnedAway(Refused):
    """The chosen file is no list of establishments; the words say what it is and what to do."""


class AnotherImportRuns(Conflict):
    """Two imports never write the same fleet at once."""

    message = "Another import is being written. Wait until it is done, then confirm again."


#: Names this lock among advisory locks; the second number is the tenant's.
_TURN = select(func.pg_try_advisory_xact_lock(locks.IMPORTING, func.hashtext(bindparam("tenant"))))


class LooksCut(Refused):
    """The file stops in the midst of a line: whoever writes it all the same says so."""

    message = "This file looks cut: tick the box to write what is left of it all the same."


class PastAbandoning(Conflict):
    """What its reader wanted to stop has ended meanwhile, or somebody else stopped it."""


class _AbandonedError(Exception):
    """Somebody abandoned what is being read: the reading stops, and keeps nothing."""


class NotPreviewed(Conflict):
    """Only a previewed import is applied, once."""

    message = "This import cannot be applied any more: reload the page."


def upload(
    actor: Actor,
    *,
    file: IO[bytes],
    size: int,
    file_name: str,
    mode: ImportMode,
    finess_list: str,
    at: datetime,
) -> ImportRun:
    """Take a seekable file of `size` bytes in, and promise its preview.

    Raises `FileTurnedAway` at once when the beginning of the file already tells that it is no list
    of establishments, or when the list of numbers holds none.
    """
    if mode is ImportMode.LISTED and not import_pass.listed(finess_list):
        raise FileTurnedAway("The list holds no FINESS number.", field="finess_list")
    kind = _checked(file, size)
    file.seek(0)
    key = storage.new_key(current_tenant_id(), "import")
    stored = storage.current().put(key, file, limit=detect.LARGEST)
    run = ImportRun(
        state=ImportState.PREVIEWING,
        mode=mode,
        file_name=_on_one_line(file_name),
        file_size=stored.size,
        file_key=key,
        file_format=kind.value,
        finess_list=finess_list if mode is ImportMode.LISTED else "",
        requested_by=actor.user_id,
        requested_by_name=actor.name,
    )
    db.session.add(run)
    db.session.flush()
    _forget_settled_files()
    outbox.promise(PREVIEW, key=str(run.id), payload={"run_id": str(run.id)}, run_at=at)
    audit.record(actor, "import.uploaded", subject="import", subject_id=run.id, file=run.file_name)
    return run


def _on_one_line(file_name: str) -> str:
    """A name as it can be kept and shown: no control character, no half of a pair, 200 signs."""
    shown = "".join(sign if sign.isprintable() else " " for sign in file_name)
    return " ".join(shown.split())[:200] or "…"


def _checked(file: IO[bytes], size: int) -> detect.Kind:
    """What is wrong from the start is told before any waiting."""
    try:
        opened = opening.opened(file, size)
        opened.check_beginning()
    except FileRefused as refused:
        message = words.FILES[refused.reason]
        raise FileTurnedAway(message, field="file", **refused.values) from refused
    return opened.sniffed.kind


def list_text(data: bytes) -> str:
    """The text of an uploaded list of numbers; raises `FileTurnedAway` when it is no text."""
    try:
        if len(data) > LARGEST_LIST:
            detect.refuse_size(len(data), LARGEST_LIST)
        detect.refuse_binary(data)
    except FileRefused as refused:
        message = words.FILES[refused.reason]
        raise FileTurnedAway(message, field="list_file", **refused.values) from refused
    raw = data.decode("latin-1")
    return (decoded(raw) or raw).removeprefix("\ufeff")


def _forget_settled_files() -> None:
    """Files of imports that are over are not kept: the report and the counts are."""
    for run in import_queries.settled_with_file():
        storage.current().delete(run.file_key)
        run.file_key = ""


def preview(run_id: uuid.UUID, *, today: date) -> None:
    """Walk the file without writing; leaves counts, a sample and the report, or why it failed.

    Of what was abandoned meanwhile, nothing: the walk stops where it next tells how far it got.
    """
    run = import_queries.run(run_id)
    if run.state is not ImportState.PREVIEWING:
        return
    try:
        outcome = _walk(run, today, writing=False)
    except FileRefused as refused:
        outcome = _broken(refused)
    except _AbandonedError:
        return
    settled = settle(run_id, ImportState.PREVIEWING, {"state": ImportState.PREVIEWED} | outcome)
    if not settled and "report_key" in outcome:
        storage.current().delete(str(outcome["report_key"]))


def _broken(refused: FileRefused) -> dict[str, object]:
    return {
        "state": ImportState.REFUSED,
        "error": refused.reason.value,
        "error_values": refused.values,
    }


def confirm(
    actor: Actor, *, run_id: uuid.UUID, at: datetime, despite_cut: bool = False
) -> ImportRun:
    """Promise to apply a previewed import.

    Raises `LooksCut` unless told to write `despite_cut`, `NotPreviewed` and `AnotherImportRuns`.
    """
    run = import_queries.run(run_id)
    if run.counts.get(CUT) and not despite_cut:
        raise LooksCut(field="despite_cut")
    take_turn()
    try:
        with db.session.begin_nested():
            if not settle(run_id, ImportState.PREVIEWED, {"state": ImportState.APPLYING}):
                raise NotPreviewed
    except IntegrityError as error:
        raise AnotherImportRuns from error
    progress.report(run_id, 0, run.file_size)
    outbox.promise(APPLY, key=str(run_id), payload={"run_id": str(run_id)}, run_at=at)
    audit.record(actor, "import.confirmed", subject="import", subject_id=run_id)
    return run


def take_turn() -> None:
    """Until this transaction ends nobody else begins to write an import into this fleet.

    Nor does anybody wait for it: the other may take minutes.  Raises `AnotherImportRuns`.
    """
    if not db.session.scalar(_TURN, {"tenant": str(current_tenant_id())}):
        raise AnotherImportRuns


def cancel(actor: Actor, *, run_id: uuid.UUID, seen: ImportState | None = None) -> None:
    """Give a run up before it is applied; the fleet was never touched.

    `seen` is what its reader wanted to stop: a preview that ended meanwhile is hers to look at.
    Raises `PastAbandoning`.
    """
    import_queries.run(run_id)
    values = {"state": ImportState.CANCELLED}
    for state in (ImportState.PREVIEWED, ImportState.PREVIEWING):
        if seen in {None, state} and settle(run_id, state, values):
            audit.record(actor, "import.cancelled", subject="import", subject_id=run_id)
            return
    _tell_late(import_queries.state(run_id))


def _tell_late(state: ImportState | None) -> NoReturn:
    if state is ImportState.CANCELLED:
        raise PastAbandoning("This import had been abandoned already.")
    if state in {ImportState.PREVIEWED, ImportState.REFUSED}:
        raise PastAbandoning(
            "The reading has just ended and nothing was abandoned: see its result."
        )
    raise PastAbandoning("This import was confirmed meanwhile: it can no longer be abandoned.")


def apply(run_id: uuid.UUID, *, today: date, at: datetime) -> None:
    """Write the file into the fleet, within the caller's transaction.

    A file that breaks in its midst is refused whole: the caller's savepoint is rolled back.
    Raises `NotPreviewed`, and nothing may be committed, when it was let go meanwhile.
    """
    run = import_queries.run(run_id)
    if run.state is not ImportState.APPLYING:
        return
    of_the_preview = run.report_key
    try:
        with db.session.begin_nested():
            outcome = _walk(run, today, writing=True)
            import_changes.forget_earlier(run_id)
    except FileRefused as refused:
        outcome = _broken(refused)
    settled = {"state": ImportState.APPLIED, "applied_at": at} | outcome
    if not settle(run_id, ImportState.APPLYING, settled):
        raise NotPreviewed
    audit.record(
        None,
        "import.applied",
        subject="import",
        subject_id=run_id,
        requested_by=run.requested_by_name,
        counts=outcome.get("counts", {}),
    )
    if of_the_preview and "report_key" in outcome:
        db.session.flush()
        storage.current().delete(of_the_preview)


def settle(run_id: uuid.UUID, state: ImportState, values: Mapping[str, object]) -> bool:
    """Move a run on from one state, what went wrong there forgotten; False when it has left it."""
    moved = db.session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state == state)
        .values({"trouble": None, "retry_at": None, **values})
        .returning(ImportRun.id)
        .execution_options(synchronize_session="fetch")
    )
    return moved.first() is not None


def _walk(run: ImportRun, today: date, *, writing: bool) -> dict[str, object]:
    """What the pass gives to the run: counts, sample, and the report's place."""
    pieces = import_files.Pieces(storage.current().open(run.file_key))
    wanted = import_pass.listed(run.finess_list) if run.mode is ImportMode.LISTED else None
    how = Pass(today, run.id if writing else None, _reporting(run.id, writing=writing))
    with import_files.gathered() as report:
        tally = Tally(report, written=writing)
        import_pass.walk(opening.opened(pieces, run.file_size), wanted, tally, how)
        key = import_files.store(report)
    return {"counts": tally.counts, "sample": tally.sample, "report_key": key}


def _reporting(run_id: uuid.UUID, *, writing: bool) -> Callable[[int, int, int], None]:
    def tell(done: int, total: int, lines: int) -> None:
        if not writing and import_queries.state(run_id) is not ImportState.PREVIEWING:
            raise _AbandonedError
        progress.report(run_id, done, total, lines)

    return tell
