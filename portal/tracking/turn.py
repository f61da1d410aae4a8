"""One at a time writes what a provider's scores rest on.

A declaration reads the other offerings' words, a score reads the other requirements: two
transactions that do not see each other would each write a state without the other's deed.
"""

from portal.kit import locks
from tenants.context import current_tenant_id

#: For a statement that takes its turn by itself: it then must lock what it reads, for only a locked
#: row is read as the others have left it.
TAKEN = f"SELECT pg_advisory_xact_lock({locks.TRACKING}, hashtext(CAST(:tenant AS text)))"


def take() -> None:
    """Wait until nobody else writes scores of this tenant; holds until the transaction ends.

    To be called before the first read: what is read afterwards is what the others have left.
    """
    locks.take(locks.TRACKING, current_tenant_id())
