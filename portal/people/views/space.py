"""The provider's own space: its first steps, its settings."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.config import Settings
from portal.kit import clock, unsent
from portal.kit.errors import Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from portal.people import forms, plans, signup, steps
from tenants import queries as tenancy
from tenants.access import confirmed, requires, sent_from
from tenants.http import current_actor, current_tenant
from tenants.roles import Permission, SecondFactor


@requires(Permission.MEMBER_READ)
def first_steps() -> ResponseReturnValue:
    return render_template("people/first_steps.html", steps=steps.first_steps(current_actor()))


@requires(Permission.TENANT_WRITE)
@confirmed
def settings() -> ResponseReturnValue:
    return _page(unsent.form(forms.SettingsForm, "people.save_settings"))


def _page(form: Form, *, overtaken: bool = False) -> str:
    tenant = tenancy.tenant(current_tenant().id)
    return render_template(
        "people/settings.html",
        form=form,
        tenant=tenant,
        overtaken=overtaken,
        seen=signup.settings_mark(tenant),
        choices=_second_factors(),
        billed=plans.billed_establishments(),
        today=clock.today(),
    )


def _second_factors() -> list[SecondFactor]:
    """Doing without is for demonstrations: production would not honour it."""
    known: Settings = current_app.config["SETTINGS"]
    spared = known.development and current_tenant().second_factor is SecondFactor.NOBODY
    return [it for it in SecondFactor if it is not SecondFactor.NOBODY or spared]


def _check_second_factor(asked: SecondFactor) -> None:
    if asked not in _second_factors():
        raise Refused("Choose of whom a second factor is asked.", field="second_factor")


@requires(Permission.TENANT_WRITE)
@confirmed
@sent_from("people.settings")
def save_settings() -> ResponseReturnValue:
    form = Form(forms.SettingsForm, request.form)
    if not form.validate():
        return _page(form), 422
    wanted = dict(form.data)
    try:
        _check_second_factor(wanted["second_factor"])
        wanted["siren"] = signup.siren(wanted["siren"])
        signup.edit(current_actor(), current_tenant().id, **wanted)
    except (Refused, signup.EditedMeanwhile) as error:
        form.blame(error)
        return _page(form, overtaken=isinstance(error, signup.EditedMeanwhile)), error.status
    flash(gettext("The settings are kept."), "success")
    return redirect(url_for("people.settings"), 303)
