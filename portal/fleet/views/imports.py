"""Importing the fleet: choose a file, see what it would do, agree, follow the work."""

import uuid
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.fleet import import_again, import_queries, importing, undo_queries
from portal.fleet.import_forms import ApplyForm, CancelForm, ImportForm
from portal.fleet.importer import words
from portal.fleet.importer.records import FileReason
from portal.fleet.importer.tally import detail
from portal.fleet.models import ImportMode, ImportRun, ImportState
from portal.fleet.views.blueprint import bp
from portal.kit import clock, handing, progress, storage
from portal.kit.bodies import takes
from portal.kit.errors import DomainError, NotFound, Refused
from portal.kit.form import Form, lenient
from portal.kit.handing import File
from portal.kit.i18n import gettext
from portal.kit.pages import is_fragment
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission

#: In bytes: the national file with room to grow.
_LARGEST = 600 * 2**20
#: More newcomers than this in a « whole fleet » file look like the national file.
LIKELY_NATIONAL = 3_000
_WORKING = frozenset({ImportState.PREVIEWING, ImportState.APPLYING, ImportState.UNDOING})


@bp.get("/parc/import", endpoint="imports")
@requires(Permission.FLEET_IMPORT)
def index() -> ResponseReturnValue:
    return _form_page(None)


def _form_page(form: Form | None) -> str:
    return render_template("fleet/imports.html", form=form, runs=import_queries.recent())


@bp.post("/parc/import", endpoint="upload_import")
@requires(Permission.FLEET_IMPORT)
@takes(_LARGEST)
def upload() -> ResponseReturnValue:
    form = Form(ImportForm, request.form)
    if not form.validate():
        return _form_page(form), 422
    try:
        run = _taken_in(form)
    except DomainError as error:
        form.blame(error)
        return _form_page(form), error.status
    return redirect(url_for("fleet.import_run", run_id=run.id), 303)


def _taken_in(form: Form) -> ImportRun:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused("Choose a file.", field="file")
    return importing.upload(
        current_actor(),
        file=file.stream,
        size=_size(file),
        file_name=file.filename,
        mode=form.data["mode"],
        finess_list=_list(form.data["mode"], form.data["finess_list"]),
        at=clock.now(),
    )


def _list(mode: ImportMode, pasted: str) -> str:
    """The pasted numbers, then those of the uploaded list."""
    given = request.files.get("list_file")
    if mode is not ImportMode.LISTED or given is None or not given.filename:
        return pasted
    data = given.stream.read(importing.LARGEST_LIST + 1)
    uploaded = importing.list_text(data)
    return f"{pasted}\n{uploaded}" if pasted else uploaded


def _size(file: FileStorage) -> int:
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size


@bp.get("/parc/import/<uuid:run_id>", endpoint="import_run")
@requires(Permission.FLEET_IMPORT)
def show(run_id: uuid.UUID) -> ResponseReturnValue:
    return render_template("fleet/import.html", **_shown(import_queries.run(run_id)))


@bp.get("/parc/import/<uuid:run_id>/avancement", endpoint="import_progress")
@requires(Permission.FLEET_IMPORT)
def follow(run_id: uuid.UUID) -> ResponseReturnValue:
    """Where the work has got, for a page that asks again and again."""
    run = import_queries.run(run_id)
    if not is_fragment():
        return redirect(url_for("fleet.import_run", run_id=run_id), 303)
    return render_template("fleet/_import.html", **_shown(run))


def _shown(run: ImportRun, form: Form | None = None) -> dict[str, object]:
    advance = progress.of(run.id)
    return {
        "run": run,
        "form": form,
        "working": run.state in _WORKING and not run.given_up,
        "advance": advance,
        "now": clock.now(),
        "undoable": undo_queries.undoable(run),
        "left": [line | {"said": words.held(line["why"])} for line in run.undone.get("left", [])],
        "lines": [line | {"said": detail(line)} for line in run.sample],
        "refusal": words.file_refused(FileReason(run.error), run.error_values)
        if run.error
        else None,
        "likely_national": run.mode is ImportMode.WHOLE_FILE
        and run.counts.get("created", 0) > LIKELY_NATIONAL,
    }


@requires(Permission.FLEET_IMPORT)
def report(run_id: uuid.UUID) -> File:
    run = import_queries.run(run_id)
    if run.report_key is None:
        raise NotFound
    content = partial(storage.current().open, run.report_key)
    return File("rapport-import.csv", "text/csv; charset=utf-8", content)


handing.add(bp, "GET", "/parc/import/<uuid:run_id>/rapport.csv", "import_report", report)


@bp.post("/parc/import/<uuid:run_id>/appliquer", endpoint="apply_import")
@requires(Permission.FLEET_IMPORT)
def confirm(run_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(ApplyForm, request.form)
    form.validate()
    despite_cut = form.data.get("despite_cut", False)
    try:
        importing.confirm(current_actor(), run_id=run_id, at=clock.now(), despite_cut=despite_cut)
    except importing.LooksCut as error:
        form.blame(error)
        shown = _shown(import_queries.run(run_id), form)
        return render_template("fleet/import.html", **shown), error.status
    return redirect(url_for("fleet.import_run", run_id=run_id), 303)


@bp.post("/parc/import/<uuid:run_id>/abandonner", endpoint="cancel_import")
@requires(Permission.FLEET_IMPORT)
def cancel(run_id: uuid.UUID) -> ResponseReturnValue:
    """Also what nobody tries any more, of which nothing was written."""
    seen = lenient(CancelForm, request.form)["seen"]
    try:
        if import_queries.run(run_id).given_up:
            import_again.let_go(current_actor(), run_id=run_id)
        else:
            importing.cancel(current_actor(), run_id=run_id, seen=seen)
    except importing.PastAbandoning as late:
        flash(gettext(late.message))
        return redirect(url_for("fleet.import_run", run_id=run_id), 303)
    if seen is ImportState.PREVIEWING:
        flash(gettext("The import is abandoned: nothing was written into your fleet."))
    return redirect(url_for("fleet.imports"), 303)


@bp.post("/parc/import/<uuid:run_id>/relancer", endpoint="retry_import")
@requires(Permission.FLEET_IMPORT)
def retry(run_id: uuid.UUID) -> ResponseReturnValue:
    import_again.retry(current_actor(), run_id=run_id, at=clock.now())
    return redirect(url_for("fleet.import_run", run_id=run_id), 303)
