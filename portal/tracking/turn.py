"""One at a time writes what a provider's scores rest on.

A declaration reads the other offerings' words, a score reads the other requirements: two
transactions that do not see each other would each write a state without the other's deed.
"""

from sqlalchemy import text

from tenants.context import current_tenant_id
from tenants.db import db

_TURN = text("SELECT pg_advisory_xact_lock(:tracking, hashtext(:tenant))")
_TRACKING = 13_131_315


def take() -> None:
    """Wait until nobody else writes scores of this tenant; holds until the transaction ends.

    To be called before the first read: what is read afterwards is what the others have left.
    """
    db.session.execute(_TURN, {"tracking": _TRACKING, "tenant": str(current_tenant_id())})
