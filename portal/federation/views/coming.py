"""Coming back from a directory.

The one GET that writes a sign-in: it is the directory that sends the browser here.  What makes it
safe is what a form's token makes safe: the state in the signed session, good once.
"""

import logging
import uuid
from collections.abc import Callable

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import notices, sessions
from portal.accounts.notices import Act
from portal.federation import doors, flow, platforms, queries, service, words
from portal.federation.discovery import Unreachable
from portal.federation.doors import Door, inside
from portal.federation.flow import Arrival, NotUnderWay, Purpose
from portal.federation.oidc import NotProven
from portal.federation.ways import DirectoryAway
from portal.kit import clock, limits, transactions
from portal.kit.i18n import gettext
from portal.kit.limits import TooMany
from tenants import queries as tenancy
from tenants.access import public
from tenants.context import Scope, entered
from tenants.db import db
from tenants.http import act_as, sign_in_id, signed_in_user_id

_METHOD = "oidc"
_log = logging.getLogger(__name__)


@public
def arrive(slug: str) -> ResponseReturnValue:
    purpose = flow.purpose_under_way()
    door = doors.of_tenant(slug, trial=purpose is Purpose.TEST)
    return _arrive(door, purpose, url_for("federation.settings", tenant_slug=slug))


@public
def arrive_platform() -> ResponseReturnValue:
    return _arrive(doors.of_platform(), flow.purpose_under_way(), url_for("federation.platform"))


def _arrive(door: Door | None, purpose: Purpose | None, settings: str) -> ResponseReturnValue:
    if door is None:
        return _refused("lost")
    try:
        arrival = flow.come_back(door, request.args)
    except NotUnderWay:
        return _refused("lost", door)
    except (NotProven, Unreachable) as error:
        return _unproven(door, purpose, error, settings)
    going_on: dict[Purpose, Callable[[Door, Arrival], ResponseReturnValue]] = {
        Purpose.ENTER: _enter,
        Purpose.CONFIRM: _confirm,
        Purpose.TIE: _hold,
        Purpose.JOIN: _hold,
        Purpose.TEST: _hold,
    }
    return going_on[arrival.purpose](door, arrival)


def _unproven(
    door: Door, purpose: Purpose | None, error: NotProven | Unreachable, settings: str
) -> ResponseReturnValue:
    """Tell its owner why, in a trial and in the journal; a visitor only that it failed."""
    _log.warning("a directory is not believed: %s", error)
    if door.tenant_id and door.provider_id and isinstance(error, NotProven):
        _tell_tenant(door.tenant_id, door.provider_id, str(error))
    if purpose is Purpose.TEST:
        told = words.reason(str(error))
        flash(gettext("The trial failed. %(reason)s", reason=told), "error")
        return redirect(settings, 303)
    if isinstance(error, Unreachable):
        raise DirectoryAway from error
    return _refused("unproven", door)


def _tell_tenant(tenant_id: uuid.UUID, provider_id: uuid.UUID, reason: str) -> None:
    """In its journal, so often an hour: a stranger who comes back with nonsense must not fill it.

    The server's log has the others.
    """
    try:
        limits.count("directory-refused", tenant=str(tenant_id))
    except TooMany:
        return
    with inside(tenant_id):
        service.note_refusal(provider_id, reason)
        transactions.keep()


def _enter(door: Door, arrival: Arrival) -> ResponseReturnValue:
    user_id = _whom(door, arrival)
    if user_id is None:
        _turned_away(door, arrival)
        return _refused("unknown", door)
    sessions.open_session(
        user_id,
        method=_METHOD,
        strong=door.is_strong(arrival.claims),
        only_tenant_id=door.tenant_id,
    )
    transactions.keep()
    return redirect(arrival.target, 303)


def _confirm(door: Door, arrival: Arrival) -> ResponseReturnValue:
    """The same person, through the door that let her in: a tenant's word renews no other."""
    user_id, held = signed_in_user_id(), sign_in_id()
    if user_id is None or held is None:
        return _refused("unknown", door)
    if _whom(door, arrival) != user_id:
        _tell_her(user_id, door)
        return _refused("unknown", door)
    act_as(user_id)
    found = tenancy.person(user_id, held, clock.now())
    if found is None or found[1].only_tenant_id != door.tenant_id:
        return _refused("unknown", door)
    g.user, g.sign_in = found
    sessions.renew(strong=door.is_strong(arrival.claims))
    transactions.keep()
    return redirect(arrival.target, 303)


def _hold(door: Door, arrival: Arrival) -> ResponseReturnValue:
    flow.hold(door, arrival.purpose, arrival.claims)
    return redirect(arrival.target, 303)


def _whom(door: Door, arrival: Arrival) -> uuid.UUID | None:
    """Whom this identity was tied to, while she may come this way; its address names nobody."""
    if door.tenant_id is None or door.provider_id is None:
        return platforms.whom(arrival.claims)
    with inside(door.tenant_id):
        row = queries.identity(
            door.provider_id, issuer=arrival.claims.issuer, subject=arrival.claims.subject
        )
        if row is None or not queries.may_come(row.user_id, clock.now()):
            return None
        user_id = row.user_id
        service.used(row, at=clock.now())
        transactions.keep()
    return user_id


def _turned_away(door: Door, arrival: Arrival) -> None:
    """Tell the tenant whom its directory sent in vain, and her whom it meant, if anybody.

    The visitor is told the same whoever she is, and nobody else what the portal knows of her: the
    tenant reads what its own directory said.  Pro Santé Connect meant nobody we know.
    """
    if door.tenant_id is None or door.provider_id is None:
        _log.info("a card that is tied to nobody")
        return
    claims = arrival.claims
    with inside(door.tenant_id):
        row = queries.identity(door.provider_id, issuer=claims.issuer, subject=claims.subject)
        whom = row and row.user_id
        service.note_turned_away(door.provider_id, label=claims.email or claims.name)
        transactions.keep()
    if whom is not None:
        _tell_her(whom, door)


def _tell_her(user_id: uuid.UUID, door: Door) -> None:
    """In her own account, where she alone reads it."""
    db.session.rollback()
    with entered(Scope(user_id=user_id)):
        notices.note(user_id, Act.SIGN_IN_REFUSED, tell=False, by=door.name)
        transactions.keep()


def _refused(why: str, door: Door | None = None) -> ResponseReturnValue:
    return render_template("federation/refused.html", why=why, door=door), 403
