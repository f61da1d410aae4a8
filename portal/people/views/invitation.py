"""An invitation as the person invited sees it.  Looking at it changes nothing."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from portal.accounts import passwords, sessions
from portal.accounts import service as accounts
from portal.config import Settings
from portal.kit import clock, tokens
from portal.kit.errors import DomainError
from portal.kit.form import Form
from portal.kit.i18n import locale
from portal.kit.tokens import Token
from portal.people import forms, queries, service
from portal.people.forms import AccountForm
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import public
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.http import sign_in_id, signed_in_user_id
from tenants.roles import Role


@dataclass(frozen=True)
class Offer:
    """What is held out, and by whom; plain values, read in the tenant's own scope."""

    email: str
    role: Role
    host: str
    tenant: str
    slug: str
    ends_at: datetime | None
    expires_at: datetime
    places: list[str]
    known: bool


@dataclass(frozen=True)
class Visitor:
    """Who looks at it, when somebody is signed in."""

    user_id: uuid.UUID
    name: str
    email: str


@public
def show(token: str) -> ResponseReturnValue:
    return _page(token, _read(token), None)


def _page(token: str, offer: Offer, form: Form | None) -> str:
    return render_template(
        "people/invitation.html",
        token=token,
        offer=offer,
        visitor=_visitor(),
        form=form,
        last_day=forms.last_day,
    )


@public
def accept(token: str) -> ResponseReturnValue:
    """Take it up, signed in under the address it was written to, or with a new account for it."""
    offer, visitor = _read(token), _visitor()
    if visitor is not None:
        if visitor.email != offer.email:
            return _page(token, offer, None), 403
        _take_up(token, visitor.user_id)
        return redirect(url_for("accounts.tenant_home", tenant_slug=offer.slug), 303)
    if offer.known:
        return redirect(
            url_for("accounts.sign_in", next=url_for("people.invitation", token=token)), 303
        )
    form = Form(AccountForm, request.form)
    if not form.validate():
        return _page(token, offer, form), 422
    try:
        passwords.accept(form.data["password"], own_words=(form.data["name"], offer.email))
    except passwords.TooWeak as error:
        form.blame(error)
        return _page(token, offer, form), error.status
    settings: Settings = current_app.config["SETTINGS"]
    hashed = accounts.hash_password(form.data["password"], memory_kib=settings.password_memory_kib)
    user_id = _join(token, offer, form.data["name"], hashed)
    sessions.open_session(user_id, method="password", strong=False)
    return redirect(url_for("accounts.tenant_home", tenant_slug=offer.slug), 303)


def _token(token: str) -> Token:
    if (found := tokens.read(token)) is None:
        raise service.Void
    return found


def _read(token: str) -> Offer:
    """In the scope of the tenant that the token names, where it stands or not.  Raises `Void`."""
    known = _token(token)
    with tenant_scope(known.owner_id):
        try:
            row = service.standing(known.digest, at=clock.now())
            tenant = tenancy.tenant(row.tenant_id)
            return Offer(
                email=row.email,
                role=row.role,
                host=row.invited_by_name,
                tenant=tenant.name,
                slug=tenant.slug,
                ends_at=row.ends_at,
                expires_at=row.expires_at,
                places=[place.name for place in queries.invited_to(row.id)],
                known=tenancy.user_by_email(row.email) is not None,
            )
        finally:
            db.session.rollback()


def _visitor() -> Visitor | None:
    """Nobody, for who came by a tenant's directory: it vouches for nothing beyond that tenant."""
    user_id, held = signed_in_user_id(), sign_in_id()
    if user_id is None or held is None:
        return None
    visitor = None
    with entered(Scope(user_id=user_id)):
        found = tenancy.person(user_id, held, clock.now())
        if found is not None and found[1].only_tenant_id is None:
            visitor = Visitor(found[0].id, found[0].name, found[0].email)
        db.session.rollback()
    return visitor


def _take_up(token: str, user_id: uuid.UUID) -> None:
    known = _token(token)
    with tenant_scope(known.owner_id):
        try:
            person = tenancy.user(user_id)
            if person is None:
                raise service.Void
            service.accept(person, known.digest, at=clock.now())
            db.session.commit()
        except DomainError:
            db.session.rollback()
            raise


def _join(token: str, offer: Offer, name: str, hashed: str) -> uuid.UUID:
    """The account and the access are born together, or not at all."""
    known = _token(token)
    with tenant_scope(known.owner_id):
        try:
            person = tenants.register_user(email=offer.email, name=name, password_hash=hashed)
            person.locale = locale()
            user_id = person.id
            service.accept(person, known.digest, at=clock.now())
            db.session.commit()
        except IntegrityError as error:  # somebody took it up in another window meanwhile
            db.session.rollback()
            raise service.Void from error
        except DomainError:
            db.session.rollback()
            raise
    return user_id
