"""Opening an engagement: a room for auditors.  Flushes, never commits."""

import uuid
from datetime import date, datetime

from portal.engagements import queries, service
from portal.engagements.models import Engagement, EngagementAuditor, EngagementEstablishment
from portal.engagements.terms import Terms
from portal.kit import once
from portal.kit.errors import Refused
from tenants.access import Actor
from tenants.db import AnyRow, db
from tenants.scoping import new_id


def open_(
    actor: Actor, terms: Terms, *, at: datetime, today: date, known_as: uuid.UUID | None = None
) -> Engagement:
    """Let auditors into a room, once by the id that it is ``known_as``.

    Raises ``Refused`` on what cannot be audited.
    """
    terms.check(at, today)
    chosen = [row for row in queries.auditors(at) if row.id in set(terms.auditors)]
    if not chosen or len(chosen) < len(set(terms.auditors)):
        raise Refused("Choose at least one auditor.", field="auditors")
    places = _places(terms, at)
    room = Engagement(
        id=known_as or new_id(),
        title=terms.title,
        purpose=terms.purpose,
        questions=sorted(set(terms.questions)),
        period_from=terms.period[0],
        period_until=terms.period[1],
        as_of=terms.as_of,
        ends_at=terms.ends_at,
        downloads=terms.downloads,
        watermark=terms.watermark,
        auditors=[row.name for row in chosen],
        opened_by=actor.user_id,
        opened_by_name=actor.name,
    )
    made, new = once.put(room)
    if not new:
        return made
    db.session.add_all(
        EngagementAuditor(engagement_id=made.id, membership_id=row.id) for row in chosen
    )
    db.session.add_all(
        EngagementEstablishment(engagement_id=made.id, establishment_id=row.id) for row in places
    )
    db.session.flush()
    service.note_everywhere(
        actor,
        "engagement.opened",
        made,
        to=", ".join(made.auditors),
        ends=terms.ends_at.isoformat(),
    )
    return made


def _places(terms: Terms, at: datetime) -> list[AnyRow]:
    """The establishments chosen: an engagement narrows an access, it never widens one."""
    wanted, auditors = set(terms.establishments), set(terms.auditors)
    found = [row for row in queries.reached(at) if row.id in wanted]
    if not found:
        raise Refused("Choose at least one establishment.", field="establishments")
    if len(found) < len(wanted) or any(not auditors <= set(row.memberships) for row in found):
        raise Refused(
            "The access of one of these auditors does not reach one of these establishments.",
            field="establishments",
        )
    return found
