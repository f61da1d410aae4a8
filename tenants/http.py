"""Open the tenant named in the URL, and turn away whoever may not enter."""

import uuid
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from tenants import queries
from tenants.access import PUBLIC, SIGNED_IN, Actor, access_of
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.models import Membership, Tenant, UserAccount
from tenants.roles import Permission

USER_KEY = "_user_id"  # where Flask-Login keeps the id of who signed in


class UndeclaredAccessError(RuntimeError):
    """A view carries neither ``@requires`` nor ``@public`` nor ``@signed_in``."""


def init_app(app: Flask) -> None:
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


def signed_in_user_id() -> uuid.UUID | None:
    """The id in the signed session, whether or not that account still exists."""
    value = session.get(USER_KEY)
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
    access = access_of(current_app.view_functions[request.endpoint])
    if access == PUBLIC:
        return None
    if access != SIGNED_IN and not isinstance(access, Permission):
        raise UndeclaredAccessError(request.endpoint)
    if (user_id := signed_in_user_id()) is None:
        return _to_sign_in()
    _enter(Scope(user_id=user_id))
    if access == SIGNED_IN:
        if (person := queries.user(user_id)) is None:
            return _to_sign_in()
        g.user = person
        return None
    _admit(user_id, Permission(access))
    return None


def _is_no_address() -> bool:
    """Whether no page of ours, open or not, could be there.

    PostgreSQL takes NUL in no text.  « /apple-touch-icon.png » is no provider, whose name has no
    dot (``tenants.service``): nobody should sign in to learn that there is no such file.
    """
    no_page = request.endpoint is None or bool(g.tenant_slug)
    return "\0" in request.path or (no_page and "." in request.path.split("/", 2)[1])


def _to_sign_in() -> Response:
    session.pop(USER_KEY, None)
    if "HX-Request" in request.headers:
        # A redirect would be followed, and the sign-in page put where a fragment was awaited.
        there = url_for("accounts.sign_in", next=_surrounding_page())
        return Response(status=401, headers={"HX-Redirect": there})
    if request.method != "GET":
        abort(401)
    return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")), 303)


def _surrounding_page() -> str:
    """The page that htmx asked from; signing in leads to its path, whatever the site it names."""
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    return f"{page.path or '/'}?{page.query}".rstrip("?")


def _admit(user_id: uuid.UUID, needed: Permission) -> None:
    found = queries.entry(user_id, g.tenant_slug, datetime.now(UTC))
    if found is None:
        abort(404)
    person, membership, tenant = found
    actor = Actor(user_id, tenant.id, membership.role, person.name)
    if not actor.may(needed):
        abort(403)
    _open(actor, person, membership, tenant)


def _open(actor: Actor, person: UserAccount, membership: Membership, tenant: Tenant) -> None:
    # Detached before the rollback: these three are read all through the request, and expiring
    # them would read each again, in a transaction that belongs to another scope.
    for row in (person, membership, tenant):
        db.session.expunge(row)
    db.session.rollback()  # the next transaction begins inside the tenant's scope
    g.actor, g.user, g.membership, g.tenant = actor, person, membership, tenant
    reach = Reach.TENANT if membership.whole_tenant else Reach.LISTED
    _enter(
        Scope(
            tenant_id=actor.tenant_id,
            reach=reach,
            membership_id=membership.id,
            user_id=actor.user_id,
        )
    )


def _enter(scope: Scope) -> None:
    if "scope_exit" not in g:
        g.scope_exit = ExitStack()
    g.scope_exit.enter_context(entered(scope))


def _leave(_error: BaseException | None) -> None:
    if (stack := g.pop("scope_exit", None)) is not None:
        stack.close()
