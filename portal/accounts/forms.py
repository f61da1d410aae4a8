"""What a person types to sign in."""

from marshmallow import fields, validate

from portal.kit.form import FormSchema

#: Longer than any real one; keeps absurd input away from the hash.
_LONGEST = 1024


class SignInSchema(FormSchema):
    """An address of any shape: a malformed one is merely unknown."""

    email = fields.String(required=True)
    password = fields.String(
        required=True,
        validate=validate.Length(max=_LONGEST, error="This password is too long."),
    )
