"""Where else a person may go, her missions, and leaving a space by herself."""

import uuid

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.kit import clock, transactions
from portal.kit.i18n import gettext
from portal.people import forms, spaces, team
from portal.people.spaces import Space
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import at_the_threshold, confirmed, requires, sent_from, signed_in
from tenants.context import tenant_scope
from tenants.db import db
from tenants.http import current_actor, current_membership, current_tenant
from tenants.models import Membership, Tenant
from tenants.roles import Permission, Role

_OF_ESTABLISHMENTS = frozenset({Role.DIRECTOR, Role.MEMBER})


@signed_in
@at_the_threshold
def menu() -> ResponseReturnValue:
    """What the header's menu is filled with as it opens; ``ici`` is the space one comes from.

    A fragment: whoever opens its address herself is led to the page that says the same.
    """
    if "HX-Request" not in request.headers:
        return redirect(url_for("accounts.my_access"), 303)
    user_id = _person()
    only: uuid.UUID | None = g.sign_in.only_tenant_id
    at = clock.now()
    found = [_plain(*hat) for hat in tenancy.hats(user_id, at, only=only)]
    missions = () if only else spaces.missions(user_id)
    hers = spaces.looked_into(user_id, found)
    return render_template(
        "people/_spaces.html",
        spaces=hers,
        here=request.args.get("ici"),
        compared=sum(space.role in _OF_ESTABLISHMENTS for space in hers) > 1,
        missions=len(missions),
    )


@signed_in
def missions() -> ResponseReturnValue:
    user_id = _person()
    found = [_plain(*hat) for hat in spaces.missions(user_id)]
    hers = spaces.looked_into(user_id, found, named=True)
    return render_template(
        "people/missions.html", missions=hers, today=clock.today(), last_day=forms.last_day
    )


def _person() -> uuid.UUID:
    """Read before anything rolls back: what belongs to her own scope is not read in another."""
    for row in (g.user, g.sign_in):
        db.session.expunge(row)
    user_id: uuid.UUID = g.user.id
    return user_id


def _plain(membership: Membership, tenant: Tenant) -> tuple[Space, bool]:
    always: bool = current_app.extensions["second_factor_always"]
    demanded = tenants.demands_two_factors(tenant, membership.role, always=always)
    otherwise = tenants.takes_a_directory(tenant, membership.role) and not g.sign_in.only_tenant_id
    shut = otherwise or (demanded and not g.sign_in.strong)
    return spaces.plain(membership, tenant, at=clock.now(), shut=shut)


@requires(Permission.TENANT_READ)
@confirmed
def leaving() -> ResponseReturnValue:
    return _page(needed=team.is_needed(current_membership(), clock.now()))


@requires(Permission.TENANT_READ)
@confirmed
@sent_from("people.leaving")
def leave() -> ResponseReturnValue:
    """Whoever she is here: her own access is hers to give back, though she may change no other."""
    actor, name = current_actor(), current_tenant().name
    membership_id = current_membership().id
    db.session.rollback()
    try:
        with tenant_scope(actor.tenant_id), transactions.settled():
            team.revoke(actor, membership_id, at=clock.now())
    except team.LastOwner as error:
        return _page(needed=True), error.status
    flash(gettext("You have left %(name)s. Nothing of it opens for you any more.", name=name))
    return redirect(url_for("accounts.my_access"), 303)


def _page(*, needed: bool) -> str:
    return render_template("people/leave.html", needed=needed)
