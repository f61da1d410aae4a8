"""Letting one turn of a collection go, for a reason; and undoing what was last changed of it.

What proves and until when is untouched: a proof that lapses meanwhile is told as any other.
"""

import uuid
from datetime import date, datetime
from typing import Final

from portal.collecting import queries as requests
from portal.collecting import recurring, undoing
from portal.collecting import recurring_queries as queries
from portal.collecting.models import Collection, CollectionTurn, Pace, RequestState
from portal.guide.edition import months_after
from portal.kit.errors import Conflict, Refused
from tenants.access import Actor

MAX_REASON: Final = 2000


class NothingToUndo(Conflict):
    message = "Something changed here since: nothing is undone."


def skip(
    actor: Actor, collection_id: uuid.UUID, *, reason: str, at: datetime, today: date
) -> Collection:
    """Bring no proof for the turn that is open: the next one comes a period later.

    What was asked of a supplier for it is called off.  Raises ``Refused``, ``Conflict``.
    """
    row = recurring.mine(actor, collection_id)
    turn = queries.open_turn(collection_id)
    if turn is None or row.pace is not Pace.RUNNING or turn.due_on < (row.waits_until or date.min):
        raise Conflict("No turn is open here.")
    if not reason:
        raise Refused("Say why: whoever reads this later will ask.", field="reason")
    if _came(turn):
        raise Conflict("A file has come already: accept or refuse it first.")
    row.before = undoing.kept(row)
    row.waits_until, row.reason = _next(turn.due_on, row.months, today), reason
    return recurring.said(
        actor, "collection.skipped", row, at, today, due=turn.due_on.isoformat(), reason=reason
    )


def _came(turn: CollectionTurn) -> bool:
    if turn.file_request_id is None:
        return False
    return requests.request(turn.file_request_id).state is RequestState.DEPOSITED


def _next(due_on: date, months: int, today: date) -> date:
    """The first day of its rhythm that is still to come."""
    turns = 1
    while (day := months_after(due_on, turns * months)) <= today:
        turns += 1
    return day


def undo(
    actor: Actor, collection_id: uuid.UUID, *, version: int, at: datetime, today: date
) -> Collection:
    """Put back what the change that made this ``version`` replaced.  Raises ``Conflict``."""
    row = recurring.mine(actor, collection_id)
    if row.version != version or row.before is None or row.pace is Pace.STOPPED:
        raise NothingToUndo
    told = recurring.told(row)
    undoing.put_back(row, row.before)
    row.before = None
    changes = recurring.differences(told, recurring.told(row))
    return recurring.said(actor, "collection.undone", row, at, today, changes=changes)
