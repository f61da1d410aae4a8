"""The signed session: opened anew at each sign-in, emptied at sign-out."""

import re
import uuid
from urllib.parse import urlsplit

from flask import Flask, request, session
from flask_login import LoginManager, UserMixin, login_user, logout_user

from portal.kit import clock
from tenants import service as tenancy
from tenants.http import SIGN_IN_KEY, act_as, sign_in_id, signed_in_user_id

_LONGEST_AGENT = 300
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


def open_session(user_id: uuid.UUID, *, method: str, strong: bool) -> None:
    """Sign in.  Nothing of the visitor's earlier session survives but the language."""
    act_as(user_id)
    opened = tenancy.open_sign_in(
        user_id,
        method=method,
        strong=strong,
        at=clock.now(),
        agent=request.user_agent.string[:_LONGEST_AGENT],
        address=request.remote_addr or "",
    )
    _empty()
    session.permanent = True
    session[SIGN_IN_KEY] = str(opened.id)
    login_user(Signed(str(user_id)))


def close_session() -> None:
    """Sign out: the cookie is emptied, and worth nothing to whoever kept a copy."""
    user_id, held = signed_in_user_id(), sign_in_id()
    if user_id is not None and held is not None:
        act_as(user_id)
        tenancy.close_sign_ins(user_id, only=held, at=clock.now())
    logout_user()
    _empty()


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
