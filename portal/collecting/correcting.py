"""Asking again at another address: a collection that asked there asks at the new one as well.

Were the request corrected alone, its collection would call it off and ask the old address anew.
"""

import uuid
from datetime import date, datetime

from portal.collecting import queries as requests
from portal.collecting import recurring, service, undoing
from portal.collecting import recurring_queries as queries
from portal.collecting.models import Collection, FileRequest
from tenants.access import Actor


def ask_again(
    actor: Actor,
    request_id: uuid.UUID,
    *,
    due_on: date,
    at: datetime,
    today: date,
    to_email: str | None = None,
) -> FileRequest:
    """As :func:`service.ask_again`, whose raises are its own; noted of the collection too.

    Of a turn that is open, of a collection that asks at the same address: what was asked for
    another turn, or of somebody else meanwhile, changes nothing of it.
    """
    asking = _asking(request_id)
    before = asking and asking.to_email
    row = service.ask_again(actor, request_id, due_on=due_on, at=at, today=today, to_email=to_email)
    if asking is not None and row.to_email != before:
        asking.before, asking.to_email = undoing.kept(asking), row.to_email
        recurring.said(actor, "collection.readdressed", asking, at, today, to=row.to_name)
    return row


def _asking(request_id: uuid.UUID) -> Collection | None:
    """The collection whose open turn this is, held before the request as its other deeds do."""
    if (found := queries.of_request(request_id)) is None:
        return None
    held = queries.collection(found.id, lock=True)
    turn = queries.open_turn(held.id)
    asked = requests.request(request_id)
    same = (asked.to_name, asked.to_email) == (held.person_name, held.to_email)
    return held if turn is not None and turn.file_request_id == request_id and same else None
