"""What a person writes of an establishment."""

from marshmallow import fields, validate

from portal.fleet.models import Tier
from portal.kit.form import FormSchema, at_most


def _text(longest: int) -> fields.String:
    return fields.String(load_default="", validate=at_most(longest))


class SheetForm(FormSchema):
    """The fields of `portal.fleet.service.Sheet`; numbers are read by the service."""

    name = fields.String(required=True, validate=at_most(255))
    finess = _text(40)
    managing_body = _text(255)
    category_code = _text(8)
    siret = _text(40)
    address = _text(500)
    postcode = fields.String(
        load_default="",
        validate=validate.Regexp(r"[0-9]{5}\Z", error="A postcode has five digits."),
    )
    city = _text(120)
    phone = _text(40)
    capacity = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 99_999, error="Give a number from 0 to 99,999."),
    )
    tier = fields.Enum(Tier, by_value=True, load_default=Tier.BASELINE)
    conditions = fields.List(_text(60), load_default=list)


class EditedSheetForm(SheetForm):
    """A sheet that was read before: `version` tells which."""

    version = fields.Integer(required=True, validate=validate.Range(min=0))
