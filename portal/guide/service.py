"""Publish an edition into the database.  Run by the owner role: the app may only read."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.guide import edition, models


class AlreadyPublishedError(RuntimeError):
    """This edition was published with another content: a published edition never changes."""


def publish(session: Session, published: edition.Edition) -> str:
    """Put the edition's keys into their tables; doing it again changes nothing."""
    known = session.scalar(select(models.Edition.digest).where(models.Edition.id == published.id))
    if known == published.digest:
        return f"{published.id}: already published"
    if known is not None:
        raise AlreadyPublishedError(published.id)
    session.execute(
        insert(models.Edition).values(
            id=published.id, published_on=published.published_on, digest=published.digest
        )
    )
    session.execute(
        insert(models.Question), [_question_row(published, q) for q in published.questions]
    )
    session.execute(
        insert(models.Requirement), [_requirement_row(published, r) for r in published.requirements]
    )
    return f"{published.id}: {len(published.requirements)} requirements published"


def _question_row(published: edition.Edition, question: edition.Question) -> dict[str, object]:
    return {
        "edition_id": published.id,
        "number": question.number,
        "title": question.title,
        "short": question.short,
        "title_confirmed": question.title_confirmed,
    }


def _requirement_row(
    published: edition.Edition, requirement: edition.Requirement
) -> dict[str, object]:
    names = (
        "code", "question", "weight", "tier", "bearer", "condition", "review_months", "position",
    )  # fmt: skip
    return {"edition_id": published.id} | {name: getattr(requirement, name) for name in names}
