"""What the provider says and said, offering by offering."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from portal.tracking.models import Statement, StatementPast
from tenants.db import AnyRow, db

#: An offering and the code of a requirement.
Where = tuple[uuid.UUID, str]


def now(edition_id: str) -> Sequence[Statement]:
    """Every statement, by offering and requirement."""
    s = Statement
    return db.session.scalars(
        select(s).where(s.edition_id == edition_id).order_by(s.offering_id, s.requirement_code)
    ).all()


def past(edition_id: str, *, code: str | None = None) -> Mapping[Where, Sequence[AnyRow]]:
    """What was said from a day on, as rows (since, status, text), the oldest first."""
    s = StatementPast
    asked = select(s.offering_id, s.requirement_code, s.since, s.status, s.text).where(
        s.edition_id == edition_id
    )
    if code is not None:
        asked = asked.where(s.requirement_code == code)
    found: dict[Where, list[AnyRow]] = {}
    for row in db.session.execute(asked.order_by(s.since)):
        found.setdefault((row.offering_id, row.requirement_code), []).append(row)
    return found
