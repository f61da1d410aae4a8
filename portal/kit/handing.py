"""Files of the store on their way out: by an address made for one file and one person.

Pages link to the address of a file, which stays.  It looks whether the file is there for whoever
asks, and sends her on to another one, signed, good for a minute: what is left of that in a history
or in somebody else's hands leads nowhere.  Whoever comes back to the page just follows it again.
Every lock of the first address is asked again at the second.

Where a form says which of several are meant, the signed address names them as the form did.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from portal.kit import keys
from portal.kit.errors import NotFound
from portal.kit.headers import SANDBOX
from tenants.access import access_of
from tenants.http import current_actor

#: Long enough to follow an address, too short to hand it on.
SECONDS: Final = 60
#: What the endpoint of a signed address ends with.
LINK: Final = "_by_link"


@dataclass(frozen=True)
class File:
    """A file that may be taken.

    ``content`` notes that it is taken, where that is to be noted, and opens it: it is called once,
    just before it is sent.  ``size``: bytes, where known beforehand.
    """

    name: str
    media_type: str
    content: Callable[[], bytes | Iterator[bytes]]
    size: int | None = None


#: Finds one for whoever asks, and raises where it is not for her or not there.
View: TypeAlias = Callable[..., File]
#: Which of several a form asks for, in few words: they travel in an address.
Choice: TypeAlias = Callable[[], Mapping[str, list[str]]]


def _one() -> Mapping[str, list[str]]:
    """Where the address says it all."""
    return {}


def add(
    bp: Blueprint, method: str, rule: str, endpoint: str, view: View, choice: Choice = _one
) -> None:
    """Put both addresses of a file in place: ``rule``, and the signed one below it.

    What ``choice`` reads from a form sent to the first, ``view`` is told by name at either.
    """
    bp.add_url_rule(rule, endpoint, _sending_on(view, choice), methods=[method])
    bp.add_url_rule(f"{rule}/<token>", f"{endpoint}{LINK}", _handing_out(view), methods=["GET"])


def answer(file: File) -> Response:
    """The file as an attachment and nothing else: no browser may show or run it here."""
    response = Response(
        file.content(),
        headers={
            "Content-Type": file.media_type,
            "Content-Disposition": _attachment(file.name),
            "Content-Security-Policy": SANDBOX,
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
    if file.size is not None:
        response.headers["Content-Length"] = str(file.size)
    return response


def _sending_on(view: View, choice: Choice) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def send_on(**place: Any) -> ResponseReturnValue:
        chosen = choice()
        view(**place, **chosen)
        there = f"{request.endpoint}{LINK}"
        return redirect(url_for(there, **place, token=_signer(there, place).dumps(chosen)), 303)

    return send_on


def _handing_out(view: View) -> Callable[..., ResponseReturnValue]:
    """Only what the first address demands: who is sent on has just said again who she is."""

    def hand_out(token: str, **place: Any) -> ResponseReturnValue:
        try:
            chosen = _signer(str(request.endpoint), place).loads(token, max_age=SECONDS)
        except BadData as error:
            raise NotFound from error
        if not isinstance(chosen, dict):
            raise NotFound  # made by a version before, which signed no choice
        return answer(view(**place, **chosen))

    hand_out.access = access_of(view)  # type: ignore[attr-defined]  # read back by access_of
    return hand_out


def _signer(endpoint: str, place: dict[str, Any]) -> URLSafeTimedSerializer:
    """For this file and this person: the signature of any other's is a bad one."""
    actor = current_actor()
    meant: list[str | uuid.UUID] = [endpoint, actor.tenant_id, actor.user_id]
    named = {name: str(value) for name, value in place.items()}
    salt = json.dumps(["file", *map(str, meant), named], sort_keys=True)
    return URLSafeTimedSerializer(keys.for_signing(), salt=salt)


def _attachment(name: str) -> str:
    """RFC 6266: the name in plain letters, and as it is where it has others."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%;' else "_" for c in name)
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{exact}'
