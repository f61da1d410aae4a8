"""A provider signs up: a name, a SIREN, an address that a code confirms, and its space is open.

The pages are the same whether or not an account has that address.
"""

import uuid
from dataclasses import asdict, dataclass

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from portal.accounts import codes, passwords, sessions
from portal.accounts import service as accounts
from portal.accounts.codes import Purpose
from portal.accounts.visitors import visitor
from portal.config import Settings
from portal.guide import loader
from portal.kit import clock, limits, postman, transactions
from portal.kit.errors import DomainError, Refused
from portal.kit.form import Form
from portal.kit.i18n import gettext, locale
from portal.kit.postman import Addressee, Note
from portal.people import forms, signup
from portal.people.signup import Newcomer, Provider
from tenants import queries as tenancy
from tenants.access import public
from tenants.context import tenant_scope
from tenants.db import db
from tenants.scoping import new_id

_KEY = "sign_up"


@dataclass(frozen=True)
class Asked:
    """What this browser asked for; kept in its signed session until the code is typed."""

    name: str
    siren: str
    person: str
    email: str


@public
def show() -> ResponseReturnValue:
    if visitor(clock.now()) is not None:
        return redirect(url_for("people.further"), 303)
    if "again" not in request.args and (asked := _asked()) is not None:
        return _code_page(asked, Form(forms.OpenForm))
    return render_template("people/sign_up.html", form=None)


@public
def ask() -> ResponseReturnValue:
    form = Form(forms.SignUpForm, request.form)
    if not form.validate():
        return render_template("people/sign_up.html", form=form), 422
    try:
        number = signup.siren(form.data["siren"])
    except Refused as error:
        form.blame(error)
        return render_template("people/sign_up.html", form=form), 422
    email = form.data["email"].strip().lower()
    limits.count("sign-up", person=email)
    known = tenancy.user_by_email(email) is not None
    codes.issue(email, Purpose.SIGN_UP, silent=known)
    # Promised for everybody, so that the page takes as long: it leaves for who has an account.
    postman.write(Addressee(email, locale=locale()), _known_already(), leaves=known)
    asked = Asked(form.data["name"], number, form.data["person"], email)
    session[_KEY] = asdict(asked)
    return redirect(url_for("people.sign_up"), 303)


def _known_already() -> Note:
    """To who has an account and, most likely, forgot: the page itself says nothing of it."""
    settings: Settings = current_app.config["SETTINGS"]
    return Note(
        subject=gettext("You have an account already"),
        paragraphs=[
            gettext("Somebody asked to open a space on Treize with this address."),
            gettext("It has an account already: no code was sent, and nothing was changed."),
            gettext("If it was you, sign in: you open the space from there, with this account."),
        ],
        link=(
            gettext("Sign in"),
            f"{settings.public_url}{url_for('accounts.sign_in', next=url_for('people.further'))}",
        ),
    )


def _asked() -> Asked | None:
    found = session.get(_KEY)
    return Asked(**found) if found and codes.asked(Purpose.SIGN_UP) else None


def _code_page(asked: Asked, form: Form) -> str:
    return render_template(
        "people/sign_up_code.html",
        form=form,
        asked=asked,
        slug=signup.proposed_slug(asked.name),
        shortest=passwords.SHORTEST,
    )


@public
def open_() -> ResponseReturnValue:
    """Everything is looked at before the code, so that a slip costs none of its tries."""
    if (asked := _asked()) is None:
        return redirect(url_for("people.sign_up"), 303)
    limits.count("code-typed", person=asked.email)
    form = Form(forms.OpenForm, request.form)
    if not form.validate():
        return _code_page(asked, form), 422
    try:
        passwords.accept(form.data["password"], own_words=(asked.person, asked.email, asked.name))
        signup.check_slug(form.data["slug"])
        _confirm(asked, form.data["code"])
        user_id = _open(asked, form.data["slug"], form.data["password"])
    except DomainError as error:
        form.blame(error)
        return _code_page(asked, form), error.status
    session.pop(_KEY, None)
    sessions.open_session(user_id, method="password", strong=False)
    return redirect(url_for("people.first_steps", tenant_slug=form.data["slug"]), 303)


def _confirm(asked: Asked, typed: str) -> None:
    right = codes.check(asked.email, Purpose.SIGN_UP, typed)
    if not right or tenancy.user_by_email(asked.email) is not None:
        raise Refused("This code opens nothing, or has been used already.", field="code")
    db.session.rollback()


def _open(asked: Asked, slug: str, password: str) -> uuid.UUID:
    settings: Settings = current_app.config["SETTINGS"]
    hashed = accounts.hash_password(password, memory_kib=settings.password_memory_kib)
    try:
        with tenant_scope(new_id()), transactions.settled():
            return signup.open_provider(
                Provider(name=asked.name, siren=asked.siren, slug=slug, locale=locale()),
                Newcomer(name=asked.person, email=asked.email, password_hash=hashed),
                loader.current(),
                today=clock.today(),
            )
    except IntegrityError as error:
        raise Refused(
            "Somebody was quicker: ask for another code and begin again.", field="slug"
        ) from error
