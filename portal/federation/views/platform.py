"""Pro Santé Connect: signing in by it, and one's own identity there."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import notices, sessions
from portal.accounts.notices import Act
from portal.federation import doors, flow, platforms, queries, service
from portal.federation.doors import Door
from portal.federation.flow import Purpose
from portal.federation.ways import start
from portal.kit.errors import NotFound
from portal.kit.i18n import gettext
from tenants.access import confirmed, public, sent_from, signed_in


@public
def leave() -> ResponseReturnValue:
    if (door := doors.of_platform()) is None:
        return redirect(url_for("accounts.sign_in"), 303)
    return start(door, Purpose.ENTER, target=sessions.local_path(request.args.get("next")))


@signed_in
def confirm() -> ResponseReturnValue:
    target = sessions.local_path(request.args.get("next"))
    return start(_door(), Purpose.CONFIRM, target=target, anew=True)


@signed_in
@confirmed
def show() -> ResponseReturnValue:
    door = doors.of_platform()
    return render_template(
        "federation/platform.html",
        door=door,
        identities=queries.platform_identities(g.user.id),
        found=door and flow.held(door, Purpose.TIE),
    )


@signed_in
@confirmed
def leave_to_tie() -> ResponseReturnValue:
    return start(_door(), Purpose.TIE, target=url_for("federation.platform"), anew=True)


@signed_in
@confirmed
@sent_from("federation.platform")
def tie() -> ResponseReturnValue:
    if (found := flow.held(_door(), Purpose.TIE)) is None:
        raise NotFound
    service.tie_to_platform(g.user.id, platforms.digests(found))
    notices.note(g.user.id, Act.IDENTITY_TIED, by="Pro Santé Connect")
    flow.let_go()
    flash(gettext("From now on you may sign in by Pro Santé Connect."))
    return redirect(url_for("federation.platform"), 303)


@signed_in
@confirmed
@sent_from("federation.platform")
def untie() -> ResponseReturnValue:
    service.untie_from_platform(g.user.id)
    notices.note(g.user.id, Act.IDENTITY_UNTIED)
    flash(gettext("Pro Santé Connect opens nothing for you any more."))
    return redirect(url_for("federation.platform"), 303)


def _door() -> Door:
    if (door := doors.of_platform()) is None:
        raise NotFound
    return door
