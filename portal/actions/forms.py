"""What the pages of actions accept."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from portal.actions import service
from portal.actions.models import Effort, Priority
from portal.actions.service import Content
from portal.contests.models import Side
from portal.kit.form import FormSchema, at_most


class ActionForm(FormSchema):
    title = fields.String(required=True, validate=at_most(service.MAX_TITLE))
    note = fields.String(load_default="", validate=at_most(service.MAX_NOTE))
    side = fields.Enum(Side, by_value=True, required=True)
    owner = fields.UUID(load_default=None)
    due_on = fields.Date(load_default=None)
    priority = fields.Enum(Priority, by_value=True, load_default=Priority.NORMAL)
    effort = fields.Enum(Effort, by_value=True, load_default=None)
    version = fields.Integer(load_default=0, validate=validate.Range(min=0))


class GapsForm(FormSchema):
    codes = fields.List(
        fields.String(validate=at_most(20)),
        required=True,
        validate=validate.Length(min=1, max=200, error="Tick at least one line."),
    )
    due_on = fields.Date(load_default=None)


def content(data: Mapping[str, Any]) -> Content:
    return Content(**{name: data[name] for name in Content.__annotations__})
