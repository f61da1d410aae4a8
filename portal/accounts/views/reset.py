"""A forgotten password: a code by e-mail, typed where it was asked for, opens another one.

The pages are the same whether or not an account has that address.
"""

from flask import current_app, flash, redirect, render_template, request, session
from flask import url_for as address
from flask.typing import ResponseReturnValue

from portal.accounts import codes, familiar, notices, passwords, service
from portal.accounts.codes import Purpose
from portal.accounts.forms import AskSchema, ResetSchema
from portal.accounts.notices import Act
from portal.accounts.passwords import TooWeak
from portal.accounts.views.blueprint import bp
from portal.config import Settings
from portal.kit import clock, limits
from portal.kit.errors import Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import public
from tenants.http import act_as

_EMAIL = "reset_email"


@bp.get("/mot-de-passe")
@public
def forgotten() -> ResponseReturnValue:
    if "again" not in request.args and session.get(_EMAIL) and codes.asked(Purpose.RESET):
        return _code_page(Form(ResetSchema))
    return render_template("accounts/forgotten.html", form=Form(AskSchema))


@bp.post("/mot-de-passe")
@public
def send_reset() -> ResponseReturnValue:
    form = Form(AskSchema, request.form)
    if not form.validate():
        return render_template("accounts/forgotten.html", form=form), 422
    email = form.data["email"]
    limits.count("code-sent", person=email, browser=familiar.to(email))
    codes.issue(email, Purpose.RESET, silent=tenancy.user_by_email(email) is None)
    session[_EMAIL] = email
    return redirect(address("accounts.forgotten"), 303)


@bp.post("/mot-de-passe/nouveau")
@public
def reset_password() -> ResponseReturnValue:
    """Signs nobody in: a second factor is asked for as ever."""
    if not (email := session.get(_EMAIL, "")):
        return redirect(address("accounts.forgotten"), 303)
    limits.count("code-typed", person=email, browser=familiar.to(email))
    form = Form(ResetSchema, request.form)
    if not form.validate() or not _accepted(form, email):
        return _code_page(form), 422
    known = codes.check(email, Purpose.RESET, form.data["code"])
    person = tenancy.user_by_email(email) if known else None
    if person is None:
        form.blame(Refused("This code opens nothing, or has been used already.", field="code"))
        return _code_page(form), 422
    settings: Settings = current_app.config["SETTINGS"]
    user_id = person.id
    act_as(user_id)
    service.set_password(person, form.data["password"], memory_kib=settings.password_memory_kib)
    tenants.close_sign_ins(user_id, at=clock.now())
    notices.note(user_id, Act.PASSWORD_RESET)
    session.pop(_EMAIL, None)
    flash(gettext("Your password was changed: sign in with it."))
    return redirect(address("accounts.sign_in"), 303)


def _accepted(form: Form, email: str) -> bool:
    """Looked at before the code, so that a weak password costs none of its tries."""
    try:
        passwords.accept(form.data["password"], own_words=(email,))
    except TooWeak as refusal:
        form.blame(refusal)
        return False
    return True


def _code_page(form: Form) -> str:
    return render_template(
        "accounts/reset.html", form=form, email=session[_EMAIL], shortest=passwords.SHORTEST
    )
