"""What the pages of requests accept."""

from datetime import date
from typing import Any

from marshmallow import fields

from portal.collecting.service import Asked
from portal.evidence import facts
from portal.evidence.forms import FactsForm
from portal.kit.form import FormSchema, at_most

MAX_MESSAGE = 2000
MAX_NAME = 120


class AskForm(FormSchema):
    title = fields.String(required=True, validate=at_most(facts.MAX_TITLE))
    to_name = fields.String(required=True, validate=at_most(MAX_NAME))
    to_email = fields.Email(load_default=None, allow_none=True, validate=at_most(254))
    due_on = fields.Date(required=True)
    message = fields.String(load_default="", validate=at_most(MAX_MESSAGE))
    codes = fields.List(fields.String(validate=at_most(20)), load_default=list)
    offering = fields.UUID(load_default=None, allow_none=True)
    replaces = fields.UUID(load_default=None, allow_none=True)


class NextForm(FactsForm):
    """What came, in the place of the proof that was read there."""

    follows = fields.UUID(load_default=None, allow_none=True)


class AgainForm(FormSchema):
    """``to_email``: another address, where the request is mailed."""

    due_on = fields.Date(required=True)
    to_email = fields.Email(load_default=None, allow_none=True, validate=at_most(254))


class RefusalForm(FormSchema):
    reason = fields.String(required=True, validate=at_most(MAX_MESSAGE))


class DepositForm(FormSchema):
    """What goes with the file."""

    note = fields.String(load_default="", validate=at_most(MAX_MESSAGE))


def asked(data: dict[str, Any]) -> Asked:
    due_on: date = data["due_on"]
    return Asked(
        title=data["title"],
        to_name=data["to_name"],
        due_on=due_on,
        message=data["message"],
        to_email=data["to_email"] or None,
        codes=tuple(data["codes"]),
        offering_id=data["offering"],
        replaces_id=data["replaces"],
    )
