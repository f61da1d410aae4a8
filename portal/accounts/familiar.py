"""Browsers that a person signed in with before: a stranger's tries do not use up theirs.

The idea is OWASP's device cookie.  A cookie names, for each person who signed in here, the latest
of her sign-ins, under a keyed digest that covers whose it is: it names nobody, and is of no use for
anybody else.  It opens nothing: all it gives is tries of her own.  It lasts as long as the sign-in
is kept (``portal.accounts.forgetting``), unless that browser was shut out from elsewhere.
"""

import hmac
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from flask import Response, after_this_request, current_app, request
from sqlalchemy import select

from portal.accounts import forgetting
from portal.config import Settings
from portal.kit import keys
from tenants import queries as tenancy
from tenants.context import Scope, entered
from tenants.db import db
from tenants.models import SignIn
from tenants.service import SIGNED_IN_FOR

#: From the sign-in to the day when its row goes.
GOOD_FOR: Final[timedelta] = SIGNED_IN_FOR + forgetting.SIGN_INS
#: So many people of one shared machine; of more, the earliest is forgotten.
MOST: Final = 8
_PURPOSE: Final = "familiar browser"
_BETWEEN: Final = "~"
#: A sign-in, and the digest of it and of its person.
_ENTRY: Final = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})")
_Entry = tuple[str, str]


def cookie_name() -> str:
    """Browsers take a name that begins with ``__Host-`` from this host alone, by HTTPS."""
    return "__Host-browser" if _settings().secure else "browser"


def to(email: str) -> str:
    """What tells this browser apart among those she signed in with; nothing for a stranger.

    Asked before anybody has proved anything: whoever brings no cookie costs the same whatever the
    address, and so does whoever brings one of somebody else.
    """
    if not (held := list(_held())):
        return ""
    person = tenancy.user_by_email(email)
    user_id = person.id if person is not None else uuid.UUID(int=0)
    known = next((entry for entry in held if _is_of(user_id, entry)), None)
    return known[0] if known and _is_remembered(user_id, uuid.UUID(known[0])) else ""


def remember(opened: SignIn) -> None:
    """Let the answer's cookie say that this browser is hers, in place of what it said of her.

    For sign-ins that are hers everywhere: a tenant's directory speaks for that tenant alone, and
    who lost every factor has not come back yet.
    """
    if opened.only_tenant_id is not None or opened.enrolling:
        return
    user_id, name = opened.user_id, opened.id.hex
    others = [entry for entry in _held() if not _is_of(user_id, entry)]
    entries = [(name, keys.digest(_PURPOSE, user_id.hex, name)), *others][:MOST]
    after_this_request(lambda answer: _written(answer, entries))


def _held() -> Iterator[_Entry]:
    """What the cookie says, believed or not."""
    for written in request.cookies.get(cookie_name(), "").split(_BETWEEN)[:MOST]:
        if found := _ENTRY.fullmatch(written):
            yield found[1], found[2]


def _is_of(user_id: uuid.UUID, entry: _Entry) -> bool:
    name, digest = entry
    made = keys.digests(_PURPOSE, user_id.hex, name)
    return any(hmac.compare_digest(digest, one) for one in made)


def _is_remembered(user_id: uuid.UUID, sign_in_id: uuid.UUID) -> bool:
    """Whether that sign-in was hers and its browser was not shut out since."""
    db.session.rollback()
    with entered(Scope(user_id=user_id)):
        asked = select(SignIn.id).where(
            SignIn.id == sign_in_id, SignIn.user_id == user_id, ~SignIn.shut_out
        )
        found = db.session.scalar(asked) is not None
        db.session.rollback()
    return found


def _written(answer: Response, entries: list[_Entry]) -> Response:
    answer.set_cookie(
        cookie_name(),
        _BETWEEN.join(".".join(entry) for entry in entries),
        max_age=GOOD_FOR,
        secure=_settings().secure,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return answer


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
