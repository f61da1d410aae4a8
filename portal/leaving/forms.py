"""What a person fills in to take a record over."""

from marshmallow import fields

from portal.kit.form import FormSchema


class BringForm(FormSchema):
    """The file itself travels beside."""


class ReopenForm(FormSchema):
    """Those that are ticked, or ``every`` one that was left to do."""

    ids = fields.List(fields.UUID(), load_default=[])
    every = fields.Boolean(load_default=False)


class KeepForm(FormSchema):
    """That what seems to speak of people holds no resident's data."""

    vouched = fields.Boolean(load_default=False)
