"""Choose a language, find one's way to a tenant."""

from flask import abort, current_app, g, redirect, render_template, request, session
from flask import url_for as address
from flask.typing import ResponseReturnValue

from portal.accounts import sessions, visitors
from portal.accounts.signals import arrived, besides
from portal.accounts.views.blueprint import bp
from portal.kit import clock
from portal.kit.i18n import LOCALES
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import access_of, at_the_threshold, public, requires, signed_in
from tenants.http import current_actor, current_membership
from tenants.roles import Permission

#: Where the people of a tenant land: the first of these that they may open.
LANDINGS = ("tracking.board", "fleet.establishments", "engagements.index", "guide.index")
ONE_ESTABLISHMENT = "space.thirteen"


@bp.post("/langue")
@public
def choose_language() -> ResponseReturnValue:
    if (chosen := request.form.get("locale")) not in LOCALES:
        abort(400)
    session["locale"] = chosen
    if (here := visitors.signed_in(clock.now())) is not None:
        tenants.remember_language(here.user_id, str(chosen))
    return redirect(sessions.came_from(), 303)


@bp.get("/")
@signed_in
@at_the_threshold
def home() -> ResponseReturnValue:
    hats = tenancy.hats(g.user.id, clock.now(), only=g.sign_in.only_tenant_id)
    session["one_tenant"] = len(hats) == 1
    if len(hats) == 1:
        return redirect(address("accounts.tenant_home", tenant_slug=hats[0][1].slug), 303)
    return redirect(address("accounts.my_access"), 303)


@bp.get("/mes-acces")
@signed_in
@at_the_threshold
def my_access() -> ResponseReturnValue:
    hats = tenancy.hats(g.user.id, clock.now(), only=g.sign_in.only_tenant_id)
    session["one_tenant"] = len(hats) == 1
    further = g.sign_in.only_tenant_id is None
    told = besides.send(None, user_id=g.user.id) if further else []
    also = [endpoint for _receiver, found in told for endpoint in found]
    return render_template("accounts/my_access.html", hats=hats, further=further, also=also)


@bp.get("/<tenant_slug>/")
@requires(Permission.TENANT_READ)
def tenant_home() -> ResponseReturnValue:
    membership = current_membership()
    if not membership.whole_tenant and _opens(ONE_ESTABLISHMENT):
        reached = tenancy.reached_establishments(membership.id)
        if len(reached) == 1:
            return redirect(address(ONE_ESTABLISHMENT, establishment_id=reached[0]), 303)
    for _receiver, better in arrived.send(None, actor=current_actor()):
        if better is not None:
            return redirect(address(better), 303)
    for endpoint in LANDINGS:
        if _opens(endpoint):
            return redirect(address(endpoint), 303)
    return render_template("accounts/tenant_home.html")


def _opens(endpoint: str) -> bool:
    """Whether the view exists and the actor may open it."""
    view = current_app.view_functions.get(endpoint)
    access = access_of(view) if view else None
    return isinstance(access, Permission) and current_actor().may(access)
