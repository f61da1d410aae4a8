"""What the page of calendars accepts."""

from marshmallow import fields

from portal.kit.form import FormSchema


class FeedForm(FormSchema):
    wide = fields.Boolean(load_default=False)
