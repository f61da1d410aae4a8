"""What is written in a contest."""

from marshmallow import fields

from portal.contests.service import LONGEST
from portal.kit.form import FormSchema, at_most


class MessageForm(FormSchema):
    body = fields.String(load_default="", validate=at_most(LONGEST))
