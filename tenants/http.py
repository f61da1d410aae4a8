"""Open the tenant named in the URL, and turn away whoever may not enter."""

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from blinker import Signal
from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from tenants import queries
from tenants.access import (
    PUBLIC,
    SIGNED_IN,
    Actor,
    access_of,
    asks_confirmation,
    opens_to_enrolling,
    opens_to_limited,
    pages_of,
)
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.models import Membership, SignIn, Tenant, UserAccount
from tenants.roles import Permission, Role
from tenants.scoping import go_on
from tenants.service import demands_two_factors, takes_a_directory

USER_KEY = "_user_id"  # where Flask-Login keeps the id of who signed in
SIGN_IN_KEY = "sign_in"
#: The part of an address that names the engagement an auditor works in.
ENGAGEMENT_KEY = "engagement_id"
#: How long ago she may have proved who she is, for a sensitive act.
CONFIRMED_FOR = timedelta(minutes=15)

#: A sensitive form is turned away until its person has proved again who she is: a receiver may keep
#: what she typed.  Sent by the app with ``user_id``, before anything was read of the request.
put_off = Signal()


class UndeclaredAccessError(RuntimeError):
    """A view carries neither ``@requires`` nor ``@public`` nor ``@signed_in``."""


def init_app(app: Flask, *, production: bool, holds_factor: Callable[[uuid.UUID], bool]) -> None:
    """In production no tenant may do without second factors.

    ``holds_factor``: whether a person has one, asked in her own scope.
    """
    app.extensions["second_factor_always"] = production
    app.extensions["holds_factor"] = holds_factor
    app.url_value_preprocessor(_take_slug)
    app.url_defaults(_put_slug)
    app.before_request(_gate)
    app.teardown_request(_leave)


def current_actor() -> Actor:
    actor: Actor = g.actor
    return actor


def current_tenant() -> Tenant:
    tenant: Tenant = g.tenant
    return tenant


def current_membership() -> Membership:
    membership: Membership = g.membership
    return membership


def current_sign_in() -> SignIn:
    found: SignIn = g.sign_in
    return found


def act_as(user_id: uuid.UUID) -> None:
    """From here to the end of the request, see one's own rows: for whoever has just signed in.

    What was written before is committed: one transaction serves one scope.
    """
    db.session.commit()
    _enter(Scope(user_id=user_id))


def signed_in_user_id() -> uuid.UUID | None:
    """The id in the signed session, whether or not that account still exists."""
    value = session.get(USER_KEY)
    return uuid.UUID(value) if value else None


def sign_in_id() -> uuid.UUID | None:
    """The sign-in that the session names, open or not."""
    value = session.get(SIGN_IN_KEY)
    return uuid.UUID(value) if value else None


