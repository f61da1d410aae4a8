"""What a person types to sign in, to prove who she is, and about herself."""

from marshmallow import fields, validate

from portal.accounts.passwords import LONGEST
from portal.kit.form import FormSchema, at_most
from portal.kit.i18n import LOCALES

_TOO_LONG = validate.Length(max=LONGEST, error="This password is too long.")
#: A passkey's answer is a few thousand signs.
_ANSWER = 32_768


class SignInSchema(FormSchema):
    """An address of any shape: a malformed one is merely unknown."""

    email = fields.String(required=True)
    password = fields.String(required=True, validate=_TOO_LONG)


class ProofSchema(FormSchema):
    """A password, a code or a passkey's answer: whichever she has at hand."""

    password = fields.String(load_default="", validate=_TOO_LONG)
    code = fields.String(load_default="", validate=at_most(64))
    answer = fields.String(load_default="", validate=at_most(_ANSWER))


class AppSchema(FormSchema):
    code = fields.String(required=True, validate=at_most(64))
    label = fields.String(load_default="", validate=at_most(60))


class PasskeySchema(FormSchema):
    answer = fields.String(required=True, validate=at_most(_ANSWER))
    label = fields.String(load_default="", validate=at_most(60))


class RemoveSchema(FormSchema):
    factor = fields.UUID(required=True)


class CloseSchema(FormSchema):
    """One sign-in; all the others when none is named."""

    sign_in = fields.UUID(load_default=None)


class ProfileSchema(FormSchema):
    name = fields.String(required=True, validate=at_most(120))
    locale = fields.String(required=True, validate=validate.OneOf(LOCALES))


class PasswordSchema(FormSchema):
    password = fields.String(required=True)


class AskSchema(FormSchema):
    email = fields.String(required=True, validate=at_most(254))


class ResetSchema(FormSchema):
    code = fields.String(required=True, validate=at_most(64))
    password = fields.String(required=True)


class CodeSchema(FormSchema):
    code = fields.String(required=True, validate=at_most(64))


class AddressSchema(FormSchema):
    """An address that mail can carry: a slip here would shut its owner out."""

    email = fields.Email(
        required=True,
        validate=at_most(254),
        error_messages={"invalid": "This does not look like an e-mail address."},
    )
