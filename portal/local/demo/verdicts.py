"""What the establishments of the demo think of what their provider says."""

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import text

from portal.local.demo import words
from portal.tracking import scores
from portal.tracking.effective import Area
from tenants.context import current_tenant_id
from tenants.db import db

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


def give(edition_id: str, clients: Sequence[uuid.UUID], today: date) -> None:
    """Let directors recognise much and contest a little, then count again."""
    shared = {"tenant": current_tenant_id(), "edition": edition_id}
    db.session.execute(_RECOGNISE, {**shared, "at": today})
    for number, (code, reason) in enumerate(words.CONTESTS):
        for client in (clients[number * 9], clients[number * 9 + 40]):
            values = {**shared, "at": today, "code": code, "reason": reason}
            db.session.execute(_CONTEST, {**values, "establishment": client})
    scores.count(Area(edition_id), today)
