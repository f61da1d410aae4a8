"""One's own identity in the directory of a tenant: tied by oneself, seen before it is tied."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import notices
from portal.accounts.notices import Act
from portal.federation import doors, flow, queries, service
from portal.federation.doors import Door
from portal.federation.flow import Purpose
from portal.federation.ways import start
from portal.kit.errors import NotFound
from portal.kit.i18n import gettext
from tenants.access import confirmed, requires, sent_from
from tenants.http import current_actor, current_tenant
from tenants.roles import PROVIDER_ROLES, Permission


@requires(Permission.TENANT_READ)
@confirmed
def show() -> ResponseReturnValue:
    door = _door()
    return render_template(
        "federation/mine.html",
        door=door,
        identity=queries.identity_of(current_actor().user_id),
        found=door and flow.held(door, Purpose.TIE),
    )


@requires(Permission.TENANT_READ)
@confirmed
def leave() -> ResponseReturnValue:
    if (door := _door()) is None:
        raise NotFound
    return start(door, Purpose.TIE, target=url_for("federation.mine"), anew=True)


@requires(Permission.TENANT_READ)
@confirmed
@sent_from("federation.mine")
def tie() -> ResponseReturnValue:
    door = _door()
    if door is None or door.provider_id is None:
        raise NotFound
    if (found := flow.held(door, Purpose.TIE)) is None:
        raise NotFound
    service.tie(current_actor(), door.provider_id, found)
    notices.note(current_actor().user_id, Act.IDENTITY_TIED, by=door.name)
    flow.let_go()
    flash(gettext("From now on you may sign in here by your directory."))
    return redirect(url_for("federation.mine"), 303)


@requires(Permission.TENANT_READ)
@confirmed
@sent_from("federation.mine")
def untie() -> ResponseReturnValue:
    service.untie(current_actor())
    notices.note(current_actor().user_id, Act.IDENTITY_UNTIED)
    flash(gettext("The directory opens nothing for you any more."))
    return redirect(url_for("federation.mine"), 303)


def _door() -> Door | None:
    """The directory in use.  Raises ``NotFound`` for who is not of the provider's own people."""
    if current_actor().role not in PROVIDER_ROLES:
        raise NotFound
    row = queries.provider()
    return doors.of_provider(row, current_tenant().slug) if row and row.enabled else None
