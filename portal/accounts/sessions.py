"""The signed session: opened anew at each sign-in, emptied at sign-out."""

import re
import uuid
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, login_user, logout_user

from portal.accounts import browsers, comeback, familiar, forgetting, notices, queries
from portal.accounts.notices import Act
from portal.kit import clock, i18n
from tenants import queries as reading
from tenants import service as tenancy
from tenants.http import SIGN_IN_KEY, act_as, current_sign_in, sign_in_id, signed_in_user_id
from tenants.models import SignIn

#: A browser that was not seen for so long is new again.
REMEMBERED: Final = forgetting.SIGN_INS
#: A path of this site.  Browsers drop tabs and line ends and take « \\ » for « / »: both are out.
_LOCAL = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*")


class Signed(UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """Who signed in, as Flask-Login wants it; the account itself is read by the gate."""

    def __init__(self, user_id: str) -> None:
        self.id = user_id


def init_app(app: Flask) -> None:
    manager = LoginManager()
    manager.user_loader(Signed)
    # Without its context processor: it would look for a person on every page, error pages too.
    manager.init_app(app, add_context_processor=False)


def open_session(
    user_id: uuid.UUID,
    *,
    method: str,
    strong: bool,
    only_tenant_id: uuid.UUID | None = None,
    enrolling: timedelta | None = None,
) -> None:
    """Sign in.  Nothing of the visitor's earlier session survives but the language.

    ``only_tenant_id``: for this tenant alone, whose directory vouched for her.
    ``enrolling``: for so long, to add a second factor and for nothing else.
    She is written to when this browser is not one she signed in with before.
    """
    act_as(user_id)
    known = queries.known_agents(user_id, clock.now() - REMEMBERED)
    opened = _opened(
        user_id, method=method, strong=strong, only_tenant_id=only_tenant_id, enrolling=enrolling
    )
    seen = {browsers.describe(agent) for agent in known}
    new = bool(known) and browsers.describe(opened.agent) not in seen
    notices.note(user_id, Act.SIGNED_IN_NEW if new else Act.SIGNED_IN, method=method)
    _has_not_lost_all(opened)
    forgetting.forget_ended(user_id, at=clock.now())
    familiar.remember(opened)
    _empty()
    session.permanent = True
    session[SIGN_IN_KEY] = str(opened.id)
    if (person := reading.user(user_id)) is not None:
        session[i18n.SPOKEN] = person.locale
    login_user(Signed(str(user_id)))


def renew(*, strong: bool, method: str | None = None) -> None:
    """She has just proved again who she is: this sign-in goes on under another name.

    A copy of the cookie of before is worth nothing (ASVS 7.2.4).  For views that demand to be
    signed in, outside a tenant.
    """
    before = current_sign_in()
    opened = _opened(
        before.user_id,
        method=method or before.method,
        strong=strong or before.strong,
        only_tenant_id=before.only_tenant_id,
    )
    if not before.enrolling:
        opened.opened_at, opened.expires_at = before.opened_at, before.expires_at
        _has_not_lost_all(opened)
    tenancy.leave_sign_in(before.user_id, before.id, at=clock.now())
    familiar.remember(opened)
    session[SIGN_IN_KEY] = str(opened.id)
    g.sign_in = opened


def close_session() -> None:
    """Sign out: the cookie is emptied, and worth nothing to whoever kept a copy."""
    user_id, held = signed_in_user_id(), sign_in_id()
    if user_id is not None and held is not None:
        act_as(user_id)
        tenancy.leave_sign_in(user_id, held, at=clock.now())
    logout_user()
    _empty()


def _has_not_lost_all(opened: SignIn) -> None:
    """Who came by two factors did not lose them: whoever says so for her is not she.

    A tenant's directory vouches in that tenant alone, and says nothing of that.
    """
    if not opened.strong or opened.only_tenant_id is not None:
        return
    if comeback.annul(opened.user_id, at=clock.now()):
        notices.note(opened.user_id, Act.COMEBACK_VOID)


def _opened(
    user_id: uuid.UUID,
    *,
    method: str,
    strong: bool,
    only_tenant_id: uuid.UUID | None,
    enrolling: timedelta | None = None,
) -> SignIn:
    return tenancy.open_sign_in(
        user_id,
        method=method,
        strong=strong,
        at=clock.now(),
        agent=notices.agent(),
        address=request.remote_addr or "",
        only_tenant_id=only_tenant_id,
        enrolling=enrolling,
    )


def _empty() -> None:
    chosen = session.get("locale")
    session.clear()
    if chosen is not None:
        session["locale"] = chosen


def local_path(target: str | None) -> str:
    """``target`` when it stays on this site, else ``/``."""
    return target if target and _LOCAL.fullmatch(target) else "/"


def came_from() -> str:
    """The path of the page whose form was sent, else ``/``."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return "/"
    return local_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)
