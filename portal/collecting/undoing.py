"""What the last change of a collection replaced, kept with it for as long as it may be undone."""

import uuid
from datetime import date
from typing import Any

from portal.collecting.models import Collection, Collector


def kept(row: Collection) -> dict[str, Any]:
    """How it stands, in JSON: how often, from whom, and what it waits for."""
    return {
        "title": row.title,
        "months": row.months,
        "first_on": row.first_on.isoformat(),
        "collector": row.collector.value,
        "person_id": str(row.person_id) if row.person_id else None,
        "person_name": row.person_name,
        "to_email": row.to_email,
        "message": row.message,
        "waits_until": row.waits_until.isoformat() if row.waits_until else None,
        "reason": row.reason,
    }


def put_back(row: Collection, before: dict[str, Any]) -> None:
    """As it stood then."""
    row.title, row.months, row.message = before["title"], before["months"], before["message"]
    row.first_on = date.fromisoformat(before["first_on"])
    row.collector = Collector(before["collector"])
    row.person_id = uuid.UUID(before["person_id"]) if before["person_id"] else None
    row.person_name, row.to_email = before["person_name"], before["to_email"]
    waited = before["waits_until"]
    row.waits_until, row.reason = date.fromisoformat(waited) if waited else None, before["reason"]
