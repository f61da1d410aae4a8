"""The recognitions that a declaration may cost, kept so that undoing it gives them back.

Only those nobody thought over since come back: the hour of the verdict is compared.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text

from portal.tracking.effective import Area
from portal.tracking.models import Origin, TrackedRequirement, Verdict
from tenants.context import current_tenant_id
from tenants.db import db

_GIVE_BACK = text("""
    UPDATE tracked_requirement t
       SET verdict = 'recognised', recognised = t.proven, version = t.version + 1
      FROM jsonb_to_recordset(CAST(:held AS jsonb))
           AS h (establishment uuid, status text, at timestamptz)
     WHERE t.tenant_id = :tenant AND t.edition_id = :edition AND t.requirement_code = :code
       AND t.establishment_id = h.establishment AND t.verdict_at = h.at
       AND t.verdict = 'none' AND t.origin = 'statement' AND t.status = h.status
    RETURNING t.establishment_id
""")


def held(edition_id: str, code: str) -> list[dict[str, str]]:
    """The recognitions of inherited states of one requirement, as an act keeps them."""
    t = TrackedRequirement
    rows = db.session.execute(
        select(t.establishment_id, t.status, t.verdict_at).where(
            t.edition_id == edition_id,
            t.requirement_code == code,
            t.verdict == Verdict.RECOGNISED,
            t.origin == Origin.STATEMENT,
        )
    )
    return [
        {"establishment": str(place), "status": status.value, "at": at.isoformat()}
        for place, status, at in rows
        if at is not None
    ]


def give_back(edition_id: str, code: str, kept: Sequence[dict[str, Any]]) -> Area | None:
    """Recognise again what is inherited as it was; the area whose scores that moves, if any."""
    if not kept:
        return None
    bound = {"tenant": current_tenant_id(), "edition": edition_id, "code": code}
    rows = db.session.execute(_GIVE_BACK, {**bound, "held": json.dumps(list(kept))})
    places: list[uuid.UUID] = [row[0] for row in rows]
    return Area(edition_id, places) if places else None
