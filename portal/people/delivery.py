"""What became of an invitation's mail: handed over, kept, or refused since nobody is there."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from portal.audit import service as audit
from portal.kit import delays
from portal.kit.delays import Delay
from portal.kit.mail import same
from portal.kit.numbering import Number
from portal.kit.returned import Fault, Returned, detailed
from portal.people import letter
from portal.people.models import Invitation, InvitationState
from portal.people.service import SEND
from tenants.context import current_tenant_id
from tenants.db import db


def delayed(rows: Iterable[Invitation]) -> dict[uuid.UUID, Delay]:
    """By id, what keeps the mails of those that were not sent yet."""
    unsent = {row.message_key: row.id for row in rows if row.sent_at is None}
    found = delays.of(SEND, [*unsent])
    return {unsent[key]: delay for key, delay in found.items()}


def handed_over(invitation_id: uuid.UUID, *, turn: int, at: datetime) -> None:
    """``turn``: which of its mails; one that another has overtaken tells nothing."""
    if (row := _waiting(invitation_id, turn)) is not None:
        row.sent_at = at
        db.session.flush()


def undelivered(invitation_id: uuid.UUID, *, turn: int, said: str) -> bool:
    """The address has nobody: told to the team, while the invitation waits.  Whether it is news."""
    row = _waiting(invitation_id, turn)
    if row is None or row.undelivered is not None:
        return False
    row.undelivered = detailed(said)
    db.session.flush()
    audit.record(
        None, "invitation.undelivered", subject="invitation", subject_id=row.id, to=row.email
    )
    return True


def on_return(_sender: object, *, number: Number, returned: Returned) -> bool:
    """A mail that came back: from the address that it was written to, and refused for good."""
    if number.kind != letter.INVITES or returned.fault is not Fault.HARD:
        return False
    row = _waiting(number.of_id, number.turn)
    if row is None or not same(row.email, returned.address):
        return False
    return undelivered(row.id, turn=number.turn, said=returned.detail)


def _waiting(invitation_id: uuid.UUID, turn: int) -> Invitation | None:
    """Held until the transaction ends."""
    key = (current_tenant_id(), invitation_id)
    row = db.session.get(Invitation, key, with_for_update=True, populate_existing=True)
    open_ = row is not None and row.state is InvitationState.OPEN and row.resent == turn
    return row if open_ else None
