"""The recognitions that an act may cost, kept so that undoing it gives them back.

Only those nobody thought over since come back: the hour of the verdict is compared.
"""

import json
from collections.abc import Collection, Mapping, Sequence
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
           AS h (code text, establishment uuid, status text, at timestamptz)
     WHERE t.tenant_id = :tenant AND t.edition_id = :edition AND t.requirement_code = h.code
       AND t.establishment_id = h.establishment AND t.verdict_at = h.at
       AND t.verdict = 'none' AND t.origin = 'statement' AND t.status = h.status
    RETURNING t.establishment_id, t.requirement_code
""")


def held(edition_id: str, codes: Collection[str]) -> list[dict[str, str]]:
    """The recognitions of inherited states of these requirements, as an act keeps them."""
    t = TrackedRequirement
    rows = db.session.execute(
        select(t.requirement_code, t.establishment_id, t.status, t.verdict_at).where(
            t.edition_id == edition_id,
            t.requirement_code.in_(codes),
            t.verdict == Verdict.RECOGNISED,
            t.origin == Origin.STATEMENT,
        )
    )
    return [
        {"code": code, "establishment": str(place), "status": status.value, "at": at.isoformat()}
        for code, place, status, at in rows
        if at is not None
    ]


def give_back(edition_id: str, kept: Sequence[Mapping[str, Any]]) -> Area | None:
    """Recognise again what is inherited as it was; the area whose scores that moves, if any."""
    if not kept:
        return None
    bound = {"tenant": current_tenant_id(), "edition": edition_id}
    rows = db.session.execute(_GIVE_BACK, {**bound, "held": json.dumps(list(kept))}).all()
    places, codes = {row[0] for row in rows}, {row[1] for row in rows}
    return Area(edition_id, sorted(places), sorted(codes)) if rows else None
