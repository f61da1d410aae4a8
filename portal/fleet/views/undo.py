"""Taking the last import back: what that would do, the agreement, the list."""

import uuid
from collections.abc import Iterator, Sequence

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.fleet import import_queries, undo_queries, undo_words, undoing
from portal.fleet.importer import words
from portal.fleet.models import ImportRun, ImportState
from portal.fleet.views.blueprint import bp
from portal.kit import clock, csvfile
from portal.kit.i18n import gettext
from tenants.access import requires
from tenants.db import AnyRow
from tenants.http import current_actor
from tenants.roles import Permission

#: Establishments shown of each kind; the list to download has them all.
SHOWN = 12


@bp.get("/parc/import/<uuid:run_id>/annuler", endpoint="foresee_undo")
@requires(Permission.FLEET_IMPORT)
def foresee(run_id: uuid.UUID) -> ResponseReturnValue:
    run = import_queries.run(run_id)
    if run.state in {ImportState.UNDOING, ImportState.UNDONE}:
        return redirect(url_for("fleet.import_run", run_id=run_id), 303)
    _check(run)
    return render_template(
        "fleet/undo.html",
        run=run,
        undoing=undo_queries.foreseen(run_id, first=SHOWN),
        said=undo_words.said,
    )


@bp.post("/parc/import/<uuid:run_id>/annuler", endpoint="undo_import")
@requires(Permission.FLEET_IMPORT)
def undo(run_id: uuid.UUID) -> ResponseReturnValue:
    undoing.confirm(current_actor(), run_id=run_id, at=clock.now())
    return redirect(url_for("fleet.import_run", run_id=run_id), 303)


@bp.get("/parc/import/<uuid:run_id>/annulation.csv", endpoint="undo_list")
@requires(Permission.FLEET_IMPORT)
def listed(run_id: uuid.UUID) -> ResponseReturnValue:
    _check(import_queries.run(run_id))
    rows = undo_queries.listed(run_id)
    head = [gettext("outcome"), gettext("FINESS"), gettext("name"), gettext("city")]
    return csvfile.attachment("annulation-import.csv", [*head, gettext("detail")], _lines(rows))


def _check(run: ImportRun) -> None:
    if not undo_queries.undoable(run):
        raise undoing.NotUndoable


def _lines(rows: Sequence[AnyRow]) -> Iterator[list[str]]:
    for row in rows:
        told = " ".join(undo_words.said(row))
        yield [words.way(row.way), row.finess or "", row.name, row.city, told]
