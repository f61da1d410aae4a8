"""Somebody who has an account opens one more provider's space: she keeps it, and her sign-in.

Her address is known and proven: none is asked, so that nothing is told of any.
"""

from typing import Any

from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from portal.guide import loader
from portal.kit import clock, limits, transactions, unsent
from portal.kit.errors import DomainError, Refused
from portal.kit.form import Form
from portal.kit.i18n import locale
from portal.people import forms, signup
from portal.people.signup import Newcomer, Provider
from tenants.access import confirmed, sent_from, signed_in
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import UserAccount
from tenants.scoping import new_id


@signed_in
@confirmed
def show() -> ResponseReturnValue:
    form = unsent.form(forms.FurtherForm, "people.open_further")
    return render_template("people/further.html", form=form)


@signed_in
@confirmed
@sent_from("people.further")
def open_() -> ResponseReturnValue:
    form = Form(forms.FurtherForm, request.form)
    if not form.validate():
        return render_template("people/further.html", form=form), 422
    limits.count("sign-up", person=g.user.email)
    try:
        slug = _open(g.user, form.data)
    except DomainError as error:
        form.blame(error)
        return render_template("people/further.html", form=form), error.status
    session.pop("one_tenant", None)
    return redirect(url_for("people.first_steps", tenant_slug=slug), 303)


def _open(person: UserAccount, said: dict[str, Any]) -> str:
    """The address of the space.  Raises ``Refused``."""
    who = Newcomer(name=person.name, email=person.email, user_id=person.id)
    provider = Provider(
        name=said["name"],
        siren=signup.siren(said["siren"]),
        slug=said["slug"] or signup.proposed_slug(said["name"]),
        locale=locale(),
    )
    db.session.rollback()  # the next transaction begins in the new tenant's scope
    try:
        with tenant_scope(new_id()), transactions.settled():
            signup.open_provider(provider, who, loader.current(), today=clock.today())
    except IntegrityError as error:
        raise Refused("There is a provider with this address already.", field="slug") from error
    return provider.slug
