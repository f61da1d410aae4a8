"""What a room shows of establishments on its day: the same for pages, exports and reports."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.engagements import proofs, queries
from portal.engagements.models import Engagement
from portal.engagements.proofs import Proof
from portal.guide.edition import Edition, Question, Requirement
from portal.kit import clock
from portal.tracking import past
from tenants.db import db

#: Establishments read by one statement, and held in memory at once.
AT_ONCE: Final = 50


@dataclass(frozen=True)
class Sheet:
    """The questions that are audited, each requirement as it stood (missing: not told), its proofs.

    Of a requirement without a state no proof is told.
    """

    day: date
    questions: Sequence[tuple[Question, Sequence[Requirement]]]
    states: Mapping[str, dict[str, Any]]
    proofs: Mapping[str, Sequence[Proof]]


def sheet(
    found: Engagement,
    establishment_id: uuid.UUID,
    edition: Edition,
    today: date,
    *,
    codes: Collection[str] | None = None,
) -> Sheet:
    """Of one establishment; ``codes``: these alone."""
    ((_, told),) = sheets(found, [establishment_id], edition, today, codes=codes)
    return told


def sheets(
    found: Engagement,
    establishment_ids: Sequence[uuid.UUID],
    edition: Edition,
    today: date,
    *,
    codes: Collection[str] | None = None,
) -> Iterator[tuple[uuid.UUID, Sheet]]:
    """Of each, in that order, some at a time: as many statements for fifty as for one."""
    day = queries.day(found, today)
    asked = [one for one in queries.codes(found, edition) if codes is None or one in codes]
    questions = [
        (edition.question(number), edition.by_question[number]) for number in found.questions
    ]
    for start in range(0, len(establishment_ids), AT_ONCE):
        places = establishment_ids[start : start + AT_ONCE]
        states = past.all_as_of(places, edition.id, day, codes=asked)
        shown = _shown(states, day)
        for place in places:
            yield place, Sheet(day, questions, states[place], shown[place])


def _shown(
    states: Mapping[uuid.UUID, Mapping[str, dict[str, Any]]], day: date
) -> Mapping[uuid.UUID, Mapping[str, Sequence[Proof]]]:
    wanted = {
        (place, code): state["offering"] if state["origin"] == "statement" else None
        for place, told in states.items()
        for code, state in told.items()
    }
    found: dict[uuid.UUID, dict[str, Sequence[Proof]]] = {place: {} for place in states}
    if wanted:
        for (place, code), listed in proofs.shown(wanted, day=day, until=clock.end_of(day)).items():
            found[place][code] = listed
    return found


def begins(establishment_id: uuid.UUID) -> date | None:
    """The first day that its record can tell."""
    return past.begins([establishment_id])


def readings(engagement_id: uuid.UUID) -> Mapping[tuple[uuid.UUID, str], datetime]:
    """By establishment and SHA-256, when an auditor first took away a proof that was shown there.

    By itself or in the archive of the room; what answers a request as well.
    """
    a = AuditEvent
    taken = (
        a.subject_type == "engagement",
        a.subject_id == engagement_id,
        a.establishment_id.is_not(None),
        a.action == "engagement.downloaded",
    )
    one = select(a.establishment_id, a.details["sha256"].as_string().label("sha256"), a.at)
    # What went away together, in the archive of the room.
    files = func.jsonb_array_elements_text(a.details["files"]).label("sha256")
    each = one.where(*taken).union_all(select(a.establishment_id, files, a.at).where(*taken))
    read = each.subquery()
    rows = db.session.execute(
        select(read.c.establishment_id, read.c.sha256, func.min(read.c.at))
        .where(read.c.sha256.is_not(None))
        .group_by(read.c.establishment_id, read.c.sha256)
    )
    return {(row[0], row[1]): row[2] for row in rows}
