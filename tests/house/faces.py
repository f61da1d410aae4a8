"""What an answer looks like to whoever asked: to be compared with another, byte for byte."""

import re
import uuid
from collections.abc import Iterable
from typing import NamedTuple

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.house.rows import Lane
from tests.house.visitors import World

TOKEN = re.compile(rb'(?<=csrf_token" value=")[^"]+|(?<=csrf-token" content=")[^"]+')
#: What the rule of a signed address ends with (:mod:`portal.kit.handing`).
_SIGNED = "/<token>"
Fields = Iterable[tuple[str, str]]


class Face(NamedTuple):
    """An answer without the visitor's token, and without what she has typed herself."""

    status: int
    said: bytes
    where: str


def face(answer: TestResponse, *typed: str) -> Face:
    said, where = TOKEN.sub(b"", answer.data), answer.headers.get("Location", "")
    for word in typed:
        said, where = said.replace(word.encode(), b"?"), where.replace(word, "?")
    return Face(answer.status_code, said, where)


def asked(client: FlaskClient, address: str, method: str, *typed: str, fields: Fields = ()) -> Face:
    """The face of an address; ``fields`` are sent with a POST, or after « ? »."""
    values = MultiDict(fields)
    if method == "GET":
        return face(client.get(address, query_string=values), *typed)
    return face(client.open(address, method=method, data=values), *typed)


def of_ids(
    world: World, client: FlaskClient, rule: str, method: str, lane: Lane | None, slug: str = "acme"
) -> Face:
    """The face of a rule with the ids of this lane, or with ids of nothing."""
    address = world.address(rule, lane, slug=slug)
    if rule.endswith(_SIGNED):
        address = _sent_on(client, address.rpartition("/")[0]) or address
    ids = [str(row["id"]) for row in lane.rows.values() if "id" in row] if lane else []
    return asked(client, address, method, *ids, str(uuid.UUID(int=1)))


def _sent_on(client: FlaskClient, address: str) -> str | None:
    """The signed address of a file, from the one that stays, where it is for this visitor."""
    for method in ("GET", "POST"):
        answer = client.open(address, method=method)
        if answer.status_code == 303 and answer.location.startswith(f"{address}/"):
            return str(answer.location)
    return None
