"""Closing one's account: what goes and what stays is said before."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import sessions
from portal.kit import clock, postman, transactions
from portal.kit.errors import Refused
from portal.kit.i18n import gettext
from portal.kit.postman import Addressee, Note
from portal.privacy import closing
from portal.privacy.closing import Belonging
from tenants.access import Actor, confirmed, sent_from, signed_in
from tenants.context import tenant_scope
from tenants.db import db


@signed_in
@confirmed
def show() -> ResponseReturnValue:
    user_id, _ = _person()
    at = clock.now()
    belongings = closing.belongings(user_id, at)
    return _page(belongings, _needed(belongings, at))


@signed_in
@confirmed
@sent_from("privacy.leaving")
def close() -> ResponseReturnValue:
    """Tenant after tenant, then what is hers alone; nothing is begun where she is needed."""
    user_id, person = _person()
    at = clock.now()
    belongings = closing.belongings(user_id, at)
    if needed := _needed(belongings, at):
        return _page(belongings, needed), 422
    for it in belongings:
        actor = Actor(user_id, it.tenant_id, it.role, person.name)
        try:
            with tenant_scope(it.tenant_id), transactions.settled():
                closing.leave(actor, it, email=person.email, at=at)
        except Refused:  # the other owner left in between
            return _page(belongings, [it]), 422
    closing.forget(user_id)
    postman.write(person, _farewell())
    transactions.keep()
    sessions.close_session()
    flash(gettext("Your account is closed. Nothing of it opens any more."), "success")
    return redirect(url_for("accounts.sign_in"), 303)


def _person() -> tuple[uuid.UUID, Addressee]:
    """Read before anything rolls back: what belongs to her own scope is not read in another."""
    for row in (g.user, g.sign_in):
        db.session.expunge(row)
    return g.user.id, Addressee(g.user.email, g.user.name, g.user.locale)


def _needed(belongings: Sequence[Belonging], at: datetime) -> list[Belonging]:
    """The tenants that would be left without an owner."""
    db.session.rollback()
    needed = []
    for it in belongings:
        with tenant_scope(it.tenant_id):
            if closing.is_needed(it, at):
                needed.append(it)
            db.session.rollback()
    return needed


def _page(belongings: Sequence[Belonging], needed: Sequence[Belonging]) -> str:
    return render_template(
        "privacy/close.html", open=[it for it in belongings if it.valid], needed=needed
    )


def _farewell() -> Note:
    return Note(
        subject=gettext("Your account is closed"),
        paragraphs=[
            gettext("Your name, your address and your ways to sign in were erased just now."),
            gettext("This is the last message that you receive from this portal."),
        ],
    )
