"""What the pages of collections accept."""

import uuid
from typing import Any

from marshmallow import fields, validate

from portal.collecting.forms import MAX_MESSAGE, MAX_NAME
from portal.collecting.models import Collector
from portal.collecting.recurring import Aim, Terms
from portal.collecting.recurring_queries import Choice, State
from portal.collecting.skipping import MAX_REASON
from portal.evidence import facts
from portal.kit.form import FormSchema, at_most, lenient


class TermsForm(FormSchema):
    title = fields.String(load_default="", validate=at_most(facts.MAX_TITLE))
    months = fields.Integer(load_default=None)
    first_on = fields.Date(load_default=None)
    collector = fields.Enum(Collector, by_value=True, required=True)
    person = fields.UUID(load_default=None)
    supplier = fields.String(load_default="", validate=at_most(MAX_NAME))
    to_email = fields.Email(load_default=None, allow_none=True, validate=at_most(254))
    message = fields.String(load_default="", validate=at_most(MAX_MESSAGE))


class NewForm(TermsForm):
    code = fields.String(required=True, validate=at_most(20))
    offering = fields.UUID(load_default=None)
    establishment = fields.UUID(load_default=None)


class ChangeForm(TermsForm):
    version = fields.Integer(required=True, validate=validate.Range(min=0))


class SkipForm(FormSchema):
    reason = fields.String(load_default="", validate=at_most(MAX_REASON))


class ListForm(FormSchema):
    """The list's filters, from the address."""

    state = fields.Enum(State, by_value=True, load_default=State.LIVE)
    mine = fields.Boolean(load_default=False)
    code = fields.String(load_default="", validate=at_most(20))
    establishment = fields.UUID(load_default=None)


def terms(data: dict[str, Any], *, fallback_title: str) -> Terms:
    """What the collector chosen does not need is left out."""
    return Terms(
        title=data["title"] or fallback_title,
        collector=data["collector"],
        months=data["months"],
        first_on=data["first_on"],
        person_id=data["person"],
        supplier=data["supplier"],
        to_email=data["to_email"],
        message=data["message"],
    )


def aim(data: dict[str, Any]) -> Aim:
    """An establishment goes before an offering."""
    offering = None if data["establishment"] else data["offering"]
    return Aim(data["code"], offering, data["establishment"])


def wanted(args: dict[str, str], user_id: uuid.UUID) -> Choice:
    """The filters of an address."""
    given = lenient(ListForm, args)
    return Choice(
        given["state"], user_id if given["mine"] else None, given["code"], given["establishment"]
    )
