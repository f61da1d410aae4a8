"""« Prestations »: what the provider sells, adopted from the usual set or written by hand."""

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit import queries as audit
from portal.contracts import foreseeing, forms, offerings, queries, rewriting
from portal.contracts.foreseeing import Foreseen
from portal.contracts.forms import OfferingForm
from portal.contracts.models import Offering
from portal.contracts.offerings import Served
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import DomainError
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission


@requires(Permission.OFFERING_READ)
def index() -> ResponseReturnValue:
    edition = loader.current()
    lines = queries.offerings(current_tenant().edition_id, clock.today())
    taken = {line.code for line in lines}
    return render_template(
        "contracts/offerings.html",
        sold=[line for line in lines if line.archived_at is None],
        archived=[line for line in lines if line.archived_at is not None],
        usual=[template for template in edition.offerings if template.code not in taken],
        actor=current_actor(),
    )


@requires(Permission.OFFERING_WRITE)
def adopt() -> ResponseReturnValue:
    codes = None if request.form.get("all") else request.form.getlist("codes")
    if codes == []:
        flash(gettext("Choose at least one offering."))
        return redirect(url_for("contracts.offerings"), 303)
    names = offerings.adopt(current_actor(), loader.current(), codes=codes, today=clock.today())
    if names:
        flash(gettext("Offerings adopted: %(names)s.", names=", ".join(names)))
    else:
        flash(gettext("Nothing to adopt: these offerings are there already."))
    return redirect(url_for("contracts.offerings"), 303)


@requires(Permission.OFFERING_READ)
def show(offering_id: uuid.UUID) -> ResponseReturnValue:
    edition, today = loader.current(), clock.today()
    offering = queries.offering(offering_id)
    served = {row.requirement_code: row for row in queries.served(offering_id, edition.id)}
    return render_template(
        "contracts/offering.html",
        offering=offering,
        served=served,
        edition=edition,
        clients=len(queries.clients_of(offering_id, today)),
        events=audit.history(offering_id, limit=20),
        actor=current_actor(),
    )


@requires(Permission.OFFERING_WRITE)
def new() -> ResponseReturnValue:
    return _form(None, None, [])


@requires(Permission.OFFERING_WRITE)
def create() -> ResponseReturnValue:
    form, edition = Form(OfferingForm, request.form), loader.current()
    if not forms.validate_offering(form, edition):
        return _form(None, form, []), 422
    try:
        content = forms.content(form.data, form.typed, edition)
        made = offerings.create(current_actor(), edition, content, today=clock.today())
    except DomainError as error:
        form.blame(error)
        return _form(None, form, []), error.status
    flash(gettext("The offering is ready: give it to establishments."))
    return redirect(url_for("contracts.offering", offering_id=made.id), 303)


@requires(Permission.OFFERING_WRITE)
def edit(offering_id: uuid.UUID) -> ResponseReturnValue:
    return _form(queries.offering(offering_id), None, _kept(offering_id))


@requires(Permission.OFFERING_WRITE)
def save(offering_id: uuid.UUID) -> ResponseReturnValue:
    """Rewrite an offering; with « preview », only say what would move."""
    form, edition = Form(OfferingForm, request.form), loader.current()
    actor, today = current_actor(), clock.today()
    if not forms.validate_offering(form, edition):
        return _form(queries.offering(offering_id), form, _kept(offering_id)), 422
    wish = {"version": form.data["version"], "today": today}
    try:
        content = forms.content(form.data, form.typed, edition)
        if "preview" in request.form:
            foreseen = foreseeing.foresee(actor, edition, offering_id, content, **wish)
            return _form(queries.offering(offering_id), form, _kept(offering_id), foreseen)
        act_id = rewriting.edit(actor, edition, offering_id, content, **wish)
    except DomainError as error:
        form.blame(error)
        return _form(queries.offering(offering_id), form, _kept(offering_id)), error.status
    _say_saved(act_id)
    return redirect(url_for("contracts.offering", offering_id=offering_id), 303)


def _say_saved(act_id: uuid.UUID | None) -> None:
    if act_id is None:
        flash(gettext("Nothing to write: the offering says this already."))
        return
    undo_url = url_for("contracts.undo_offering", act_id=act_id)
    flash(gettext("The offering is saved; its clients follow."), f"undo:{undo_url}")


@requires(Permission.OFFERING_WRITE)
def undo(act_id: uuid.UUID) -> ResponseReturnValue:
    found = rewriting.undo(
        current_actor(), loader.current(), act_id, at=clock.now(), today=clock.today()
    )
    flash(gettext("Undone: everything is as it was before."))
    return redirect(url_for("contracts.offering", offering_id=found.id), 303)


@requires(Permission.OFFERING_WRITE)
def archive(offering_id: uuid.UUID) -> ResponseReturnValue:
    found = offerings.archive(current_actor(), offering_id, at=clock.now(), today=clock.today())
    undo = url_for("contracts.restore_offering", offering_id=offering_id)
    flash(gettext("“%(name)s” is no longer offered.", name=found.name), f"undo:{undo}")
    return redirect(url_for("contracts.offerings"), 303)


@requires(Permission.OFFERING_WRITE)
def restore(offering_id: uuid.UUID) -> ResponseReturnValue:
    found = offerings.restore(current_actor(), offering_id, today=clock.today())
    flash(gettext("“%(name)s” is offered again.", name=found.name))
    return redirect(url_for("contracts.offering", offering_id=offering_id), 303)


def _kept(offering_id: uuid.UUID) -> list[Served]:
    return [offerings.said(row) for row in queries.served(offering_id, loader.current().id)]


def _form(
    offering: Offering | None,
    form: Form | None,
    kept: list[Served],
    foreseen: Foreseen | None = None,
) -> str:
    """The form with what was typed, else with what is kept; beside a conflict, both."""
    edition = loader.current()
    values: dict[str, dict[str, Any]] = {
        row.code: {
            "part": row.part,
            "bearer": row.bearer or "",
            "remains": row.remains,
            "proof": row.proof,
            "months": str(row.valid_months or ""),
        }
        for row in kept
    }
    if form:
        values = {
            code: {name: form.typed.get(f"{name}-{code}", "") for name in forms.FIELDS}
            for code in edition.by_code
        }
    stale = _is_stale(form, offering)
    return render_template(
        "contracts/offering_form.html",
        offering=offering,
        form=form,
        values=values,
        stale=stale,
        foreseen=foreseen,
        kept={row.code: row for row in kept},
        edition=edition,
        clients=len(queries.clients_of(offering.id, clock.today())) if offering else 0,
        last=next(iter(audit.history(offering.id, limit=1)), None) if offering and stale else None,
    )


def _is_stale(form: Form | None, offering: Offering | None) -> bool:
    """Whether somebody saved it since it was read; a form that was not understood says nothing."""
    if form is None or not form.data or offering is None:
        return False
    read: int = form.data["version"]
    return read != offering.version
