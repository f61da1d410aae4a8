"""What is typed about how a tenant reminds."""

from datetime import time

from marshmallow import fields, validate

from portal.kit.form import FormSchema
from portal.reminders.queries import OPENS_AT
from portal.reminders.stages import STAGES
from portal.reminders.workdays import Calendar, Zone

_KNOWN = validate.OneOf([*Calendar], error="Choose one of the answers.")
_ZONE = validate.OneOf([*Zone], error="Choose one of the answers.")
_DAYTIME = validate.Range(
    time(5), time(20), error="Choose an hour between 05:00 and 20:00: reminders wake nobody up."
)
_STAGE = validate.OneOf([*STAGES], error="Choose one of the answers.")


class RuleForm(FormSchema):
    """A role left blank is never told."""

    calendar = fields.String(required=True, validate=_KNOWN)
    zone = fields.String(load_default=Zone.PARIS, validate=_ZONE)
    opens_at = fields.Time("%H:%M", load_default=OPENS_AT, validate=_DAYTIME)
    technician = fields.Integer(load_default=None, validate=_STAGE)
    manager = fields.Integer(load_default=None, validate=_STAGE)
    owner = fields.Integer(load_default=None, validate=_STAGE)
    establishment = fields.Integer(load_default=None, validate=_STAGE)
