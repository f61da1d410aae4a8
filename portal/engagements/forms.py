"""What the pages of engagements accept."""

from typing import Any

from marshmallow import fields, validate

from portal.engagements.models import Conclusion
from portal.engagements.terms import Terms
from portal.kit import clock, once
from portal.kit.form import FormSchema, at_most

_NO_DATE: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "Give a day.",
    "invalid": "This is no date.",
}
MAX_WORDS = 4000


class OpenForm(FormSchema):
    once = once.field()
    title = fields.String(
        required=True, validate=at_most(120), error_messages={"required": "Give it a name."}
    )
    purpose = fields.String(load_default="", validate=at_most(MAX_WORDS))
    auditors = fields.List(fields.UUID(), load_default=[])
    establishments = fields.List(fields.UUID(), load_default=[])
    questions = fields.List(fields.Integer(validate=validate.Range(1, 13)), load_default=[])
    period_from = fields.Date(required=True, error_messages=_NO_DATE)
    period_until = fields.Date(required=True, error_messages=_NO_DATE)
    as_of = fields.Date(load_default=None, error_messages=_NO_DATE)
    ends_on = fields.Date(required=True, error_messages=_NO_DATE)
    downloads = fields.Boolean(load_default=False)
    watermark = fields.Boolean(load_default=False)


class AskForm(FormSchema):
    once = once.field()
    words = fields.String(
        required=True,
        validate=at_most(MAX_WORDS),
        error_messages={"required": "Say what you ask for."},
    )
    due_on = fields.Date(required=True, error_messages=_NO_DATE)


class AnswerForm(FormSchema):
    words = fields.String(load_default="", validate=at_most(MAX_WORDS))
    evidence = fields.UUID(load_default=None)


class ConcludeForm(FormSchema):
    conclusion = fields.Enum(
        Conclusion,
        by_value=True,
        required=True,
        error_messages={"required": "Choose a conclusion.", "unknown": "Choose a conclusion."},
    )
    words = fields.String(load_default="", validate=at_most(MAX_WORDS))
    version = fields.Integer(required=True, validate=validate.Range(min=0))


class ReplyForm(FormSchema):
    words = fields.String(
        required=True,
        validate=at_most(MAX_WORDS),
        error_messages={"required": "Answer in a few words."},
    )
    version = fields.Integer(required=True, validate=validate.Range(min=0))
    since = fields.AwareDateTime(load_default=None, error_messages=_NO_DATE)


class DrawForm(FormSchema):
    once = once.field()
    size = fields.Integer(required=True, validate=validate.Range(1, 100_000))


class CloseForm(FormSchema):
    """Nothing is typed: what is refused is said above the button."""


def terms(data: dict[str, Any]) -> Terms:
    return Terms(
        title=data["title"],
        purpose=data["purpose"],
        auditors=data["auditors"],
        establishments=data["establishments"],
        questions=data["questions"],
        period=(data["period_from"], data["period_until"]),
        as_of=data["as_of"],
        ends_at=clock.end_of(data["ends_on"]),
        downloads=data["downloads"],
        watermark=data["watermark"],
    )
