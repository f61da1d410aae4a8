"""What is sent twice is done once.

The page of a form makes up a word; what it opens is known by that word and by all that was typed.
Sent again as it was, by a double click or after an answer that was lost, it finds what is there.
Changed and sent again, it is something else.
"""

import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from marshmallow import fields
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from portal.kit.form import at_most
from tenants.access import Actor
from tenants.db import db
from tenants.scoping import Record, find, new_id

R = TypeVar("R", bound=Record)
#: The name of the hidden field; its word, of as many letters, is nothing to guess.
FIELD: Final = "once"
_NAMES: Final = uuid.UUID("0f6f5a3c-3f0b-4c55-9b1e-6f2a5b7a8d21")


def field() -> fields.String:
    """For the schema of a form whose page has ``once(form)``; a program may leave it out."""
    return fields.String(load_default="", validate=at_most(64))


def word() -> str:
    return secrets.token_urlsafe(18)


def name_of(actor: Actor, typed: Mapping[str, Any], *about: uuid.UUID | str) -> uuid.UUID:
    """The id of what ``actor`` opens by these words, ``about`` what the address of the form names.

    A new one each time where its page gave no word.
    """
    if not typed[FIELD]:
        return new_id()
    said = [actor.tenant_id, actor.user_id, *about, typed]
    return uuid.uuid5(_NAMES, json.dumps(said, default=str, sort_keys=True))


def put(row: R) -> tuple[R, bool]:
    """``row`` on the record, or what is there by its id; and whether it is new.

    Raises what the database raises of any other row that is in the way.
    """
    model, row_id = type(row), row.id
    if (before := find(model, row_id)) is not None:
        return before, False
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        before = find(model, row_id) if isinstance(error.orig, UniqueViolation) else None
        if before is None:
            raise
        return before, False
    return row, True
