"""The states of one establishment as they are told in its record."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence

from portal.contracts import queries as contracts
from portal.evidence import shown
from portal.guide.edition import Edition
from portal.leaving.states import Past, Question, Requirement, Totals, Verdict
from portal.tracking import sheet, timeline
from portal.tracking.timeline import Moment
from tenants.db import AnyRow

#: In a scorecard, that of a question to which nothing applies.
_NOTHING = -1


def totals(head: AnyRow) -> Totals | None:
    """``None`` while it is not followed."""
    if not head.scored:
        return None
    shares = (head.declared_total, head.proven_total, head.recognised_total)
    declared, proven, recognised = shares if head.applicable_total else (None, None, None)
    return Totals(declared=declared, proven=proven, recognised=recognised)


def questions(head: AnyRow, edition: Edition) -> Iterator[Question]:
    if not head.scored:
        return
    shares = zip(head.declared, head.proven, head.recognised, strict=True)
    for question, three in zip(edition.questions, shares, strict=True):
        declared, proven, recognised = (None if one == _NOTHING else one for one in three)
        yield Question(
            number=question.number,
            title=question.title,
            declared=declared,
            proven=proven,
            recognised=recognised,
        )


def requirements(
    establishment_id: uuid.UUID, edition: Edition, evidence_ids: Collection[uuid.UUID]
) -> Iterator[Requirement]:
    """Each with its history; of its proofs, those among ``evidence_ids``."""
    serving = shown.serving(establishment_id, edition.id)
    moments = timeline.of_place(establishment_id, edition.id)
    names = contracts.offering_names()
    for row in sheet.rows(establishment_id, edition.id):
        code = row.requirement_code
        proofs = [str(one) for one in serving.get(code, ()) if one in evidence_ids]
        yield _requirement(edition, row, proofs, _history(moments.get(code, ()), names))


def _requirement(
    edition: Edition, row: AnyRow, proofs: Sequence[str], history: tuple[Past, ...]
) -> Requirement:
    guide = edition.requirement(row.requirement_code)
    inherited = row.origin.value == "statement"
    return Requirement(
        code=guide.code,
        title=guide.title,
        question=row.question,
        tier=guide.tier,  # type: ignore[arg-type]  # the loader checks it against the same two
        applies=row.applies,
        bearer=row.bearer.value,
        status=row.status.value,
        origin=row.origin.value,
        offering=row.offering_name if inherited else None,
        text=(row.statement_text if inherited else row.note) or "",
        house_by=row.house_by_name,
        reviewed_on=row.reviewed_on,
        review_due=row.review_due,
        proven=row.proven,
        proof_until=row.proof_until,
        recognised=row.recognised,
        verdict=Verdict(
            word=row.verdict.value,
            by=row.verdict_by_name,
            at=row.verdict_at,
            reason=row.verdict_reason,
        ),
        proofs=tuple(proofs),
        history=history,
    )


def _history(moments: Sequence[Moment], names: Mapping[uuid.UUID, str]) -> tuple[Past, ...]:
    return tuple(_past(moment, names) for moment in moments)


def _past(moment: Moment, names: Mapping[uuid.UUID, str]) -> Past:
    state = moment.state
    offering = state["offering"] if state["origin"] == "statement" else None
    return Past(
        since=moment.since,
        status=state["status"],
        origin=state["origin"],
        offering=names.get(uuid.UUID(offering)) if offering else None,
        bearer=state["bearer"],
        text=moment.text,
        proven=state["proven"],
        proof_until=timeline.day(state, "proof_until"),
        review_due=timeline.day(state, "review_due"),
        verdict=state["verdict"],
        recognised=state["recognised"],
        reason=state.get("reason") or "",
    )
