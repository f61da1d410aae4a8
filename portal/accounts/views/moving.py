"""Change the address of one's account: a code from the new one, a way back for the old one."""

from flask import current_app, flash, g, redirect, render_template, request, session
from flask import url_for as address
from flask.typing import ResponseReturnValue

from portal.accounts import codes, moving, notices
from portal.accounts.codes import Purpose
from portal.accounts.forms import AddressSchema, CodeSchema
from portal.accounts.moving import Taken
from portal.accounts.notices import Act
from portal.accounts.views.blueprint import bp
from portal.accounts.witness import Deed, witnessed
from portal.config import Settings
from portal.kit import clock, limits, postman, tokens, unsent
from portal.kit.errors import NotFound, Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext, locale
from portal.kit.i18n import lazy_gettext as _
from portal.kit.postman import Addressee, Note
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import confirmed, public, sent_from, signed_in
from tenants.http import act_as, current_sign_in
from tenants.models import UserAccount

_NEW = "new_address"


@bp.get("/mon-compte/adresse")
@signed_in
@confirmed
def new_address() -> ResponseReturnValue:
    if "again" not in request.args and session.get(_NEW) and codes.asked(Purpose.MOVE):
        return _code_page(Form(CodeSchema))
    form = unsent.form(AddressSchema, "accounts.ask_new_address")
    return render_template("accounts/new_address.html", form=form, person=g.user)


@bp.post("/mon-compte/adresse")
@signed_in
@confirmed
@sent_from("accounts.new_address")
def ask_new_address() -> ResponseReturnValue:
    """The same for an address that has an account: whoever reads it is told, nobody else."""
    person: UserAccount = g.user
    form = Form(AddressSchema, request.form)
    if form.validate() and form.data["email"].lower() == person.email:
        form.blame(Refused("This is the address of your account already.", field="email"))
    if form.errors:
        return render_template("accounts/new_address.html", form=form, person=person), 422
    email = form.data["email"].strip().lower()
    for whom in (person.email, email):
        limits.count("code-sent", person=whom)
    known = tenancy.user_by_email(email) is not None
    codes.issue(email, Purpose.MOVE, silent=known)
    # Promised for everybody, so that the page takes as long: it leaves for who has an account.
    postman.write(Addressee(email, locale=locale()), _known_already(), leaves=known)
    session[_NEW] = email
    return redirect(address("accounts.new_address"), 303)


@bp.post("/mon-compte/adresse/code")
@signed_in
@confirmed
@sent_from("accounts.new_address")
def change_address() -> ResponseReturnValue:
    person: UserAccount = g.user
    if not (email := session.get(_NEW, "")):
        return redirect(address("accounts.new_address"), 303)
    limits.count("code-typed", person=email)
    form = Form(CodeSchema, request.form)
    if not form.validate():
        return _code_page(form), 422
    at, former = clock.now(), Addressee(person.email, person.name, person.locale)
    known = codes.check(email, Purpose.MOVE, form.data["code"])
    if not known or tenancy.user_by_email(email) is not None:
        form.blame(Refused("This code opens nothing, or has been used already.", field="code"))
        return _code_page(form), 422
    with witnessed(person, Deed.MOVED, at=at):
        token = moving.move(person, to=email, at=at)
        tenants.close_sign_ins(person.id, spared=current_sign_in().id, at=at)
        notices.note(person.id, Act.ADDRESS_CHANGED, tell=False)
        link = (_("Take my address back"), address("accounts.former_address", token=token))
        notices.write(former, Act.ADDRESS_CHANGED, link=link)
    session.pop(_NEW, None)
    flash(gettext("Your address was changed. The other browsers were signed out."))
    return redirect(address("accounts.account"), 303)


@bp.get("/adresse-precedente/<token>")
@public
def former_address(token: str) -> ResponseReturnValue:
    """The same page whatever the link: a mail server that looks at links does nothing by it."""
    return render_template("accounts/former_address.html", token=token, done=False)


@bp.post("/adresse-precedente/<token>")
@public
def take_address_back(token: str) -> ResponseReturnValue:
    """Whoever reads the former address takes the account back; no browser stays signed in."""
    limits.count("challenge")
    if (read := tokens.read(token)) is None:
        raise NotFound
    at = clock.now()
    act_as(read.owner_id)
    change, person = moving.undoable(read, at=at), tenancy.user(read.owner_id)
    if change is None or person is None:
        raise NotFound
    if (holder := tenancy.user_by_email(change.former)) is not None and holder is not person:
        raise Taken
    change_id = change.id
    with witnessed(person, Deed.MOVED_BACK, at=at):
        moving.undo(person, change_id, at=at)
        notices.note(person.id, Act.ADDRESS_RESTORED)
    return render_template("accounts/former_address.html", token=token, done=True)


def _known_already() -> Note:
    settings: Settings = current_app.config["SETTINGS"]
    return Note(
        subject=gettext("You have an account already"),
        paragraphs=[
            gettext("Somebody who is signed in to Treize asked to use this address as hers."),
            gettext("It has an account already: no code was sent, and nothing was changed."),
        ],
        link=(gettext("Sign in"), f"{settings.public_url}/connexion"),
    )


def _code_page(form: Form) -> str:
    return render_template("accounts/new_address_code.html", form=form, email=session[_NEW])
