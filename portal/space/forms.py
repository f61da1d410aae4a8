"""What the establishment's pages accept."""

from marshmallow import ValidationError, fields, validate

from portal.evidence import facts
from portal.kit.form import FormSchema, at_most
from portal.tracking.models import Status, Verdict
from portal.tracking.service import MAX_TEXT

#: No requirement is rewritten more often than that.
_DIGITS = 8
_POINTS = 100


def _versions(values: list[str]) -> None:
    if len(values) > _POINTS:
        raise ValidationError("Read this question again.")
    for value in values:
        code, _, version = value.partition(":")
        if not (code and version.isdecimal() and len(version) <= _DIGITS):
            raise ValidationError("Read this question again.")


class QuestionForm(FormSchema):
    """A view on a whole question; ``read`` says what was read of it, as « code:version »."""

    verdict = fields.Enum(Verdict, by_value=True, required=True)
    reason = fields.String(load_default="", validate=at_most(MAX_TEXT))
    read = fields.List(fields.String(), load_default=list, validate=_versions)


class AnswerForm(FormSchema):
    """The establishment's own answer; ``unknown`` takes it back."""

    status = fields.Enum(Status, by_value=True, required=True)
    note = fields.String(load_default="", validate=at_most(MAX_TEXT))
    reviewed_on = fields.Date(load_default=None)
    version = fields.Integer(required=True, validate=validate.Range(min=0))


class ProofForm(FormSchema):
    """What is said of a proof of the establishment's own; its file travels beside."""

    title = fields.String(load_default="", validate=at_most(facts.MAX_TITLE))
    covers_from = fields.Date(load_default=None)
    covers_until = fields.Date(load_default=None)
    valid_until = fields.Date(load_default=None)
    #: Whether the provider opens it too, of what the establishment bears alone.
    shared = fields.Boolean(load_default=False)


def versions(read: list[str]) -> dict[str, int]:
    pairs = (value.partition(":") for value in read)
    return {code: int(version) for code, _, version in pairs}
