"""Who looks at a page that is open to everybody."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from tenants import queries as tenancy
from tenants.context import Scope, entered
from tenants.db import db
from tenants.http import proof_awaited, sign_in_id, signed_in_user_id


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in; plain values, read in her own scope."""

    user_id: uuid.UUID
    name: str
    email: str
    #: The page that asks her who she is before a sensitive act; ``None`` when she said it just now.
    asked_at: str | None
    #: Whether she came by a tenant's directory, which vouches for nothing beyond that tenant.
    limited: bool


def visitor(at: datetime) -> Visitor | None:
    """Nobody, for who came by a tenant's directory."""
    found = signed_in(at)
    return None if found is None or found.limited else found


def signed_in(at: datetime) -> Visitor | None:
    """Whoever is signed in here, however she came, while that stands."""
    user_id, held = signed_in_user_id(), sign_in_id()
    if user_id is None or held is None:
        return None
    found = None
    with entered(Scope(user_id=user_id)):
        if (row := tenancy.person(user_id, held, at)) is not None:
            person, here = row
            found = Visitor(
                person.id,
                person.name,
                person.email,
                proof_awaited(here),
                here.only_tenant_id is not None,
            )
        db.session.rollback()
    return found
