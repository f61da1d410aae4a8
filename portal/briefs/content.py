"""What a brief says: the establishment's page of thirteen questions, and what stands around it.

In French, whoever orders it: it goes before a board.  Its sentences are made by the page's own
macros, so that page and paper cannot differ; what the reader of the page may not see is not in it.
"""

import html
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from flask import current_app
from flask_babel import force_locale

from portal.actions import queries as actions
from portal.actions.models import LIVE
from portal.assessments import gap
from portal.assessments import queries as assessments
from portal.assessments.models import Assessment, AssessmentAnswer
from portal.evidence import queries as evidence
from portal.guide.edition import Edition
from portal.kit import clock
from portal.kit.errors import Refused
from portal.space import plain
from portal.space.plain import Point, Standing, Told
from portal.tracking import sheet
from tenants.db import AnyRow

FORMAT: Final = "treize-brief/1"
#: How the guide's references begin that name a criterion of the HAS.
_EVALUATION: Final = "HAS "
_SIDES: Final = ("establishment", "provider")
Answers = Mapping[int, AssessmentAnswer]


class NothingToTell(Refused):
    message = "This establishment has no contract yet: there is nothing to summarise."


def content(
    establishment_id: uuid.UUID, *, provider: str, edition: Edition, at: datetime
) -> dict[str, Any]:
    """As the page reads at ``at``, in the scope of whoever asks.  Raises :class:`NothingToTell`."""
    head = sheet.head(establishment_id)
    if not head.scored:
        raise NothingToTell
    today = clock.day_of(at)
    told = plain.told(edition, sheet.rows(establishment_id, edition.id), today)
    handed_in = assessments.submitted(establishment_id)
    last = handed_in[-1] if handed_in else None
    answers = assessments.answers(last.id) if last else {}
    points = [point for question in told for point in question.points]
    with force_locale("fr"):
        return {
            "format": FORMAT,
            "provider": provider,
            "place": _place(head),
            "at": at.astimezone(clock.PARIS).strftime("%Y-%m-%dT%H:%M"),
            "edition": {"id": edition.id, "sha256": edition.digest},
            "totals": _totals(head),
            "counts": _counted(points),
            "points": len(points),
            "awaiting": sum(question.awaiting for question in told),
            "assessment": _assessment(last),
            "questions": [_question(it, head, answers, edition) for it in told],
            "contested": [_contested(point) for point in points if point.contested],
            "actions": _actions(establishment_id, at),
            "evaluation": _evaluation(points, establishment_id, edition, at),
        }


def _place(head: AnyRow) -> dict[str, Any]:
    return {
        "name": head.name,
        "city": head.city or "",
        "finess": head.finess,
        "category": head.category_label or "",
        "managing_body": head.managing_body,
    }


def _totals(head: AnyRow) -> dict[str, Any]:
    return {
        "declared": head.declared_total,
        "proven": head.proven_total,
        "recognised": head.recognised_total,
        "applicable": head.applicable_total,
        "unanswered": head.unanswered_total,
        "contested": 0,
    }


def _assessment(last: Assessment | None) -> dict[str, str] | None:
    if last is None or last.submitted_at is None:
        return None
    return {
        "on": clock.day_of(last.submitted_at).isoformat(),
        "by": last.submitted_by_name or "",
    }


def _question(it: Told, head: AnyRow, answers: Answers, edition: Edition) -> dict[str, Any]:
    number, key, counts = it.question.number, it.key, it.counts
    shares = {
        kind: (share if (share := getattr(head, kind)[number - 1]) >= 0 else None)
        for kind in ("declared", "proven", "recognised")
    }
    answer = answers.get(number)
    return {
        "number": number,
        "short": it.question.short,
        "confirmed": it.question.title_confirmed,
        **shares,
        "applicable": len(it.points) - counts[Standing.NOT_APPLICABLE],
        "unanswered": counts[Standing.UNKNOWN] + counts[Standing.MISSING],
        "contested": it.contested,
        "sentence": _said("space/_words.html", "sentence", key) if key else None,
        "counts": _counted(it.points) if key else "",
        "felt": _said("assessments/_words.html", "answer_word", answer, edition),
        "reason": answer.note if answer else "",
        "gap": _said(
            "assessments/_words.html",
            "gap_sentence",
            gap.of(answer, head.declared[number - 1], head.proven[number - 1]),
            house=True,  # whose board reads it, whoever asked for it
        ),
    }


def _counted(points: Sequence[Point]) -> str:
    counts = Counter(point.standing for point in points)
    return _said("space/_words.html", "count_words", counts, len(points))


def _contested(point: Point) -> dict[str, Any]:
    row = point.row
    return {
        "code": point.requirement.code,
        "question": point.requirement.question,
        "title": point.requirement.title,
        "reason": row.verdict_reason,
        "by": row.verdict_by_name or "",
        "on": clock.day_of(row.verdict_at).isoformat() if row.verdict_at else None,
    }


def _actions(establishment_id: uuid.UUID, at: datetime) -> list[dict[str, Any]]:
    """What is left to do, side by side, the nearest first."""
    today = clock.day_of(at)
    left = [row for row in actions.plan(establishment_id, since=at) if row.state in LIVE]
    return [
        {
            "side": side,
            "items": [
                {
                    "title": row.title,
                    "code": row.requirement_code,
                    "owner": row.owner_name,
                    "due": row.due_on and row.due_on.isoformat(),
                    "late": bool(row.due_on) and row.due_on < today,
                    "doing": row.state.value == "doing",
                }
                for row in left
                if row.side == side
            ],
        }
        for side in _SIDES
    ]


def _evaluation(
    points: Sequence[Point], establishment_id: uuid.UUID, edition: Edition, at: datetime
) -> list[dict[str, Any]]:
    """The points that the guide ties to a criterion of the HAS, with what proves them."""
    tied = [(point, ref) for point in points for ref in _criteria(point)]
    if not tied:
        return []
    today = clock.day_of(at)
    proofs = sheet.counting(
        [point.row for point, _ in tied],
        evidence.proofs_of(establishment_id, edition_id=edition.id, today=today),
    )
    return [
        {
            "criterion": criterion,
            "code": point.requirement.code,
            "title": point.requirement.title,
            "sentence": _said("space/_words.html", "sentence", point),
            "standing": _said("space/_words.html", "standing_word", point.standing),
            "proofs": [
                {"title": proof.title, "until": proof.valid_until.isoformat()}
                for proof in proofs[point.requirement.code]
                if proof.valid_until >= today and not proof.coming
            ],
        }
        for point, criterion in tied
    ]


def _criteria(point: Point) -> list[str]:
    others = point.requirement.references.get("other", [])
    return [str(ref) for ref in others if str(ref).startswith(_EVALUATION)]


def _said(template: str, macro: str, *values: object, **named: object) -> str:
    """What a macro of the pages says, as plain text."""
    words: Any = current_app.jinja_env.get_template(template).module
    return html.unescape(str(getattr(words, macro)(*values, **named))).strip()