def _take_slug(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.tenant_slug = values.pop("tenant_slug", None) if values else None


def _put_slug(endpoint: str, values: dict[str, Any]) -> None:
    if g.get("tenant_slug") and current_app.url_map.is_endpoint_expecting(endpoint, "tenant_slug"):
        values.setdefault("tenant_slug", g.tenant_slug)


def _gate() -> Response | None:
    if _is_no_address():
        abort(404)
    if request.endpoint is None or request.endpoint == "static":
        return None
    view = current_app.view_functions[request.endpoint]
    if (access := access_of(view)) == PUBLIC:
        return None
    if access != SIGNED_IN and not isinstance(access, Permission):
        raise UndeclaredAccessError(request.endpoint)
    return (
        _enter_as(access)
        or _limited(access, view)
        or (_confirmed(view) if asks_confirmation(view) else None)
    )


def _enter_as(access: Permission | str) -> Response | None:
    user_id, held, at = signed_in_user_id(), sign_in_id(), datetime.now(UTC)
    if user_id is None or held is None:
        return _to_sign_in()
    _enter(Scope(user_id=user_id))
    if isinstance(access, Permission):
        return _admit(user_id, held, access, at)
    if (found := queries.person(user_id, held, at, enrolling=True)) is None:
        return _to_sign_in()
    g.user, g.sign_in = found
    return None


def _limited(access: Permission | str, view: Callable[..., Any]) -> Response | None:
    """Keep who was let into one tenant only from what is hers alone: password, factors, account.

    And who lost every factor, from all but adding one.
    """
    if current_sign_in().enrolling and not opens_to_enrolling(view):
        return _elsewhere("accounts.second_factor")
    shut = access == SIGNED_IN and not opens_to_limited(view)
    return _elsewhere("federation.limited") if shut and current_sign_in().only_tenant_id else None


def _confirmed(view: Callable[..., Any]) -> Response | None:
    """Ask again who she is where she has to say so, and tell her so where she sent something."""
    here = current_sign_in()
    if (asks := proof_awaited(here)) is None:
        return None
    if request.method == "GET":
        return _elsewhere(asks)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- as blinker needs it
    put_off.send(app, user_id=here.user_id)
    return _elsewhere(asks, back=_page_of_form(view), unsent=1)


def proof_awaited(here: SignIn) -> str | None:
    """The page that asks who she is: her factor where she has one and came without it.

    Needs her own scope.  ``None`` when she said it a short while ago.
    """
    if _left_out_her_factor(here):
        return "accounts.second_factor"
    if here.confirmed_at >= datetime.now(UTC) - CONFIRMED_FOR:
        return None
    return "federation.confirm" if here.only_tenant_id else "accounts.confirm"


def _left_out_her_factor(here: SignIn) -> bool:
    """Whether a password alone opened this, and she has more: it must not touch what she has.

    Not asked of who lost them all, whose sign-in adds one in their place, nor of who came by a
    directory, which answers for its own tenant.
    """
    if here.strong or here.enrolling or here.only_tenant_id is not None:
        return False
    holds_factor: Callable[[uuid.UUID], bool] = current_app.extensions["holds_factor"]
    return holds_factor(here.user_id)


def _page_of_form(view: Callable[..., Any]) -> str | None:
    """The page that she sent this form from, as it was asked for, else its usual one."""
    pages = [_address_of(page) for page in pages_of(view)]
    seen = _surrounding_page(request.headers.get("HX-Current-URL") or request.referrer)
    return seen if seen.partition("?")[0] in pages else next(iter(pages), None)


def _address_of(page: str) -> str:
    """With those values of the present address that the page's has as well."""
    (rule,) = current_app.url_map.iter_rules(page)
    given = request.view_args or {}
    return url_for(page, **{name: it for name, it in given.items() if name in rule.arguments})


def _is_no_address() -> bool:
    """Whether no page of ours, open or not, could be there.

    PostgreSQL takes NUL in no text.  « /apple-touch-icon.png » is no provider, whose name has no
    dot (``tenants.service``): nobody should sign in to learn that there is no such file.
    """
    no_page = request.endpoint is None or bool(g.tenant_slug)
    return "\0" in request.path or (no_page and "." in request.path.split("/", 2)[1])


def _to_sign_in() -> Response:
    session.pop(USER_KEY, None)
    if request.method != "GET" and "HX-Request" not in request.headers:
        abort(401)
    return _elsewhere("accounts.sign_in")


def _elsewhere(endpoint: str, *, back: str | None = None, **values: Any) -> Response:
    """Send her to a page that leads ``back``: here, or to the page whose form she was sending."""
    if "HX-Request" in request.headers:
        # A redirect would be followed, and that page put where a fragment was awaited.
        page = back or _surrounding_page(request.headers.get("HX-Current-URL"))
        there = url_for(endpoint, next=page, **values)
        return Response(status=401, headers={"HX-Redirect": there})
    here = request.full_path if request.method == "GET" else _surrounding_page(request.referrer)
    return redirect(url_for(endpoint, next=(back or here).rstrip("?"), **values), 303)


def _surrounding_page(address: str | None) -> str:
    """The page that this was asked from: its path, whatever the site it names."""
    page = urlsplit(address or "")
    return f"{page.path or '/'}?{page.query}".rstrip("?")


def _admit(
    user_id: uuid.UUID, held: uuid.UUID, needed: Permission, at: datetime
) -> Response | None:
    found = queries.entry(user_id, held, g.tenant_slug, at)
    if found is None:
        # A revoked sign-in must not be told apart from a tenant that does not exist, but by her.
        met = queries.person(user_id, held, at, enrolling=True)
        if met is None:
            return _to_sign_in()
        if met[1].enrolling:
            return _elsewhere("accounts.second_factor")
        abort(404)
    person, opened, membership, tenant = found
    if (elsewhere := _comes_otherwise(tenant, membership.role, opened)) is not None:
        return elsewhere
    actor = Actor(user_id, tenant.id, membership.role, person.name)
    if not actor.may(needed):
        abort(403)
    _open(actor, person, opened, membership, tenant)
    return None


def _comes_otherwise(tenant: Tenant, role: Role, opened: SignIn) -> Response | None:
    """Where she has to go first, because she came another way than this tenant demands."""
    by_directory = opened.only_tenant_id is not None
    if takes_a_directory(tenant, role) and not by_directory:
        return _elsewhere("federation.door", slug=tenant.slug)
    always: bool = current_app.extensions["second_factor_always"]
    if opened.strong or not demands_two_factors(tenant, role, always=always):
        return None
    return _elsewhere("federation.weak" if by_directory else "accounts.second_factor")


def _open(
    actor: Actor, person: UserAccount, opened: SignIn, membership: Membership, tenant: Tenant
) -> None:
    g.actor, g.user, g.sign_in = actor, person, opened
    g.membership, g.tenant = membership, tenant
    reach = Reach.TENANT if membership.whole_tenant else Reach.LISTED
    _enter(
        Scope(
            tenant_id=actor.tenant_id,
            reach=reach,
            membership_id=membership.id,
            user_id=actor.user_id,
            engagement_id=(request.view_args or {}).get(ENGAGEMENT_KEY),
        )
    )
    go_on(db.session())


def _enter(scope: Scope) -> None:
    if "scope_exit" not in g:
        g.scope_exit = ExitStack()
    g.scope_exit.enter_context(entered(scope))


def _leave(_error: BaseException | None) -> None:
    if (stack := g.pop("scope_exit", None)) is not None:
        stack.close()
