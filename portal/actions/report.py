"""The plan of an establishment on paper."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.actions.models import LIVE, State
from portal.fleet.models import Establishment
from portal.kit import clock, pdf
from tenants.db import AnyRow


def render(*, place: Establishment, provider: str, rows: Sequence[AnyRow], at: datetime) -> bytes:
    """As PDF: what is left by side, the nearest first, then what was done."""
    today = clock.day_of(at)
    left = [row for row in rows if row.state in LIVE]
    data: dict[str, Any] = {
        "place": {"name": place.name, "city": place.city or "", "finess": place.finess},
        "provider": provider,
        "on": today.isoformat(),
        "sides": [
            {
                "side": side,
                "actions": [_told(row, today.isoformat()) for row in left if row.side == side],
            }
            for side in ("provider", "establishment")
        ],
        "done": [_told(row, today.isoformat()) for row in rows if row.state is State.DONE],
    }
    return pdf.typeset("plan", data, timestamp=at)


def _told(row: AnyRow, today: str) -> dict[str, Any]:
    due = row.due_on and row.due_on.isoformat()
    return {
        "title": row.title,
        "note": row.note,
        "code": row.requirement_code,
        "owner": row.owner_name,
        "due": due,
        "late": bool(due) and row.state in LIVE and due < today,
        "priority": row.priority.value,
        "effort": row.effort and row.effort.value,
        "state": row.state.value,
        "closed": row.closed_at and clock.day_of(row.closed_at).isoformat(),
    }
