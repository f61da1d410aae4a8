"""What is done to an account, noted in the journal of each tenant that its person is in.

One transaction serves one scope.  The first tenant's note is written with the deed, and the others
are promised with it: none is told of what did not happen, and none misses what did.
"""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select

from portal.audit import service as audit
from portal.audit.models import AuditEvent
from portal.kit import outbox, transactions
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Reach, Scope, current_tenant_id, entered
from tenants.db import db
from tenants.models import Membership, UserAccount
from tenants.roles import Role

#: Telling the other tenants.
TELL: Final = "accounts.tell"


@dataclass(frozen=True)
class _Place:
    """One tenant that she is in."""

    tenant_id: uuid.UUID
    membership_id: uuid.UUID
    role: Role


class Deed(StrEnum):
    """What providers are to know of; templates/macros/deeds.html has the words."""

    RECOVERED = "member.recovered"
    RENAMED = "member.renamed"
    MOVED = "member.moved"
    MOVED_BACK = "member.moved_back"


@contextmanager
def witnessed(person: UserAccount, deed: Deed, *, at: datetime) -> Iterator[None]:
    """Do the block, which sees her own rows, and note it everywhere; needs her own scope.

    The block is committed together with the first note and the promise of the others, or nothing
    of all that is.
    """
    user_id, name = person.id, person.name
    places = _places(user_id, at)
    transactions.keep()
    if not places:
        yield
        return
    first, *others = places
    with _inside(user_id, first), transactions.settled():
        _note(Actor(user_id, first.tenant_id, first.role, name), deed, first)
        if others:
            payload = {"user_id": str(user_id), "deed": deed.value, "at": at.isoformat()}
            key = " ".join(payload.values())
            outbox.promise(TELL, key=key, payload=payload, run_at=at)
        yield


def tell_others(user_id: uuid.UUID, deed: Deed, *, at: datetime) -> None:
    """Note it in her tenants but the current one, each in its own transaction.

    Whoever was told already is not told again; who has left since is told nothing.
    """
    here = current_tenant_id()
    db.session.rollback()
    with entered(Scope(user_id=user_id)):
        person = tenancy.user(user_id)
        name = person.name if person else ""
        others = [it for it in _places(user_id, at) if it.tenant_id != here]
        db.session.rollback()
    for place in others:
        with _inside(user_id, place), transactions.settled():
            if _stands_untold(place, deed, at):
                actor = Actor(user_id, place.tenant_id, place.role, name)
                _note(actor, deed, place, at=at.isoformat())


def _places(user_id: uuid.UUID, at: datetime) -> list[_Place]:
    return [_Place(there.id, it.id, it.role) for it, there in tenancy.hats(user_id, at)]


def _stands_untold(place: _Place, deed: Deed, at: datetime) -> bool:
    """Held until the note is kept: of two who tell at once the second finds it."""
    row = db.session.scalar(
        select(Membership)
        .where(Membership.id == place.membership_id, Membership.revoked_at.is_(None))
        .with_for_update()
    )
    told = select(AuditEvent.id).where(
        AuditEvent.subject_id == place.membership_id,
        AuditEvent.action == deed.value,
        AuditEvent.details["at"].astext == at.isoformat(),
    )
    return row is not None and db.session.scalar(told.limit(1)) is None


def _inside(user_id: uuid.UUID, place: _Place) -> AbstractContextManager[None]:
    """The tenant's journal, and her own rows."""
    return entered(Scope(tenant_id=place.tenant_id, reach=Reach.TENANT, user_id=user_id))


def _note(actor: Actor, deed: Deed, place: _Place, **details: Any) -> None:
    audit.record(actor, deed.value, subject="member", subject_id=place.membership_id, **details)
