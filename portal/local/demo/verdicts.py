"""What the establishments of the demo think of what their provider says."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import text

from portal.contests import queries as contests_read
from portal.contests import service as contests
from portal.local.demo import words
from portal.tracking import queries, scores
from portal.tracking.effective import Area
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.roles import Role

#: Two thirds of the directors have looked; those recognised most of what was proven.
_RECOGNISE = text("""
    UPDATE tracked_requirement t
       SET verdict = 'recognised', recognised = proven,
           verdict_by_name = 'La direction', verdict_at = :at
      FROM (SELECT id, row_number() OVER (ORDER BY name, id) AS rank
              FROM establishment WHERE tenant_id = :tenant) e
     WHERE t.tenant_id = :tenant AND t.edition_id = :edition AND t.establishment_id = e.id
       AND t.proven AND e.rank % 3 <> 0
       AND (e.rank * 31 + t.question * 17 + t.weight * 7) % 10 < 4 + e.rank % 6
""")
_CONTEST = text("""
    UPDATE tracked_requirement
       SET verdict = 'contested', recognised = FALSE, verdict_reason = :reason,
           verdict_by_name = 'La direction', verdict_at = :at
     WHERE tenant_id = :tenant AND edition_id = :edition
       AND establishment_id = :establishment AND requirement_code = :code
""")

#: Whoever answers contests for the provider: one author in the journal, not one a contest.
_TEAM = "L’équipe technique"


def give(edition_id: str, clients: Sequence[uuid.UUID], today: date) -> None:
    """Let directors recognise much and contest a little, then count again."""
    shared = {"tenant": current_tenant_id(), "edition": edition_id}
    db.session.execute(_RECOGNISE, {**shared, "at": today})
    for number, (code, reason) in enumerate(words.CONTESTS):
        for client in (clients[number * 9], clients[number * 9 + 40]):
            values = {**shared, "at": today, "code": code, "reason": reason}
            db.session.execute(_CONTEST, {**values, "establishment": client})
            _speak(edition_id, client, code, reason, today)
    scores.count(Area(edition_id), today)


def _speak(edition_id: str, client: uuid.UUID, code: str, reason: str, today: date) -> None:
    """The exchange that each contest opens, with the provider's first answer."""
    at = datetime.combine(today, time(9), UTC)
    tenant_id = current_tenant_id()
    house = Actor(client, tenant_id, Role.DIRECTOR, "La direction")
    provider = Actor(uuid.uuid5(tenant_id, _TEAM), tenant_id, Role.TECHNICIAN, _TEAM)
    row = queries.tracked(client, edition_id, code)
    contests.open_(
        house,
        establishment_id=client,
        edition_id=edition_id,
        said={code: row.status},
        reason=reason,
        at=at,
    )
    contest = contests_read.open_at(client, edition_id)[-1]
    contests.answer(
        provider,
        establishment_id=client,
        contest_id=contest.id,
        body="Bien reçu : nous passons sur place et vous répondons ici avant la fin du mois.",
        at=at,
    )
