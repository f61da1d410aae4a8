"""The advisory locks that PostgreSQL keeps for us, by number: here, so that no two are the same.

Those that are taken for one tenant, room or place at a time add a hash of its id.
"""

import uuid
from typing import Final

from sqlalchemy import text

from tenants.db import db

DISPATCHER: Final = 13_131_313
REMINDERS: Final = 13_131_314
TRACKING: Final = 13_131_315
VAULT: Final = 13_131_316
IMPORTING: Final = 13_131_317
ROOMS: Final = 13_131_318
POINTS: Final = 13_131_319
BRIEFS: Final = 13_131_320
STANDING: Final = 13_131_321
PUBLIC_LOG: Final = 13_136_962

_ALONE: Final = text("SELECT pg_advisory_xact_lock(:lock, hashtext(:of))")
_BESIDE: Final = text("SELECT pg_advisory_xact_lock_shared(:lock, hashtext(:of))")


def take(lock: int, of: uuid.UUID | str) -> None:
    """Wait until nobody has this lock of that; ours until the transaction ends.

    What was read before is to be read again: whoever had it may have changed it.
    """
    db.session.execute(_ALONE, {"lock": lock, "of": str(of)})


def share(lock: int, of: uuid.UUID | str) -> None:
    """The same beside others who share it, while nobody has it alone."""
    db.session.execute(_BESIDE, {"lock": lock, "of": str(of)})
