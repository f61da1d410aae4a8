"""The fleet in six figures, and the mark by which what was read of it may be kept.

Boards are looked at far more often than fleets move.  What a board shows is kept in the process
that read it, under a key of three: for whom it was read, on which day, and this mark, which the
database tells anew for each page.  Nothing is ever shown that was read before the mark changed.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import text

from tenants.context import Reach, Scope, current_scope, current_tenant_id
from tenants.db import db
from tenants.scoping import new_id


@dataclass(frozen=True)
class FleetTotals:
    """The clients' scores together, per mille, each establishment weighing the same."""

    clients: int
    declared: int
    proven: int
    recognised: int
    contested: int
    lapsed: int


#: Every version of a row is marked by the transaction that wrote it (``xmin``); scores carry the
#: very moment, for one transaction may count them twice.
_MARK = text("""
    WITH named AS (
        SELECT CAST(CAST(xmin AS text) AS bigint) AS mark
          FROM establishment WHERE tenant_id = :tenant
        UNION ALL
        SELECT CAST(CAST(xmin AS text) AS bigint) FROM managing_body WHERE tenant_id = :tenant
        UNION ALL
        SELECT CAST(CAST(xmin AS text) AS bigint) FROM offering WHERE tenant_id = :tenant
        UNION ALL
        SELECT CAST(CAST(xmin AS text) AS bigint) FROM evidence WHERE tenant_id = :tenant
    )
    SELECT concat_ws(' ', count(*), sum(mark),
                     (SELECT concat_ws(' ', count(*), sum(updated_at - timestamptz 'epoch'))
                        FROM scorecard WHERE tenant_id = :tenant))
      FROM named
""")
_TOTALS = text("""
    SELECT count(*), COALESCE(avg(s.declared_total), 0), COALESCE(avg(s.proven_total), 0),
           COALESCE(avg(s.recognised_total), 0), COALESCE(sum(s.contested_total), 0),
           COALESCE(sum(s.lapsed_total), 0)
      FROM scorecard s
      JOIN establishment e ON e.tenant_id = :tenant AND e.id = s.establishment_id
     WHERE s.tenant_id = :tenant AND e.stage = 'client' AND e.archived_at IS NULL
""")


def mark() -> str:
    """Another text whenever a score is counted again, or a place, body, offering or proof written.

    To be read before what is kept under it.  Whoever sees listed establishments only has few of
    them, and a list that may change: for her each mark is new, and nothing is kept.
    """
    if current_scope().reach is not Reach.TENANT:
        return new_id().hex
    found: str = db.session.execute(_MARK, {"tenant": current_tenant_id()}).scalar_one()
    return found


def fleet_totals(moved: str) -> FleetTotals:
    """``moved`` is the mark."""
    return _fleet_totals(audience(), moved)


@lru_cache(maxsize=1024)
def _fleet_totals(_audience: Scope, _moved: str) -> FleetTotals:
    row = db.session.execute(_TOTALS, {"tenant": current_tenant_id()}).one()
    return FleetTotals(*(int(value) for value in row))


def audience() -> Scope:
    """Part of the key: the scope that tells apart those who may see different things.

    Everybody who sees the whole tenant sees the same.
    """
    scope = current_scope()
    if scope.reach is Reach.TENANT:
        return replace(scope, membership_id=None, user_id=None)
    return scope
