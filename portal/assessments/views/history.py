"""What a house answered, from one self-assessment to the next, as a file for a spreadsheet."""

import uuid
from collections.abc import Iterator

from flask.typing import ResponseReturnValue

from portal.assessments import queries
from portal.assessments.models import Assessment, AssessmentAnswer
from portal.assessments.views.blueprint import bp
from portal.assessments.words import ANSWERS
from portal.guide import loader
from portal.kit import clock, csvfile
from portal.kit.i18n import gettext
from portal.tracking import sheet
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission


@bp.get("/etablissements/<uuid:establishment_id>/auto-evaluation/export.csv", endpoint="export")
@requires(Permission.TRACKING_READ)
def export(establishment_id: uuid.UUID) -> ResponseReturnValue:
    """Every answer that was handed in, one a line, the oldest first.

    What the house wrote beside an answer, and who of it did, is in the house's own file alone.
    """
    head = sheet.head(establishment_id)
    ours = not current_actor().is_provider
    names = [
        gettext("Establishment"), gettext("Handed in on"), gettext("Handed in by"),
        gettext("Question"), gettext("Title"), gettext("Answer"), gettext("Level"),
        *([gettext("Remark"), gettext("Answered by")] if ours else []),
    ]  # fmt: skip
    rows = list(_rows(establishment_id, head.name, ours=ours))
    return csvfile.attachment("auto-evaluations.csv", names, rows)


def _rows(establishment_id: uuid.UUID, place: str, *, ours: bool) -> Iterator[list[object]]:
    answers = queries.levels(establishment_id)
    for one in queries.submitted(establishment_id):
        given = answers.get(one.id, {})
        for question in loader.current().questions:
            answer = given.get(question.number)
            yield [
                place, *_handed_in(one), question.number, question.short, *_said(answer),
                *(_beside(answer) if ours else []),
            ]  # fmt: skip


def _handed_in(one: Assessment) -> list[object]:
    return [one.submitted_at and clock.day_of(one.submitted_at), one.submitted_by_name]


def _said(answer: AssessmentAnswer | None) -> list[object]:
    return [gettext(ANSWERS[answer.answer]), answer.level] if answer else [None, None]


def _beside(answer: AssessmentAnswer | None) -> list[object]:
    return [answer.note, answer.answered_by_name] if answer else [None, None]
