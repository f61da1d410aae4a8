"""The advisory locks that PostgreSQL keeps for us, by number: here, so that no two are the same.

Those that are taken for one tenant, room or place at a time add a hash of its id.
"""

from typing import Final

DISPATCHER: Final = 13_131_313
REMINDERS: Final = 13_131_314
TRACKING: Final = 13_131_315
VAULT: Final = 13_131_316
IMPORTING: Final = 13_131_317
ROOMS: Final = 13_131_318
POINTS: Final = 13_131_319
BRIEFS: Final = 13_131_320
PUBLIC_LOG: Final = 13_136_962
