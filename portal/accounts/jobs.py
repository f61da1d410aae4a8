"""Promised work of accounts: telling the other tenants of a person what was done to hers."""

import uuid
from datetime import datetime

from portal.accounts import witness
from portal.accounts.witness import Deed
from portal.kit import outbox


@outbox.job(witness.TELL)
def tell(held: outbox.Lease) -> None:
    """Twice is once: a tenant's journal that has the note, by its moment, gets no other."""
    told = held.payload
    witness.tell_others(
        uuid.UUID(told["user_id"]), Deed(told["deed"]), at=datetime.fromisoformat(told["at"])
    )
