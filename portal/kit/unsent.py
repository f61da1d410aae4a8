"""What was typed into a sensitive form, kept while its person proves again who she is.

The gate turns such a form away when she last said so too long ago (``tenants.http.put_off``).  She
finds it filled in when she comes back, and sends it herself.  Passwords, codes and files are not
kept; the rest is, enciphered, in Valkey, for this person, this browser and this address alone.
Without Valkey, or when it is too large, she types it again: the page that asks her says which.
"""

import json
import logging
import secrets
import uuid
from datetime import timedelta
from typing import Any, Final

from flask import Flask, Response, current_app, flash, g, request, session, url_for
from flask_wtf.csrf import CSRFError
from redis import Redis, RedisError
from werkzeug.datastructures import MultiDict

from portal.kit import forgery, keys, secrecy
from portal.kit.form import Form, FormSchema
from portal.kit.i18n import gettext
from tenants.http import put_off, signed_in_user_id

#: Time to find a telephone, or to come back from a directory.
GOOD_FOR: Final = timedelta(minutes=30)
#: In bytes; an invitation that lists a thousand establishments takes a fifth of it.
LARGEST: Final = 256 * 2**10
_PURPOSE: Final = "unsent form"
_HELD: Final = "unsent"
#: A form whose every box was unticked is not one that was never filled in.
_MARK: Final = ("unsent", "1")
_log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    put_off.connect(_keep, app)
    app.after_request(_let_go_once_sent)


def is_kept() -> bool:
    """Whether what this browser sent last waits for its person."""
    return _HELD in session


def form(schema: type[FormSchema], endpoint: str) -> Form:
    """The form that the page sends to ``endpoint``: as she filled it in, when it was put off."""
    told = _told(url_for(endpoint, **(request.view_args or {})))
    if told is None:
        return Form(schema)
    said = gettext("Here is your form as you filled it in. It was not sent yet: you send it now.")
    if told["struck"]:
        said += " " + gettext("Passwords and secrets were not kept: type them again.")
    flash(said)
    return Form(schema, MultiDict([_MARK, *map(tuple, told["fields"])]))


def _keep(_app: Flask, *, user_id: uuid.UUID) -> None:
    """Keep what she sends; an earlier one is void."""
    session.pop(_HELD, None)
    if not _may_be_kept():
        return
    sent = list(request.form.items(multi=True))
    hidden = {name for name, _ in sent if secrecy.names_secret(name)}
    told = {
        "user": str(user_id),
        "address": _address(),
        "fields": [pair for pair in sent if pair[0] not in hidden],
        "struck": any(request.form[name] for name in hidden - {"csrf_token"}),
    }
    name = secrets.token_urlsafe(32)
    try:
        _valkey().set(_place(name), keys.encipher(_PURPOSE, json.dumps(told)), ex=GOOD_FOR)
    except RedisError:
        _log.warning("valkey is away: a form has to be filled in again")
        return
    session[_HELD] = g.unsent = {"name": name, "address": _address()}


def _may_be_kept() -> bool:
    """Not what is too large to be read, nor what another site makes her browser send."""
    if request.content_length is None or request.content_length > LARGEST:
        return False
    try:
        forgery.check()
    except CSRFError:
        return False
    return True


def _told(address: str) -> dict[str, Any] | None:
    """What was kept of a form for this address, in this browser, of who is signed in."""
    held = session.get(_HELD)
    if held is None or held["address"] != address:
        return None
    try:
        kept = _valkey().get(_place(held["name"]))
    except RedisError:
        return None
    text = keys.decipher(_PURPOSE, kept.decode()) if isinstance(kept, bytes) else None
    if text is None:
        session.pop(_HELD)
        return None
    told: dict[str, Any] = json.loads(text)
    mine = (told["user"], told["address"]) == (str(signed_in_user_id()), address)
    return told if mine else None


def _let_go_once_sent(response: Response) -> Response:
    """It went through, or she is asked something else of it: what she types next is another."""
    held = session.get(_HELD) if request.method == "POST" else None
    passed = response.status_code < 400 and "unsent" not in g  # noqa: PLR2004 - HTTP's own
    if held is not None and passed and held["address"] == _address():
        session.pop(_HELD)
        try:
            _valkey().delete(_place(held["name"]))
        except RedisError:
            _log.warning("valkey is away: a form that was sent stays for a while")
    return response


def _address() -> str:
    return f"{request.script_root}{request.path}"


def _place(name: str) -> str:
    return f"unsent:{keys.digest(_PURPOSE, name)[:32]}"


def _valkey() -> Redis:
    found: Redis = current_app.extensions["valkey"]
    return found
