"""The effective state of tracked requirements, kept by set-based SQL.

Effective = the establishment's own entry if it has one, else the best statement among its active
contracts, else unknown.  A thousand inheriting clients move in one statement.

The rows to change are locked and remembered by their place (``ctid``) rather than joined again by
their keys: without fresh statistics such a join is planned for one row and loops over thousands.
"""

import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import TextClause, text

from tenants.context import current_tenant_id
from tenants.db import db


@dataclass(frozen=True)
class Area:
    """Which rows to recompute; ``None`` means all of the tenant's."""

    edition_id: str
    establishments: Sequence[uuid.UUID] | None = None
    codes: Sequence[str] | None = None

    @property
    def broad(self) -> bool:
        """Whether it covers enough rows for the plan of its statements to matter."""
        return self.establishments is None or len(self.establishments) > _FEW


_FEW = 10
_ANY_JOIN = text(
    "SELECT set_config('enable_nestloop', :allowed, true),"
    " set_config('enable_mergejoin', :allowed, true)"
)


@functools.cache
def _written(template: str, *, ests: bool, codes: bool) -> tuple[TextClause, frozenset[str]]:
    """The statement with the conditions its area needs, and the names of its parameters.

    Written per kind of area: a filter left open for NULL would cost the index.
    """
    contracted = "AND c.establishment_id = ANY(CAST(:ests AS uuid[]))" * ests
    statement = text(
        template.format(
            active=_ACTIVE.format(contracted=contracted),
            area="t.tenant_id = :tenant AND t.edition_id = :edition"
            + " AND t.establishment_id = ANY(CAST(:ests AS uuid[]))" * ests
            + " AND t.requirement_code = ANY(CAST(:codes AS text[]))" * codes,
            clients=" AND e.id = ANY(CAST(:ests AS uuid[]))" * ests,
            stated="AND s.requirement_code = ANY(CAST(:codes AS text[]))" * codes,
            linked=(
                "AND (l.establishment_id IS NULL"
                " OR l.establishment_id = ANY(CAST(:ests AS uuid[])))"
            )
            * ests
            + " AND l.requirement_code = ANY(CAST(:codes AS text[]))" * codes,
        )
    )
    return statement, frozenset(statement.compile().params)


def run(template: str, area: Area, today: date) -> None:
    """Execute a set-based statement of this slice over ``area``."""
    statement, needed = _written(
        template, ests=area.establishments is not None, codes=area.codes is not None
    )
    values = {
        "tenant": current_tenant_id(),
        "edition": area.edition_id,
        "ests": None if area.establishments is None else list(area.establishments),
        "codes": None if area.codes is None else list(area.codes),
        "today": today,
    }
    bound = {name: values[name] for name in needed}
    if not area.broad:
        db.session.execute(statement, bound)
        return
    # The rows of a fleet that was just imported have no statistics yet: the planner would believe
    # in a handful of them and loop over thousands, minutes instead of milliseconds.  A merge on the
    # code alone is as bad: only a hash sees both keys.
    db.session.execute(_ANY_JOIN, {"allowed": "off"})
    db.session.execute(statement, bound)
    db.session.execute(_ANY_JOIN, {"allowed": "on"})


#: Offerings each establishment has today; the included ones come with any contract.
_ACTIVE = """
    running AS (
        SELECT c.id, c.establishment_id, c.offering_id
          FROM contract c
         WHERE c.tenant_id = :tenant {contracted}
           AND c.starts_on <= :today AND (c.ends_on IS NULL OR c.ends_on >= :today)
    ),
    active AS (
        SELECT establishment_id, offering_id FROM running
        UNION
        SELECT r.establishment_id, o.id
          FROM (SELECT DISTINCT establishment_id FROM running) r
          JOIN offering o ON o.tenant_id = :tenant AND o.included AND o.archived_at IS NULL
    )
"""

