"""Change one's password; the other browsers are signed out."""

from flask import current_app, flash, g, redirect, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from portal.accounts import notices, passwords, service
from portal.accounts.forms import PasswordSchema
from portal.accounts.notices import Act
from portal.accounts.passwords import TooWeak
from portal.accounts.views.blueprint import bp
from portal.config import Settings
from portal.kit import clock
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants import service as tenants
from tenants.access import confirmed, sent_from, signed_in
from tenants.http import current_sign_in
from tenants.models import UserAccount


@bp.get("/mon-compte/mot-de-passe")
@signed_in
@confirmed
def password() -> ResponseReturnValue:
    return _page(Form(PasswordSchema))


@bp.post("/mon-compte/mot-de-passe")
@signed_in
@confirmed
@sent_from("accounts.password")
def change_password() -> ResponseReturnValue:
    person: UserAccount = g.user
    form = Form(PasswordSchema, request.form)
    if not form.validate():
        return _page(form), 422
    try:
        passwords.accept(form.data["password"], own_words=(person.name, person.email))
    except TooWeak as refusal:
        form.blame(refusal)
        return _page(form), 422
    settings: Settings = current_app.config["SETTINGS"]
    service.set_password(person, form.data["password"], memory_kib=settings.password_memory_kib)
    tenants.close_sign_ins(person.id, spared=current_sign_in().id, at=clock.now())
    notices.note(person.id, Act.PASSWORD_CHANGED)
    flash(gettext("Your password was changed. The other browsers were signed out."))
    return redirect(address("accounts.account"), 303)


def _page(form: Form) -> str:
    return render_template(
        "accounts/password.html", form=form, shortest=passwords.SHORTEST, person=g.user
    )
