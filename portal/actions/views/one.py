"""One action: open it, read it, change it, move it on."""

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.actions import forms, queries, service
from portal.actions.forms import ActionForm
from portal.actions.models import Action, State
from portal.fleet import queries as fleet
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import Conflict, DomainError, NotFound
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.tracking import queries as tracking
from tenants.access import requires
from tenants.http import current_actor, current_tenant
from tenants.roles import PROVIDER_ROLES, Permission


@requires(Permission.ACTION_WRITE)
def new(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return _new(establishment_id, None)


def _new(establishment_id: uuid.UUID, form: Form | None) -> str:
    place, code = fleet.establishment(establishment_id), _code()
    row = tracking.tracked(place.id, current_tenant().edition_id, code) if code else None
    return render_template(
        "actions/new.html",
        place=place,
        form=form,
        code=code,
        requirement=loader.current().by_code[code] if code else None,
        side=_usual_side(row.bearer.value if row else None),
        doers=queries.doers(place.id, clock.now()),
        today=clock.today(),
    )


def _code() -> str | None:
    """The requirement that the address names; one the guide lacks is none."""
    code = request.values.get("code", "")
    return code if code in loader.current().by_code else None


def _usual_side(bearer: str | None) -> str:
    """Whoever bears the requirement, else whoever writes."""
    ours = current_actor().role in PROVIDER_ROLES
    if bearer is None:
        return "provider" if ours else "establishment"
    return "establishment" if bearer == "establishment" else "provider"


@requires(Permission.ACTION_WRITE)
def add(establishment_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(ActionForm, request.form)
    if not form.validate():
        return _new(establishment_id, form), 422
    try:
        service.open_one(
            current_actor(),
            forms.content(form.data),
            establishment_id=establishment_id,
            code=_code(),
            edition=loader.current(),
            at=clock.now(),
        )
    except DomainError as error:
        form.blame(error)
        return _new(establishment_id, form), error.status
    flash(gettext("The action is in the plan."))
    return redirect(url_for("actions.plan", establishment_id=establishment_id), 303)


@requires(Permission.ACTION_READ)
def show(action_id: uuid.UUID) -> ResponseReturnValue:
    return _shown(queries.action(action_id), None)


def _shown(action: Action, form: Form | None, **told: Any) -> str:
    return render_template(
        "actions/show.html",
        action=action,
        place=fleet.establishment(action.establishment_id),
        requirement=loader.current().by_code.get(action.requirement_code or ""),
        form=form,
        doers=queries.doers(action.establishment_id, clock.now()),
        today=clock.today(),
        **told,
    )


@requires(Permission.ACTION_WRITE)
def save(action_id: uuid.UUID) -> ResponseReturnValue:
    action, form = queries.action(action_id, lock=True), Form(ActionForm, request.form)
    if not form.validate():
        return _shown(action, form), 422
    try:
        service.edit(
            current_actor(),
            action,
            forms.content(form.data),
            version=form.data["version"],
            at=clock.now(),
        )
    except Conflict as error:
        return _shown(action, form, conflict=True), error.status
    except DomainError as error:
        form.blame(error)
        return _shown(action, form), error.status
    flash(gettext("The action is saved."))
    return redirect(url_for("actions.show", action_id=action.id), 303)


@requires(Permission.ACTION_WRITE)
def move(action_id: uuid.UUID, state: str) -> ResponseReturnValue:
    """Back to the page it was sent from, which an undo leads to as well."""
    if state not in {one.value for one in State}:
        raise NotFound
    action = queries.action(action_id, lock=True)
    before = service.move(current_actor(), action, State(state), at=clock.now())
    if before.value != state:
        undo = url_for("actions.move", action_id=action.id, state=before.value)
        flash(_MOVED[State(state)](), f"undo:{undo}")
    if request.form.get("to") == "board":
        return redirect(url_for("actions.index", view="board"), 303)
    if request.form.get("to") == "list":
        return redirect(url_for("actions.index"), 303)
    return redirect(url_for("actions.plan", establishment_id=action.establishment_id), 303)


_MOVED = {
    State.TODO: lambda: gettext("The action is to be done."),
    State.DOING: lambda: gettext("The action is under way."),
    State.DONE: lambda: gettext("The action is done."),
    State.DROPPED: lambda: gettext("The action is dropped."),
}