_OPEN = """
    INSERT INTO tracked_requirement AS t (
        tenant_id, establishment_id, edition_id, requirement_code, question, weight, applies,
        status, origin, bearer, note, proven, verdict, recognised, verdict_reason, version)
    SELECT :tenant, e.id, r.edition_id, r.code, r.question, r.weight,
           (r.condition = 'always' OR r.condition = ANY(e.conditions))
           AND (r.tier = 'baseline' OR e.tier = 'reinforced'),
           'unknown', 'none', r.bearer, '', FALSE, 'none', FALSE, '', 1
      FROM establishment e
      JOIN requirement r ON r.edition_id = :edition
     WHERE e.tenant_id = :tenant AND e.stage = 'client'{clients}
    ON CONFLICT (tenant_id, establishment_id, edition_id, requirement_code) DO NOTHING
"""

_APPLY = """
    UPDATE tracked_requirement t
       SET applies = c.applies
      FROM (
        SELECT e.id, r.code,
               (r.condition = 'always' OR r.condition = ANY(e.conditions))
               AND (r.tier = 'baseline' OR e.tier = 'reinforced') AS applies
          FROM establishment e
          JOIN requirement r ON r.edition_id = :edition
         WHERE e.tenant_id = :tenant
      ) c
     WHERE {area}
       AND t.establishment_id = c.id AND t.requirement_code = c.code
       AND t.applies IS DISTINCT FROM c.applies
"""

#: A contract that says otherwise speaks for its establishment, included offerings with it.
_BEAR = """
    WITH {active},
    otherwise AS (
        SELECT DISTINCT ON (b.establishment_id, b.requirement_code)
               b.establishment_id, b.requirement_code, b.bearer
          FROM running c
          JOIN contract_bearer b ON b.tenant_id = :tenant AND b.contract_id = c.id
                                AND b.edition_id = :edition
         ORDER BY b.establishment_id, b.requirement_code, b.contract_id DESC
    ),
    said AS (
        SELECT DISTINCT ON (a.establishment_id, q.requirement_code)
               a.establishment_id, q.requirement_code, COALESCE(b.bearer, q.bearer) AS bearer
          FROM active a
          JOIN offering_requirement q ON q.tenant_id = :tenant AND q.offering_id = a.offering_id
                                     AND q.edition_id = :edition
          LEFT JOIN otherwise b ON b.establishment_id = a.establishment_id
                               AND b.requirement_code = q.requirement_code
         ORDER BY a.establishment_id, q.requirement_code,
                  b.bearer IS NULL, q.part, q.bearer IS NULL, a.offering_id
    ),
    borne AS (
        SELECT t.ctid AS place,
               CASE WHEN s.requirement_code IS NULL THEN 'establishment'
                    ELSE COALESCE(s.bearer, r.bearer) END AS bearer
          FROM tracked_requirement t
          JOIN requirement r ON r.edition_id = t.edition_id AND r.code = t.requirement_code
          LEFT JOIN said s ON s.establishment_id = t.establishment_id
                          AND s.requirement_code = t.requirement_code
         WHERE {area}
           FOR UPDATE OF t
    )
    UPDATE tracked_requirement t
       SET bearer = b.bearer
      FROM borne b
     WHERE t.tenant_id = :tenant AND t.ctid = b.place
       AND t.bearer IS DISTINCT FROM b.bearer
"""

