"""What the pages of people accept."""

from datetime import date, datetime
from typing import Any

from marshmallow import fields, validate

from portal.accounts import passwords
from portal.kit import clock
from portal.kit.form import FormSchema, at_most
from portal.kit.i18n import LOCALES
from portal.people.service import Access
from tenants.plans import Plan
from tenants.roles import Role, SecondFactor

MAX_ADDRESS = 254


class AccessForm(FormSchema):
    """A role, for some establishments, until a day."""

    role = fields.Enum(
        Role,
        by_value=True,
        required=True,
        error_messages={"required": "Choose a role.", "unknown": "Choose a role."},
    )
    job_title = fields.String(load_default="", validate=at_most(120))
    establishments = fields.List(fields.UUID(), load_default=[])
    ends_on = fields.Date(load_default=None, error_messages={"invalid": "This is no date."})


class AddressForm(FormSchema):
    """Where somebody is written to."""

    email = fields.Email(
        required=True,
        validate=at_most(MAX_ADDRESS),
        error_messages={
            "required": "Give an e-mail address.",
            "invalid": "This is no e-mail address.",
        },
    )


class InviteForm(AccessForm, AddressForm):
    """Somebody, and what she is given."""


class ProviderForm(FormSchema):
    """A provider's own words for itself."""

    name = fields.String(
        required=True,
        validate=at_most(120),
        error_messages={"required": "Give the name of the company."},
    )
    siren = fields.String(
        required=True,
        validate=at_most(40),
        error_messages={"required": "Give the SIREN of the company."},
    )


class SignUpForm(ProviderForm, AddressForm):
    """A provider, and who opens its space."""

    person = fields.String(
        required=True,
        validate=at_most(120),
        error_messages={"required": "Say what you are called."},
    )


class FurtherForm(ProviderForm):
    """A provider's space, opened by somebody who has an account; without ``slug`` one is found."""

    slug = fields.String(load_default="", validate=at_most(40))


class OpenForm(FormSchema):
    """The code that was sent, and what the space and the account begin with."""

    code = fields.String(
        required=True,
        validate=at_most(40),
        error_messages={"required": "Type the code that was sent to you."},
    )
    slug = fields.String(
        required=True,
        validate=at_most(40),
        error_messages={"required": "Choose the address of your space."},
    )
    password = fields.String(
        required=True,
        validate=at_most(passwords.LONGEST),
        error_messages={"required": "Choose a password."},
    )


class NothingForm(FormSchema):
    """Nothing to say: the button is all."""


class NameForm(FormSchema):
    """A name, for somebody new whom a directory vouches for."""

    name = fields.String(
        required=True,
        validate=at_most(120),
        error_messages={"required": "Say what you are called."},
    )


class AccountForm(NameForm):
    """A name and a password, for somebody new."""

    password = fields.String(
        required=True,
        validate=at_most(passwords.LONGEST),
        error_messages={"required": "Choose a password."},
    )


class SettingsForm(ProviderForm):
    """``seen`` is the mark of the settings that were read."""

    seen = fields.String(load_default="")
    second_factor = fields.Enum(SecondFactor, by_value=True, required=True)
    locale = fields.String(required=True, validate=validate.OneOf(LOCALES))


class PlanForm(FormSchema):
    """A plan, and its last day where it has one."""

    plan = fields.Enum(
        Plan,
        by_value=True,
        required=True,
        error_messages={"required": "Choose a plan.", "unknown": "Choose a plan."},
    )
    until = fields.Date(load_default=None, error_messages={"invalid": "This is no date."})


def access(data: dict[str, Any]) -> Access:
    return Access(
        role=data["role"],
        job_title=data["job_title"],
        establishments=data["establishments"],
        ends_at=data["ends_on"] and clock.end_of(data["ends_on"]),
    )


def last_day(ends_at: datetime | None) -> date | None:
    """The last day of an access that ends at that instant, if it does."""
    return ends_at and clock.last_day(ends_at)
