"""Every id that a page puts into a form or a link, replaced by another tenant's.

The pages are asked for as they are, with rows of the visitor's own; each field, option or box that
holds an id of hers is then sent back holding a foreign one, and again holding one of nothing.  Both
must be answered alike, byte for byte, and leave the same rows behind.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tenants.db import Base, db
from tests.house import routes
from tests.house.faces import TOKEN
from tests.house.rows import Lane
from tests.house.visitors import World

PAGES = [route for route in routes.known() if route.inside and "GET" in route.methods]
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Sending:
    """A form, or a link, filled in as the page offers it; ``field`` holds the id ``held``."""

    method: str
    address: str
    values: tuple[tuple[str, str], ...]
    field: int
    held: str

    def holding(self, other: uuid.UUID) -> list[tuple[str, str]]:
        name, _ = self.values[self.field]
        return [*self.values[: self.field], (name, str(other)), *self.values[self.field + 1 :]]


def _forms(html: BeautifulSoup, base: str) -> Iterator[Sending]:
    for form in html.find_all("form"):
        method = str(form.get("method", "get")).upper()
        address = str(form.get("action") or base)
        plain, choices = _controls(form)
        for name, value in choices:
            if _UUID.fullmatch(value):
                values = (*plain, (name, value))
                yield Sending(method, address, values, len(plain), value)
        for place, (_, value) in enumerate(plain):
            if _UUID.fullmatch(value):
                yield Sending(method, address, tuple(plain), place, value)


def _controls(form: Tag) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What is sent as it is, and what may be chosen besides."""
    plain: list[tuple[str, str]] = []
    choices: list[tuple[str, str]] = []
    for control in form.find_all(["input", "textarea"]):
        name, value = str(control.get("name", "")), str(control.get("value", ""))
        if name and control.get("type") in {"checkbox", "radio"}:
            choices.append((name, value))
        elif name and control.get("type") not in {"submit", "file"}:
            plain.append((name, value))
    for control in form.find_all("select"):
        options = [str(option.get("value", "")) for option in control.find_all("option")]
        choices += [(str(control["name"]), value) for value in options if _UUID.fullmatch(value)]
        if options and not _UUID.fullmatch(options[0]):
            plain.append((str(control["name"]), options[0]))
    return plain, choices


def _links(html: BeautifulSoup) -> Iterator[Sending]:
    for link in html.select("a[href*='?'], [hx-get*='?']"):
        parts = urlsplit(str(link.get("href") or link.get("hx-get")))
        values = tuple(parse_qsl(parts.query))
        for place, (_, value) in enumerate(values):
            if _UUID.fullmatch(value):
                yield Sending("GET", parts.path, values, place, value)


def _sendings(client: FlaskClient, world: World) -> Iterator[Sending]:
    seen = set()
    for route in PAGES:
        address = world.address(route.rule, world.inside)
        answer = client.get(address)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            html = BeautifulSoup(answer.data, "html.parser")
            for sending in (*_forms(html, address), *_links(html)):
                mark = (sending.method, sending.address, sending.values[sending.field][0])
                if mark not in seen:
                    seen.add(mark)
                    yield sending


def _table_of(held: str, *lanes: Lane) -> str | None:
    """Whose id it is, among the rows of the visitor's own tenant."""
    for lane in lanes:
        for table, row in lane.rows.items():
            if str(row.get("id")) == held:
                return table
    return None


def _sent(world: World, who: str, sending: Sending, other: uuid.UUID) -> tuple[int, bytes, str]:
    """The answer, without the visitor's own token and the id she has sent herself."""
    client, values = world.client(who), sending.holding(other)
    if sending.method == "GET":
        answer = client.get(f"{sending.address}?{urlencode(values)}")
    else:
        answer = client.open(sending.address, method="POST", data=MultiDict(values))
    said = TOKEN.sub(b"", answer.data).replace(str(other).encode(), b"?")
    where = answer.headers.get("Location", "").replace(str(other), "?")
    return answer.status_code, said, where


def _picture(connection: sa.Connection) -> dict[str, int]:
    return {
        table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


@pytest.mark.parametrize("who", ["owner", "director"])
def test_a_foreign_id_in_a_form_or_a_link_is_answered_as_an_id_of_nothing(
    built: tuple[World, sa.Connection], who: str
) -> None:
    world, connection = built
    told, tried = [], []
    for sending in list(_sendings(world.client(who), world)):
        table = _table_of(sending.held, world.inside, world.outside)
        if table is None or "id" not in world.foreign.rows.get(table, {}):
            continue
        tried.append((sending.method, sending.address, sending.values[sending.field][0]))
        faces, left = [], []
        for other in (world.foreign.rows[table]["id"], uuid.uuid4()):
            with connection.begin_nested() as undone:
                faces.append(_sent(world, who, sending, other))
                db.session.remove()
                left.append(_picture(connection))
                undone.rollback()
        if faces[0] != faces[1] or left[0] != left[1]:
            told.append(tried[-1])

    assert told == []
    assert len(tried) >= {"owner": 9, "director": 2}[who]