#: A changed status takes a recognition back: what was recognised is no longer what is said.
#: An offering that no longer serves a requirement no longer speaks of it.
_INHERIT = """
    WITH {active},
    best AS (
        SELECT DISTINCT ON (a.establishment_id, s.requirement_code)
               a.establishment_id, s.requirement_code, s.offering_id, s.status, s.reviewed_on
          FROM active a
          JOIN statement s ON s.tenant_id = :tenant AND s.offering_id = a.offering_id
                          AND s.edition_id = :edition AND s.status <> 'unknown' {stated}
          JOIN offering_requirement q
            ON q.tenant_id = :tenant AND q.offering_id = s.offering_id
           AND q.edition_id = s.edition_id AND q.requirement_code = s.requirement_code
         ORDER BY a.establishment_id, s.requirement_code,
                  array_position(ARRAY['implemented', 'alternative', 'partial', 'planned',
                                       'not_applicable'], s.status::text),
                  s.reviewed_on DESC, s.offering_id
    ),
    state AS (
        SELECT t.ctid AS place,
               COALESCE(b.status, 'unknown') AS status,
               CASE WHEN b.status IS NULL THEN 'none' ELSE 'statement' END AS origin,
               b.offering_id, b.reviewed_on,
               CAST(b.reviewed_on + make_interval(months => r.review_months) AS date) AS review_due
          FROM tracked_requirement t
          JOIN requirement r ON r.edition_id = t.edition_id AND r.code = t.requirement_code
          LEFT JOIN best b ON b.establishment_id = t.establishment_id
                          AND b.requirement_code = t.requirement_code
         WHERE {area} AND t.origin <> 'own'
           FOR UPDATE OF t
    )
    UPDATE tracked_requirement t
       SET status = s.status, origin = s.origin, offering_id = s.offering_id, note = '',
           reviewed_on = s.reviewed_on, review_due = s.review_due,
           verdict = CASE WHEN t.verdict = 'recognised' AND t.status <> s.status
                          THEN 'none' ELSE t.verdict END,
           recognised = FALSE, proven = FALSE,
           version = t.version + 1, updated_at = now()
      FROM state s
     WHERE t.tenant_id = :tenant AND t.ctid = s.place
       AND (t.status, t.origin, t.offering_id, t.reviewed_on, t.note)
           IS DISTINCT FROM (s.status, s.origin, s.offering_id, s.reviewed_on, '')
"""

_PROVE = """
    WITH link AS (
        SELECT l.requirement_code, l.offering_id, l.establishment_id, e.valid_until
          FROM evidence_link l
          JOIN evidence e ON e.tenant_id = :tenant AND e.id = l.evidence_id
         WHERE l.tenant_id = :tenant AND l.edition_id = :edition
           AND e.withdrawn_at IS NULL AND (e.covers_from IS NULL OR e.covers_from <= :today)
           {linked}
    ),
    fleet_wide AS (
        SELECT requirement_code, offering_id, max(valid_until) AS until
          FROM link WHERE establishment_id IS NULL GROUP BY 1, 2
    ),
    local AS (
        SELECT requirement_code, establishment_id, max(valid_until) AS until
          FROM link WHERE establishment_id IS NOT NULL GROUP BY 1, 2
    ),
    judged AS (
        SELECT t.ctid AS place, GREATEST(h.until, w.until, o.until) AS until,
               COALESCE(t.status IN ('implemented', 'alternative', 'partial')
                        AND GREATEST(h.until, w.until, o.until) >= :today
                        AND t.review_due >= :today, FALSE) AS proven
          FROM tracked_requirement t
          LEFT JOIN local h ON h.requirement_code = t.requirement_code
                           AND h.establishment_id = t.establishment_id
          LEFT JOIN fleet_wide w ON w.requirement_code = t.requirement_code
                                AND w.offering_id IS NULL AND t.origin = 'statement'
          LEFT JOIN fleet_wide o ON o.requirement_code = t.requirement_code
                                AND o.offering_id = t.offering_id AND t.origin = 'statement'
         WHERE {area}
           FOR UPDATE OF t
    )
    UPDATE tracked_requirement t
       SET proof_until = j.until, proven = j.proven,
           recognised = j.proven AND t.verdict = 'recognised'
      FROM judged j
     WHERE t.tenant_id = :tenant AND t.ctid = j.place
       AND (t.proof_until, t.proven, t.recognised)
           IS DISTINCT FROM (j.until, j.proven, j.proven AND t.verdict = 'recognised')
"""


def open_files(area: Area, today: date) -> None:
    """Give each client of the area its tracked rows; those there already stay as they are."""
    run(_OPEN, area, today)
    run(_APPLY, area, today)


def apply_conditions(area: Area, today: date) -> None:
    """Tell which requirements count, after a change of tier or conditions."""
    run(_APPLY, area, today)


def share_out(area: Area, today: date) -> None:
    """Tell who bears each requirement, after a change of contracts or offerings."""
    run(_BEAR, area, today)


def inherit(area: Area, today: date) -> None:
    """Let the rows without an own entry follow the best statement of their contracts."""
    run(_INHERIT, area, today)


def prove(area: Area, today: date) -> None:
    """Tell which rows are proven on ``today``.

    Needs a whole-tenant scope: a listed one does not see every proof and would judge too harshly.
    """
    run(_PROVE, area, today)
