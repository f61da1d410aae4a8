"""« Mon compte »: who one is, how one signs in, where one is signed in, what happened."""

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, session
from flask import url_for as address
from flask.typing import ResponseReturnValue

from portal.accounts import browsers, factors, notices, passkeys, queries
from portal.accounts.forms import CloseSchema, PasskeySchema, ProfileSchema
from portal.accounts.notices import Act
from portal.accounts.views.blueprint import bp
from portal.accounts.witness import Deed, witnessed
from portal.kit import clock, unsent
from portal.kit.errors import NotFound
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import signed_in
from tenants.http import current_sign_in
from tenants.models import UserAccount


@bp.get("/mon-compte")
@signed_in
def account() -> ResponseReturnValue:
    return _page(Form(ProfileSchema))


@bp.post("/mon-compte")
@signed_in
def save_profile() -> ResponseReturnValue:
    form = Form(ProfileSchema, request.form)
    if not form.validate():
        return _page(form), 422
    person: UserAccount = g.user
    if form.data["name"] != person.name:
        _rename(person, form.data["name"])
    tenants.remember_language(current_sign_in().user_id, form.data["locale"])
    session["locale"] = form.data["locale"]
    flash(gettext("Saved."))
    return redirect(address("accounts.account"), 303)


def _rename(person: UserAccount, name: str) -> None:
    """Noted in every space of hers: what is done there is read by the name of who did it."""
    with witnessed(person, Deed.RENAMED, at=clock.now()):
        notices.note(person.id, Act.RENAMED, tell=False)
        person.name = name


@bp.post("/mon-compte/connexions/fermer")
@signed_in
def close_sign_ins() -> ResponseReturnValue:
    """Shut one browser out, or all but this one: their next request finds the door shut."""
    form, here = Form(CloseSchema, request.form), current_sign_in()
    if not form.validate() or form.data["sign_in"] == here.id:
        raise NotFound
    only, at = form.data["sign_in"], clock.now()
    closed = tenants.close_sign_ins(
        here.user_id, only=only, spared=None if only else here.id, at=at
    )
    if only and not closed:
        raise NotFound
    notices.note(here.user_id, Act.SIGN_IN_CLOSED if only else Act.OTHERS_CLOSED)
    flash(gettext("Signed out there."))
    return redirect(address("accounts.account"), 303)


def _page(form: Form) -> str:
    person: UserAccount = g.user
    at = clock.now()
    always: bool = current_app.extensions["second_factor_always"]
    held = queries.factors(person.id)
    needed = factors.demanded(person.id, always=always, at=at)
    context: dict[str, Any] = {
        "form": form,
        "person": person,
        "factors": held,
        "removable": len(held) > 1 or not needed,
        "needed": needed,
        "codes_left": queries.recovery_codes_left(person.id),
        "here": current_sign_in().id,
        "sign_ins": tenancy.sign_ins(person.id, at),
        "events": queries.events(person.id),
        "browser": browsers.describe,
        "passkeys": passkeys.party() is not None,
        "key": unsent.form(PasskeySchema, "accounts.add_passkey"),
    }
    return render_template("accounts/account.html", **context)
