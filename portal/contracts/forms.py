"""What the pages of offerings and contracts accept."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, validate

from portal.contracts import offerings, service
from portal.contracts.models import Bearer, Part
from portal.contracts.offerings import Content, Served
from portal.guide.edition import Edition
from portal.kit.errors import Refused
from portal.kit.form import Form, FormSchema, at_most

#: What is typed for one requirement, each under its name, a dash and the code.
FIELDS = ("part", "bearer", "remains", "proof", "months")
#: More are no number of months, and need not be read.
_DIGITS = 4


class OfferingForm(FormSchema):
    """Without the requirements: those are read by :func:`served`, five fields for each."""

    name = fields.String(
        required=True,
        validate=at_most(offerings.MAX_NAME),
        error_messages={"required": "Give the offering a name."},
    )
    description = fields.String(load_default="", validate=at_most(offerings.MAX_DESCRIPTION))
    included = fields.Boolean(load_default=False)
    version = fields.Integer(load_default=0, validate=validate.Range(min=0))


class SignForm(FormSchema):
    """Contracts for one establishment or many."""

    offerings = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(min=1, max=200, error="Choose at least one offering."),
        error_messages={"required": "Choose at least one offering."},
    )
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(load_default=None)
    note = fields.String(load_default="", validate=at_most(service.MAX_NOTE))


class EndForm(FormSchema):
    """Without a date the contract is open again; ``seen`` is the last day that was read."""

    seen = fields.Date(load_default=None)
    ends_on = fields.Date(load_default=None)


class BearerForm(FormSchema):
    """Without a bearer the contract follows its offering again."""

    bearer = fields.Enum(Bearer, by_value=True, load_default=None)
    seen = fields.Enum(Bearer, by_value=True, required=True)
    reason = fields.String(load_default="", validate=at_most(500))


def validate_offering(form: Form, edition: Edition) -> bool:
    """Whether all of it is well typed: each validity that is none is told beside its own field."""
    form.validate()
    for code in edition.by_code:
        try:
            if form.typed.get(f"part-{code}", ""):
                offerings.check_months(code, _months(code, _typed(form.typed, "months", code)))
        except Refused as error:
            form.blame(error)
    return not form.errors


def content(data: Mapping[str, Any], typed: Mapping[str, Any], edition: Edition) -> Content:
    """The whole of an offering's form.  Raises ``Refused`` on a choice nobody offered."""
    return Content(data["name"], data["description"], data["included"], served(typed, edition))


def served(typed: Mapping[str, Any], edition: Edition) -> Sequence[Served]:
    """The requirements ticked in an offering's form."""
    rows = []
    for code in edition.by_code:
        if part := typed.get(f"part-{code}", ""):
            said = {name: _typed(typed, name, code) for name in FIELDS}
            rows.append(_served(code, str(part), said))
    return rows


def _typed(typed: Mapping[str, Any], name: str, code: str) -> str:
    return str(typed.get(f"{name}-{code}", "")).strip()


def _served(code: str, part: str, said: Mapping[str, str]) -> Served:
    months = _months(code, said["months"])
    bearer = said["bearer"]
    try:
        return Served(
            code,
            Part(part),
            Bearer(bearer) if bearer else None,
            said["remains"],
            said["proof"],
            months,
        )
    except ValueError as error:
        raise Refused("Invalid value.", field=f"part-{code}") from error


def _months(code: str, said: str) -> int | None:
    """Digits alone, few enough to be a number of months."""
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= _DIGITS):
        raise offerings.not_months(code)
    return int(said)
