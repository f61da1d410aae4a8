"""What the tracking pages accept."""

from collections.abc import Mapping
from datetime import date

from marshmallow import fields, validate

from portal.fleet.models import Stage
from portal.kit.folding import fold
from portal.kit.form import FormSchema, at_most, lenient
from portal.tracking.board import SORTS, BoardFilter
from portal.tracking.models import Status, Verdict

_TEXT = at_most(4000)
_VERSION = validate.Range(min=0)


class StatementForm(FormSchema):
    status = fields.Enum(Status, by_value=True, required=True)
    text = fields.String(load_default="", validate=_TEXT)
    reviewed_on = fields.Date(required=True)
    version = fields.Integer(required=True, validate=_VERSION)


class ExceptionForm(FormSchema):
    status = fields.Enum(Status, by_value=True, required=True)
    note = fields.String(load_default="", validate=_TEXT)
    reviewed_on = fields.Date(load_default=None)
    version = fields.Integer(required=True, validate=_VERSION)


class WithdrawForm(FormSchema):
    version = fields.Integer(required=True, validate=_VERSION)


class VerdictForm(FormSchema):
    verdict = fields.Enum(Verdict, by_value=True, required=True)
    reason = fields.String(load_default="", validate=_TEXT)
    version = fields.Integer(required=True, validate=_VERSION)


class BoardForm(FormSchema):
    """The board's filters, from the address; what makes no sense there is left out."""

    q = fields.String(load_default="", validate=at_most(80))
    stage = fields.Enum(Stage, by_value=True, load_default=Stage.CLIENT)
    body = fields.UUID(load_default=None)
    offering = fields.UUID(load_default=None)
    region = fields.String(load_default="", validate=at_most(60))
    state = fields.String(
        load_default="", validate=validate.OneOf(["", "contested", "lapsed", "unanswered"])
    )
    below = fields.Integer(load_default=None, validate=validate.Range(1, 100))
    question = fields.Integer(load_default=None, validate=validate.Range(1, 13))
    sort = fields.String(load_default="proven", validate=validate.OneOf(SORTS))


def board_filter(args: Mapping[str, str]) -> BoardFilter:
    """The board's filter that an address carries."""
    given = lenient(BoardForm, args)
    below = given["below"]
    return BoardFilter(
        text=fold(given["q"]),
        stage=given["stage"],
        managing_body_id=given["body"],
        offering_id=given["offering"],
        region=given["region"],
        state=given["state"],
        below=None if below is None else below * 10,
        question=given["question"],
        sort=given["sort"],
    )


def reviewed(given: date | None, today: date) -> date:
    """An exception written without a date of review is reviewed by the writing of it."""
    return given or today
