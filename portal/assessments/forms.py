"""What self-assessments accept."""

from marshmallow import fields, validate

from portal.assessments.models import Answer
from portal.assessments.service import HIGHEST, LONGEST
from portal.kit.form import FormSchema, at_most

#: One radio a choice: a level, « unknown » or « not_applicable ».
CHOICES = (*map(str, range(HIGHEST + 1)), Answer.UNKNOWN.value, Answer.NOT_APPLICABLE.value)


class AnswerForm(FormSchema):
    choice = fields.String(required=True, validate=validate.OneOf(CHOICES))
    note = fields.String(load_default="", validate=at_most(LONGEST))
    version = fields.Integer(required=True, validate=validate.Range(min=0))


class OpeningForm(FormSchema):
    due_on = fields.Date(load_default=None)


class CampaignForm(FormSchema):
    due_on = fields.Date(required=True)


def meant(choice: str) -> tuple[Answer, int | None]:
    """What a radio stands for."""
    return (Answer.LEVEL, int(choice)) if choice.isdecimal() else (Answer(choice), None)
