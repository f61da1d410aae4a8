"""Establishments by hand: a new sheet, an edited one, the archive."""

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.fleet import queries, service
from portal.fleet.forms import EditedSheetForm, SheetForm
from portal.fleet.models import Establishment
from portal.fleet.nomenclature import categories
from portal.fleet.service import Sheet, Stale
from portal.fleet.views.blueprint import bp
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import DomainError
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.kit.pages import PER_PAGE, Page, page_number
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission

ALWAYS = "always"


@bp.get("/parc/nouveau", endpoint="new")
@requires(Permission.ESTABLISHMENT_WRITE)
def new() -> ResponseReturnValue:
    return _page(None, None)


@bp.post("/parc/nouveau", endpoint="add")
@requires(Permission.ESTABLISHMENT_WRITE)
def add() -> ResponseReturnValue:
    form = Form(SheetForm, request.form)
    if not form.validate():
        return _page(form, None), 422
    sheet = _sheet(form.data)
    try:
        row = service.add(current_actor(), sheet)
    except DomainError as error:
        form.blame(error)
        return _page(form, None), error.status
    _say(gettext("“%(name)s” is in your fleet.", name=row.name), sheet)
    return redirect(_address(row.id), 303)


@bp.get("/etablissements/<uuid:establishment_id>/fiche", endpoint="edit")
@requires(Permission.ESTABLISHMENT_WRITE)
def edit(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return _page(None, establishment_id)


@bp.post("/etablissements/<uuid:establishment_id>/fiche", endpoint="save")
@requires(Permission.ESTABLISHMENT_WRITE)
def save(establishment_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(EditedSheetForm, request.form)
    if not form.validate():
        return _page(form, establishment_id), 422
    version = form.data.pop("version")
    sheet = _sheet(form.data)
    try:
        service.edit(current_actor(), establishment_id, sheet, version=version, today=clock.today())
    except DomainError as error:
        form.blame(error)
        return _page(form, establishment_id, stale=isinstance(error, Stale)), error.status
    _say(gettext("The sheet is saved."), sheet)
    return redirect(_address(establishment_id), 303)


@bp.post("/etablissements/<uuid:establishment_id>/archiver", endpoint="archive")
@requires(Permission.ESTABLISHMENT_WRITE)
def archive(establishment_id: uuid.UUID) -> ResponseReturnValue:
    row = service.archive(current_actor(), establishment_id, at=clock.now())
    undo = url_for("fleet.restore", establishment_id=establishment_id)
    flash(gettext("“%(name)s” is archived: nothing is erased.", name=row.name), f"undo:{undo}")
    return redirect(url_for("fleet.archives"), 303)


@bp.post("/etablissements/<uuid:establishment_id>/reprendre", endpoint="restore")
@requires(Permission.ESTABLISHMENT_WRITE)
def restore(establishment_id: uuid.UUID) -> ResponseReturnValue:
    row = service.restore(current_actor(), establishment_id)
    flash(gettext("“%(name)s” is back in your fleet.", name=row.name))
    return redirect(_address(row.id), 303)


@bp.get("/parc/archives", endpoint="archives")
@requires(Permission.FLEET_READ)
def archives() -> ResponseReturnValue:
    number = page_number()
    rows, total = queries.archived(number, per_page=PER_PAGE)
    return render_template(
        "fleet/archives.html",
        page=Page(rows, number, total),
        may_restore=current_actor().may(Permission.ESTABLISHMENT_WRITE),
    )


def _sheet(data: dict[str, Any]) -> Sheet:
    """The form's fields; conditions that the guide does not know are dropped."""
    known = loader.current().conditions.keys() - {ALWAYS}
    held = tuple(it for it in data["conditions"] if it in known)
    return Sheet(**data | {"conditions": held})


def _say(what: str, sheet: Sheet) -> None:
    flash(what)
    for doubt in service.doubts(sheet):
        flash(doubt, "warning")


def _address(establishment_id: uuid.UUID) -> str:
    return url_for("tracking.establishment", establishment_id=establishment_id)


def _page(form: Form | None, establishment_id: uuid.UUID | None, *, stale: bool = False) -> str:
    row: Establishment | None = None
    body: str | None = None
    if establishment_id is not None:
        row, body = queries.with_managing_body(establishment_id)
    return render_template(
        "fleet/sheet.html",
        form=form,
        establishment=row,
        managing_body=body,
        bodies=queries.managing_body_names(),
        families=_families(),
        conditions=[it for it in loader.current().conditions.items() if it[0] != ALWAYS],
        stale=stale,
    )


def _families() -> list[tuple[str, list[categories.Category]]]:
    """The categories that a new sheet may choose, under the name of their family."""
    known = categories.categories().values()
    return [
        (name, [it for it in known if it.family == family])
        for family, name in categories.families().items()
    ]
