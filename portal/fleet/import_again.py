"""An import whose work fails: tried again at once, or let go.  Flushes, never commits."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from portal.audit import service as audit
from portal.fleet import import_queries, importing, undoing
from portal.fleet.models import ImportRun, ImportState
from portal.kit import chances
from portal.kit.errors import Conflict
from tenants.access import Actor

_KINDS: Final[Mapping[ImportState, str]] = {
    ImportState.PREVIEWING: importing.PREVIEW,
    ImportState.APPLYING: importing.APPLY,
    ImportState.UNDOING: undoing.UNDO,
}
#: What is left of an import when its work is let go: each writes all or nothing.
_LET_GO: Final[Mapping[ImportState, ImportState]] = {
    ImportState.PREVIEWING: ImportState.CANCELLED,
    ImportState.APPLYING: ImportState.CANCELLED,
    ImportState.UNDOING: ImportState.APPLIED,
}


class NotFailing(Conflict):
    """Its work goes on, or is done."""

    message = "This import is no longer failing: reload the page."


def retry(actor: Actor, *, run_id: uuid.UUID, at: datetime) -> None:
    """Have the work of a failing import tried now.  Raises `NotFailing`."""
    run = import_queries.run(run_id)
    kind = _KINDS.get(run.state)
    if kind is None or run.trouble is None:
        raise NotFailing
    chances.again(kind, "run_id", [run_id], at=at)
    _move_on(run, run.state)
    audit.record(actor, "import.retried", subject="import", subject_id=run_id)


def let_go(actor: Actor, *, run_id: uuid.UUID) -> None:
    """Give an import up, or its undoing, whose work nobody tries any more.  Raises `NotFailing`."""
    run = import_queries.run(run_id)
    if not run.given_up or run.state not in _LET_GO:
        raise NotFailing
    _move_on(run, _LET_GO[run.state])
    audit.record(actor, "import.cancelled", subject="import", subject_id=run_id)


def _move_on(run: ImportRun, state: ImportState) -> None:
    if not importing.settle(run.id, run.state, {"state": state}):
        raise NotFailing
