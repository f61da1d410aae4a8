"""A sensitive form filled in by hand, sent too late, and found again after a proof."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.accounts import service
from portal.kit import clock
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.http import CONFIRMED_FOR
from tenants.models import SignIn

PASSWORD = "lampe cuivre onze girafe"
#: Nothing that somebody types by hand.
_SILENT = {"hidden", "submit", "button", "reset", "image"}
#: What the portal keeps nowhere, by the name of its field.
SECRET = {"password", "code", "client_secret", "answer", "csrf_token"}
_WORDS = {"date": "2031-05-17", "email": "ann.neuve@people.example", "number": "7"}
Fields = list[tuple[str, str]]


def has_password(actor: Actor) -> None:
    """She can prove who she is."""
    with entered(Scope(user_id=actor.user_id)):
        person = tenancy.user(actor.user_id)
        assert person
        service.set_password(person, PASSWORD, memory_kib=8)
        db.session.commit()
    db.session.remove()


def lapse(actor: Actor) -> None:
    """All her sign-ins proved who she is a while ago."""
    ago = clock.now() - CONFIRMED_FOR - timedelta(seconds=1)
    with entered(Scope(user_id=actor.user_id)):
        asked = sa.update(SignIn).where(SignIn.user_id == actor.user_id)
        db.session.execute(asked.values(confirmed_at=ago))
        db.session.commit()
    db.session.remove()


def prove(client: FlaskClient, put_off: TestResponse) -> TestResponse:
    """Say who one is on the page that one was sent to; the page it leads back to."""
    assert put_off.status_code == 303
    asking = put_off.headers["Location"]
    assert urlsplit(asking).path == "/confirmer"
    address = f"/confirmer?{urlsplit(asking).query}"
    proved = client.post(address, data={"password": PASSWORD})
    assert proved.status_code == 303
    return client.get(proved.headers["Location"])


def forms(page: TestResponse) -> list[Tag]:
    """The forms of a page that are sent by POST."""
    html = BeautifulSoup(page.data, "html5lib")
    return [it for it in html.find_all("form") if str(it.get("method")).lower() == "post"]


def form(page: TestResponse, address: str) -> Tag:
    """The one that is sent to this address."""
    (found,) = (it for it in forms(page) if urlsplit(str(it["action"])).path == address)
    return found


def controls(form: Tag) -> list[Tag]:
    """What is typed or chosen by hand."""
    every = form.find_all(["input", "select", "textarea"])
    by_hand = [it for it in every if it.get("name") and not it.has_attr("readonly")]
    return [it for it in by_hand if str(it.get("type", "text")).lower() not in _SILENT]


def filled(form: Tag, *more: tuple[str, str]) -> Fields:
    """Every control holding something else than what the page offers."""
    hidden = [
        (str(it["name"]), str(it.get("value", "")))
        for it in form.find_all("input", {"type": "hidden"})
    ]
    ours = {name for name, _ in more}
    typed = [pair for it in controls(form) if it["name"] not in ours for pair in _typed(it)]
    return [*hidden, *typed, *_picked(form), *more]


def _typed(control: Tag) -> Iterator[tuple[str, str]]:
    name, kind = str(control["name"]), str(control.get("type", "text")).lower()
    if control.name == "select":
        yield name, _other(control)
    elif kind == "checkbox":
        if not control.has_attr("checked"):
            yield name, str(control.get("value", "on"))
    elif kind != "radio":
        yield name, _WORDS.get(kind, f"{name} écrit à la main")


def _other(select: Tag) -> str:
    """The last option that is not the one shown."""
    options = [it for it in select.find_all("option") if not it.has_attr("selected")]
    return str(options[-1].get("value", "")) if options else ""


def _picked(form: Tag) -> Iterator[tuple[str, str]]:
    """Of each row of radios, the last that is not the one shown."""
    rows: dict[str, str] = {}
    for it in controls(form):
        if it.get("type") == "radio" and not it.has_attr("checked"):
            rows[str(it["name"])] = str(it["value"])
    yield from rows.items()


def shown(form: Tag) -> MultiDict[str, str]:
    """What the form holds, as a browser would send it."""
    held: MultiDict[str, str] = MultiDict()
    for it in controls(form):
        if (value := _held(it)) is not None:
            held.add(str(it["name"]), value)
    return held


def _held(control: Tag) -> str | None:
    if control.name == "textarea":
        return control.get_text().removeprefix("\n")
    if control.name == "select":
        chosen = control.find("option", selected=True)
        return str(chosen.get("value", "")) if isinstance(chosen, Tag) else ""
    if control.get("type") in {"checkbox", "radio"}:
        return str(control.get("value", "on")) if control.has_attr("checked") else None
    return str(control.get("value", ""))


def expected(sent: Sequence[tuple[str, str]], form: Tag) -> MultiDict[str, str]:
    """What the form is to hold afterwards: all that was sent by hand, but for secrets."""
    names = {str(it["name"]) for it in controls(form)}
    kept: MultiDict[str, str] = MultiDict(
        [pair for pair in sent if pair[0] in names and pair[0] not in SECRET]
    )
    for name in names & SECRET:
        kept.add(name, "")
    return kept


def found_again(
    client: FlaskClient, actor: Actor, page: str, address: str, *more: tuple[str, str]
) -> None:
    """Fill in the form of ``page``, send it too late, prove who one is: it is there as it was."""
    offered = client.get(page)
    assert offered.status_code == 200, page
    sent = filled(form(offered, address), *more)
    lapse(actor)
    put_off = client.post(
        address, data=MultiDict(sent), headers={"Referer": f"http://localhost{page}"}
    )
    assert "comme vous l’aviez remplie" in client.get(put_off.headers["Location"]).text
    again = prove(client, put_off)

    assert again.request.path == urlsplit(page).path
    assert "Il n’est pas encore parti" in again.text
    it = form(again, address)
    assert sorted(shown(it).items(multi=True)) == sorted(expected(sent, it).items(multi=True))
    assert shown(it) != shown(form(offered, address))
