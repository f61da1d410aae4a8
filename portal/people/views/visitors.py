"""Who looks at a page that is open to everybody."""

import uuid
from dataclasses import dataclass

from portal.kit import clock
from tenants import queries as tenancy
from tenants.context import Scope, entered
from tenants.db import db
from tenants.http import CONFIRMED_FOR, sign_in_id, signed_in_user_id


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in; plain values, read in her own scope."""

    user_id: uuid.UUID
    name: str
    email: str
    #: Whether she proved who she is a short while ago.
    fresh: bool


def visitor() -> Visitor | None:
    """Nobody, for who came by a tenant's directory: it vouches for nothing beyond that tenant."""
    user_id, held = signed_in_user_id(), sign_in_id()
    if user_id is None or held is None:
        return None
    found = None
    with entered(Scope(user_id=user_id)):
        at = clock.now()
        row = tenancy.person(user_id, held, at)
        if row is not None and row[1].only_tenant_id is None:
            found = Visitor(
                row[0].id, row[0].name, row[0].email, row[1].confirmed_at >= at - CONFIRMED_FOR
            )
        db.session.rollback()
    return found
