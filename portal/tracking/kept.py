"""The fleet in six figures, and the mark by which what was read of it may be kept.

Boards are looked at far more often than fleets move.  What a board shows is kept in the process
that read it, under a key of three: for whom it was read, on which day, and this mark, which the
database tells anew for each page.  Nothing is ever shown that was read before the mark changed.
"""

from dataclasses import dataclass, replace

from sqlalchemy import text

from tenants.context import Reach, Scope, current_scope, current_tenant_id
from tenants.db import db


@dataclass(frozen=True)
class FleetTotals:
    """The clients' scores together, per mille, each establishment weighing the same."""

    clients: int
    declared: int
    proven: int
    recognised: int
    contested: int
    lapsed: int
    #: Another text whenever a score has been counted again, or an establishment, a managing body,
    #: an offering or a proof has been written.
    moved: str


#: Every version of a row is marked by the transaction that wrote it (``xmin``); scores carry the
#: very moment, for one transaction may count them twice.
_TOTALS = text("""
    WITH fleet AS (
        SELECT e.stage = 'client' AND e.archived_at IS NULL AND s.updated_at IS NOT NULL AS counts,
               CAST(CAST(e.xmin AS text) AS bigint) AS mark, s.updated_at,
               s.declared_total, s.proven_total, s.recognised_total,
               s.contested_total, s.lapsed_total
          FROM establishment e
          LEFT JOIN scorecard s ON s.tenant_id = :tenant AND s.establishment_id = e.id
         WHERE e.tenant_id = :tenant
    ),
    named AS (
        SELECT CAST(CAST(xmin AS text) AS bigint) AS mark
          FROM managing_body WHERE tenant_id = :tenant
        UNION ALL
        SELECT CAST(CAST(xmin AS text) AS bigint) FROM offering WHERE tenant_id = :tenant
        UNION ALL
        SELECT CAST(CAST(xmin AS text) AS bigint) FROM evidence WHERE tenant_id = :tenant
    )
    SELECT count(*) FILTER (WHERE counts),
           COALESCE(avg(declared_total) FILTER (WHERE counts), 0),
           COALESCE(avg(proven_total) FILTER (WHERE counts), 0),
           COALESCE(avg(recognised_total) FILTER (WHERE counts), 0),
           COALESCE(sum(contested_total) FILTER (WHERE counts), 0),
           COALESCE(sum(lapsed_total) FILTER (WHERE counts), 0),
           concat_ws(' ', count(*), sum(mark), count(updated_at),
                     sum(updated_at - timestamptz 'epoch'),
                     (SELECT concat_ws(' ', count(*), sum(mark)) FROM named))
      FROM fleet
""")


def fleet_totals() -> FleetTotals:
    row = db.session.execute(_TOTALS, {"tenant": current_tenant_id()}).one()
    clients, declared, proven, recognised, contested, lapsed = (int(value) for value in row[:6])
    return FleetTotals(clients, declared, proven, recognised, contested, lapsed, row[6])


def audience() -> Scope:
    """Part of the key: the scope that tells apart those who may see different things.

    Everybody who sees the whole tenant sees the same.
    """
    scope = current_scope()
    if scope.reach is Reach.TENANT:
        return replace(scope, membership_id=None, user_id=None)
    return scope
