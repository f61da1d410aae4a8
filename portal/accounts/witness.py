"""What is done to an account, noted in the journal of each tenant that its person is in."""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.audit import service as audit
from portal.kit import transactions
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.models import UserAccount
from tenants.roles import Role


@dataclass(frozen=True)
class _Place:
    """One tenant that she is in."""

    tenant_id: uuid.UUID
    membership_id: uuid.UUID
    role: Role


class Deed(StrEnum):
    """What providers are to know of; templates/macros/deeds.html has the words."""

    RECOVERED = "member.recovered"
    MOVED = "member.moved"
    MOVED_BACK = "member.moved_back"


@contextmanager
def witnessed(person: UserAccount, deed: Deed, *, at: datetime) -> Iterator[None]:
    """Do the block, which sees her own rows, and note it everywhere; needs her own scope.

    One transaction serves one scope: the other tenants are told first, and the block is committed
    together with the last note.  Never a deed without its trace.
    """
    user_id, name = person.id, person.name
    places = [_Place(there.id, it.id, it.role) for it, there in tenancy.hats(user_id, at)]
    transactions.keep()
    for place in places[:-1]:
        with _inside(user_id, place):
            _note(Actor(user_id, place.tenant_id, place.role, name), deed, place)
            transactions.keep()
    if not places:
        yield
        return
    last = places[-1]
    with _inside(user_id, last):
        _note(Actor(user_id, last.tenant_id, last.role, name), deed, last)
        try:
            yield
        except BaseException:
            db.session.rollback()
            raise
        transactions.keep()


def _inside(user_id: uuid.UUID, place: _Place) -> AbstractContextManager[None]:
    """The tenant's journal, and her own rows."""
    return entered(Scope(tenant_id=place.tenant_id, reach=Reach.TENANT, user_id=user_id))


def _note(actor: Actor, deed: Deed, place: _Place) -> None:
    audit.record(actor, deed.value, subject="member", subject_id=place.membership_id)
