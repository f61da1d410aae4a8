"""Reads over self-assessments."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import and_, func, select

from portal.assessments.models import Assessment, AssessmentAnswer
from portal.fleet.models import Establishment, Stage
from tenants.db import AnyRow, db


def draft(establishment_id: uuid.UUID, *, lock: bool = False) -> Assessment | None:
    """The one that is being written, if there is one."""
    query = select(Assessment).where(
        Assessment.establishment_id == establishment_id, Assessment.submitted_at.is_(None)
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def answers(assessment_id: uuid.UUID) -> Mapping[int, AssessmentAnswer]:
    """By question."""
    found = db.session.scalars(
        select(AssessmentAnswer).where(AssessmentAnswer.assessment_id == assessment_id)
    )
    return {it.question: it for it in found}


def submitted(establishment_id: uuid.UUID) -> Sequence[Assessment]:
    """Those that were handed in, the oldest first."""
    return db.session.scalars(
        select(Assessment)
        .where(
            Assessment.establishment_id == establishment_id, Assessment.submitted_at.is_not(None)
        )
        .order_by(Assessment.submitted_at, Assessment.id)
    ).all()


def levels(establishment_id: uuid.UUID) -> Mapping[uuid.UUID, Mapping[int, AssessmentAnswer]]:
    """Every answer of an establishment, by assessment and question."""
    found: dict[uuid.UUID, dict[int, AssessmentAnswer]] = {}
    for it in db.session.scalars(
        select(AssessmentAnswer).where(AssessmentAnswer.establishment_id == establishment_id)
    ):
        found.setdefault(it.assessment_id, {})[it.question] = it
    return found


def progress(*, limit: int, offset: int) -> Sequence[AnyRow]:
    """Each client in use: its draft, how far it is, and when it last handed one in.

    A page of them; each line also tells how many there are in all (``found``).
    """
    e, a, q = Establishment, Assessment, AssessmentAnswer
    going = select(a.id, a.tenant_id, a.establishment_id, a.due_on).where(a.submitted_at.is_(None))
    going_now = going.subquery("going")
    last = (
        select(a.tenant_id, a.establishment_id, func.max(a.submitted_at).label("at"))
        .where(a.submitted_at.is_not(None))
        .group_by(a.tenant_id, a.establishment_id)
        .subquery("last")
    )
    done = (
        select(q.tenant_id, q.assessment_id, func.count().label("answered"))
        .group_by(q.tenant_id, q.assessment_id)
        .subquery("done")
    )
    g = going_now.c
    return db.session.execute(
        select(
            e.id, e.name, e.city, g.due_on, g.id.label("draft_id"),
            func.coalesce(done.c.answered, 0).label("answered"), last.c.at.label("submitted_at"),
            func.count().over().label("found"),
        )
        .outerjoin(going_now, and_(g.tenant_id == e.tenant_id, g.establishment_id == e.id))
        .outerjoin(done, and_(done.c.tenant_id == e.tenant_id, done.c.assessment_id == g.id))
        .outerjoin(last, and_(last.c.tenant_id == e.tenant_id, last.c.establishment_id == e.id))
        .where(e.stage == Stage.CLIENT, e.archived_at.is_(None))
        .order_by(g.due_on.asc().nulls_last(), e.name_key, e.id)
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
