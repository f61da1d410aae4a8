"""Contracts for many establishments at once, in set-based SQL.

A thousand establishments and several offerings take the same few statements as one of each.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id


@dataclass(frozen=True)
class Wanted:
    """These offerings for these establishments, from the first day to the last (or open)."""

    establishment_ids: Sequence[uuid.UUID]
    offering_ids: Sequence[uuid.UUID]
    starts_on: date
    ends_on: date | None = None

    def bound(self) -> dict[str, Any]:
        return {
            "tenant": current_tenant_id(),
            "ests": list(self.establishment_ids),
            "offs": list(self.offering_ids),
            "start": self.starts_on,
            "end": self.ends_on,
        }


@dataclass(frozen=True)
class Share:
    """For one offering: establishments that would receive it, and those that have it already."""

    offering_id: uuid.UUID
    name: str
    receive: int
    have: int


@dataclass(frozen=True)
class Made:
    contract_id: uuid.UUID
    establishment_id: uuid.UUID
    offering_id: uuid.UUID


#: Establishments and offerings asked for that exist, are in use, and whether they meet already.
_PAIRS = """
    SELECT e.id AS establishment_id, o.id AS offering_id, o.name, o.position,
           EXISTS (
               SELECT 1 FROM contract c
                WHERE c.tenant_id = :tenant AND c.establishment_id = e.id AND c.offering_id = o.id
                  AND (c.ends_on IS NULL OR c.ends_on >= :start)
                  AND c.starts_on <= COALESCE(CAST(:end AS date), 'infinity')
           ) AS has
      FROM establishment e
      JOIN offering o ON o.tenant_id = :tenant AND o.id = ANY(CAST(:offs AS uuid[]))
                     AND o.archived_at IS NULL
     WHERE e.tenant_id = :tenant AND e.id = ANY(CAST(:ests AS uuid[])) AND e.archived_at IS NULL
"""
_SHARES = text(f"""
    SELECT offering_id, name, count(*) FILTER (WHERE NOT has), count(*) FILTER (WHERE has)
      FROM ({_PAIRS}) pair
     GROUP BY offering_id, name, position
     ORDER BY position, name, offering_id
""")
_MISSING = text(f"SELECT establishment_id, offering_id FROM ({_PAIRS}) pair WHERE NOT has")
_LOCK = text("""
    SELECT id FROM offering
     WHERE tenant_id = :tenant AND id = ANY(CAST(:offs AS uuid[]))
     ORDER BY id FOR NO KEY UPDATE
""")
_INSERT = text("""
    INSERT INTO contract (tenant_id, id, establishment_id, offering_id, starts_on, ends_on, note)
    SELECT :tenant, made.id, made.establishment_id, made.offering_id, :start,
           CAST(:end AS date), :note
      FROM unnest(CAST(:ids AS uuid[]), CAST(:made_ests AS uuid[]), CAST(:made_offs AS uuid[]))
           AS made (id, establishment_id, offering_id)
""")
#: A contract changed since, or with a bearer of its own, is somebody's later work: it stays.
_UNMAKE = text("""
    DELETE FROM contract c
     WHERE c.tenant_id = :tenant AND c.id = ANY(CAST(:ids AS uuid[]))
       AND c.updated_at = c.created_at
       AND NOT EXISTS (SELECT 1 FROM contract_bearer b
                        WHERE b.tenant_id = :tenant AND b.contract_id = c.id)
    RETURNING c.establishment_id
""")
_STAGES = """
    WITH seen AS (
        SELECT e.id,
               CASE WHEN EXISTS (
                   SELECT 1 FROM contract c
                    WHERE c.tenant_id = :tenant AND c.establishment_id = e.id
                      AND c.starts_on <= :today AND (c.ends_on IS NULL OR c.ends_on >= :today)
               ) THEN 'client' ELSE 'prospect' END AS stage
          FROM establishment e
         WHERE e.tenant_id = :tenant{some}
    )
    UPDATE establishment e
       SET stage = seen.stage, updated_at = now()
      FROM seen
     WHERE e.tenant_id = :tenant AND e.id = seen.id AND e.stage <> seen.stage
    RETURNING e.id
"""
_ALL_STAGES = text(_STAGES.format(some=""))
_SOME_STAGES = text(_STAGES.format(some=" AND e.id = ANY(CAST(:ests AS uuid[]))"))


def shares(wanted: Wanted) -> Sequence[Share]:
    """What signing would do, offering by offering; unknown and archived ones are left out."""
    return [Share(*row) for row in db.session.execute(_SHARES, wanted.bound())]


def sign(wanted: Wanted, *, note: str) -> Sequence[Made]:
    """Insert the contracts that are missing.  Two people signing at once make each only once."""
    bound = wanted.bound()
    db.session.execute(_LOCK, {"tenant": bound["tenant"], "offs": bound["offs"]})
    made = [Made(new_id(), *row) for row in db.session.execute(_MISSING, bound)]
    if made:
        db.session.execute(
            _INSERT,
            {
                "tenant": bound["tenant"],
                "ids": [row.contract_id for row in made],
                "made_ests": [row.establishment_id for row in made],
                "made_offs": [row.offering_id for row in made],
                "start": wanted.starts_on,
                "end": wanted.ends_on,
                "note": note,
            },
        )
    return made


def unmake(contract_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Delete contracts nobody touched since they were signed; their establishments, one a row."""
    return _first(
        db.session.execute(
            _UNMAKE, {"tenant": current_tenant_id(), "ids": list(contract_ids)}
        ).all()
    )


def refresh_stages(
    establishment_ids: Sequence[uuid.UUID] | None, today: date
) -> Sequence[uuid.UUID]:
    """Make clients of those with a contract in force and prospects of the others.

    ``None`` looks at the whole tenant.  Returns the establishments whose stage changed.
    """
    bound: dict[str, Any] = {"tenant": current_tenant_id(), "today": today}
    if establishment_ids is None:
        return _first(db.session.execute(_ALL_STAGES, bound).all())
    bound["ests"] = list(establishment_ids)
    return _first(db.session.execute(_SOME_STAGES, bound).all())


def _first(rows: Sequence[Row[Any]]) -> Sequence[uuid.UUID]:
    return [row[0] for row in rows]
