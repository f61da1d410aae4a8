"""What is typed about how a tenant reminds."""

from marshmallow import fields, validate

from portal.kit.form import FormSchema
from portal.reminders.stages import STAGES
from portal.reminders.workdays import Calendar

_KNOWN = validate.OneOf([*Calendar], error="Choose one of the answers.")
_STAGE = validate.OneOf([*STAGES], error="Choose one of the answers.")


class RuleForm(FormSchema):
    """A role left blank is never told."""

    calendar = fields.String(required=True, validate=_KNOWN)
    technician = fields.Integer(load_default=None, validate=_STAGE)
    manager = fields.Integer(load_default=None, validate=_STAGE)
    owner = fields.Integer(load_default=None, validate=_STAGE)
    establishment = fields.Integer(load_default=None, validate=_STAGE)
