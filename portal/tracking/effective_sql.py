"""The statements behind ``effective``, before the conditions of their area are put in."""

#: Offerings each establishment has today; the included ones come with any contract.
ACTIVE = """
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

#: Who bears each requirement that an offering in force serves.
#: A contract that says otherwise speaks for its establishment, included offerings with it.
BEARERS = """
    otherwise AS (
        SELECT DISTINCT ON (b.establishment_id, b.requirement_code)
               b.establishment_id, b.requirement_code, b.bearer
          FROM running c
          JOIN contract_bearer b ON b.tenant_id = :tenant AND b.contract_id = c.id
                                AND b.edition_id = :edition
         ORDER BY b.establishment_id, b.requirement_code, b.contract_id DESC
    ),
    borne AS (
        SELECT DISTINCT ON (a.establishment_id, q.requirement_code)
               a.establishment_id, q.requirement_code, COALESCE(b.bearer, q.bearer) AS bearer
          FROM active a
          JOIN offering_requirement q ON q.tenant_id = :tenant AND q.offering_id = a.offering_id
                                     AND q.edition_id = :edition
          LEFT JOIN otherwise b ON b.establishment_id = a.establishment_id
                               AND b.requirement_code = q.requirement_code
         ORDER BY a.establishment_id, q.requirement_code,
                  b.bearer IS NULL, q.part, q.bearer IS NULL, a.offering_id
    )
"""

#: The best statement among the offerings in force that serve a requirement.
#: An offering that no longer serves a requirement no longer speaks of it.
BEST = """
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
    )
"""

APPLY = """
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

BEAR = """
    WITH {active},
    {bearers},
    answer AS (
        SELECT t.ctid AS place,
               CASE WHEN s.requirement_code IS NULL THEN 'establishment'
                    ELSE COALESCE(s.bearer, r.bearer) END AS bearer
          FROM tracked_requirement t
          JOIN requirement r ON r.edition_id = t.edition_id AND r.code = t.requirement_code
          LEFT JOIN borne s ON s.establishment_id = t.establishment_id
                           AND s.requirement_code = t.requirement_code
         WHERE {area}
           FOR UPDATE OF t
    )
    UPDATE tracked_requirement t
       SET bearer = b.bearer
      FROM answer b
     WHERE {area} AND t.ctid = b.place
       AND t.bearer IS DISTINCT FROM b.bearer
"""

#: Until when each requirement is proven: by a place's own proofs, by an offering's, by anybody's.
LINKS = """
    link AS (
        SELECT l.requirement_code, l.offering_id, l.establishment_id, e.valid_until
          FROM evidence_link l
          JOIN evidence e ON e.tenant_id = :tenant AND e.id = l.evidence_id
         WHERE l.tenant_id = :tenant AND l.edition_id = :edition
           AND e.state = 'ready' AND e.withdrawn_at IS NULL
           AND (e.covers_from IS NULL OR e.covers_from <= :today)
           {linked}
    ),
    fleet_wide AS (
        SELECT requirement_code, offering_id, max(valid_until) AS until
          FROM link WHERE establishment_id IS NULL GROUP BY 1, 2
    ),
    local AS (
        SELECT requirement_code, establishment_id, max(valid_until) AS until
          FROM link WHERE establishment_id IS NOT NULL GROUP BY 1, 2
    )
"""

#: What a row of :data:`said` is proven by, and whether that holds on the day.
JUDGED = """
               GREATEST(h.until, w.until, o.until) AS until,
               COALESCE(said.status IN ('implemented', 'alternative', 'partial')
                        AND GREATEST(h.until, w.until, o.until) >= :today
                        AND said.review_due >= :today, FALSE) AS proven
          FROM said
          LEFT JOIN local h ON h.requirement_code = said.requirement_code
                           AND h.establishment_id = said.establishment_id
          LEFT JOIN fleet_wide w ON w.requirement_code = said.requirement_code
                                AND w.offering_id IS NULL AND said.origin = 'statement'
          LEFT JOIN fleet_wide o ON o.requirement_code = said.requirement_code
                                AND o.offering_id = said.offering_id AND said.origin = 'statement'
"""

#: New rows are born with all that is known of them: a row written twice in a transaction has its
#: foreign keys checked again, and a large fleet has a hundred thousand of them.
OPEN = """
    WITH {active},
    {bearers},
    {best},
    said AS (
        SELECT e.id AS establishment_id, r.code AS requirement_code, r.question, r.weight,
               (r.condition = 'always' OR r.condition = ANY(e.conditions))
               AND (r.tier = 'baseline' OR e.tier = 'reinforced') AS applies,
               CASE WHEN w.requirement_code IS NULL THEN 'establishment'
                    ELSE COALESCE(w.bearer, r.bearer) END AS bearer,
               COALESCE(b.status, 'unknown') AS status,
               CASE WHEN b.status IS NULL THEN 'none' ELSE 'statement' END AS origin,
               b.offering_id, b.reviewed_on,
               CAST(b.reviewed_on + make_interval(months => r.review_months) AS date) AS review_due
          FROM establishment e
          JOIN requirement r ON r.edition_id = :edition
          LEFT JOIN borne w ON w.establishment_id = e.id AND w.requirement_code = r.code
          LEFT JOIN best b ON b.establishment_id = e.id AND b.requirement_code = r.code
          LEFT JOIN tracked_requirement t
            ON t.tenant_id = :tenant AND t.edition_id = :edition
           AND t.establishment_id = e.id AND t.requirement_code = r.code
         WHERE e.tenant_id = :tenant AND e.stage = 'client'{clients}
           AND t.requirement_code IS NULL
    ),
    {links},
    state AS (
        SELECT said.*, {judged}
    )
    INSERT INTO tracked_requirement AS t (
        tenant_id, establishment_id, edition_id, requirement_code, question, weight, applies,
        status, origin, offering_id, bearer, note, reviewed_on, review_due, proof_until, proven,
        verdict, recognised, verdict_reason, version)
    SELECT :tenant, establishment_id, :edition, requirement_code, question, weight, applies,
           status, origin, offering_id, bearer, '', reviewed_on, review_due, until, proven,
           'none', FALSE, '', 1
      FROM state
    ON CONFLICT (tenant_id, establishment_id, edition_id, requirement_code) DO NOTHING
"""

#: A changed status takes a recognition back: what was recognised is no longer what is said.
#: What is said and what proves it are written at once: a row written twice in a transaction has
#: its foreign keys checked again.
FOLLOW = """
    WITH {active},
    {best},
    own AS (
        SELECT t.ctid AS place, t.requirement_code, t.establishment_id, t.status, t.origin,
               t.offering_id, t.reviewed_on, t.review_due, t.note
          FROM tracked_requirement t
         WHERE {area} AND t.origin = 'own'
           FOR UPDATE OF t
    ),
    inherited AS (
        SELECT t.ctid AS place, t.requirement_code, t.establishment_id,
               COALESCE(b.status, 'unknown') AS status,
               CASE WHEN b.status IS NULL THEN 'none' ELSE 'statement' END AS origin,
               b.offering_id, b.reviewed_on,
               CAST(b.reviewed_on + make_interval(months => r.review_months) AS date) AS review_due,
               '' AS note
          FROM tracked_requirement t
          JOIN requirement r ON r.edition_id = t.edition_id AND r.code = t.requirement_code
          LEFT JOIN best b ON b.establishment_id = t.establishment_id
                          AND b.requirement_code = t.requirement_code
         WHERE {area} AND t.origin <> 'own'
           FOR UPDATE OF t
    ),
    said AS (
        SELECT * FROM own UNION ALL SELECT * FROM inherited
    ),
    {links},
    state AS (
        SELECT said.place, said.status, said.origin, said.offering_id, said.reviewed_on,
               said.review_due, said.note, {judged}
    )
    UPDATE tracked_requirement t
       SET status = s.status, origin = s.origin, offering_id = s.offering_id, note = s.note,
           reviewed_on = s.reviewed_on, review_due = s.review_due,
           verdict = CASE WHEN t.verdict = 'recognised' AND t.status <> s.status
                          THEN 'none' ELSE t.verdict END,
           proof_until = s.until, proven = s.proven,
           recognised = s.proven AND t.verdict = 'recognised' AND t.status = s.status,
           version = t.version + (
               (t.status, t.origin, t.offering_id, t.reviewed_on, t.note)
               IS DISTINCT FROM (s.status, s.origin, s.offering_id, s.reviewed_on, s.note))::int,
           updated_at = now()
      FROM state s
     WHERE {area} AND t.ctid = s.place
       AND (t.status, t.origin, t.offering_id, t.reviewed_on, t.note,
            t.proof_until, t.proven, t.recognised)
           IS DISTINCT FROM
           (s.status, s.origin, s.offering_id, s.reviewed_on, s.note,
            s.until, s.proven, s.proven AND t.verdict = 'recognised' AND t.status = s.status)
"""

#: The same where an own entry is taken back: it is no longer looked at, in one statement, so that
#: not for an instant a state stands there that nobody says.
FALL_BACK = (
    FOLLOW.replace("AND t.origin = 'own'", "AND FALSE")
    .replace(" AND t.origin <> 'own'", "")
    .replace("note = s.note,", "note = s.note, house_by_name = NULL,", 1)
)

PROVE = """
    WITH {links},
    said AS (
        SELECT t.ctid AS place, t.requirement_code, t.establishment_id, t.status, t.origin,
               t.offering_id, t.review_due
          FROM tracked_requirement t
         WHERE {area}
           FOR UPDATE OF t
    ),
    judged AS (
        SELECT said.place, {judged}
    )
    UPDATE tracked_requirement t
       SET proof_until = j.until, proven = j.proven,
           recognised = j.proven AND t.verdict = 'recognised'
      FROM judged j
     WHERE {area} AND t.ctid = j.place
       AND (t.proof_until, t.proven, t.recognised)
           IS DISTINCT FROM (j.until, j.proven, j.proven AND t.verdict = 'recognised')
"""

#: One establishment says otherwise: nobody's word but its own, and proven by its own proofs alone.
EXCEPT = """
    WITH {links},
    said AS (
        SELECT t.ctid AS place, t.requirement_code, t.establishment_id,
               CAST(:status AS text) AS status, 'own' AS origin, CAST(NULL AS uuid) AS offering_id,
               CAST(:review_due AS date) AS review_due
          FROM tracked_requirement t
         WHERE {area}
           FOR UPDATE OF t
    ),
    judged AS (
        SELECT said.place, {judged}
    )
    UPDATE tracked_requirement t
       SET status = :status, origin = 'own', offering_id = NULL, note = :note,
           house_by_name = CAST(:house AS text),
           reviewed_on = :reviewed_on, review_due = :review_due,
           verdict = CASE WHEN t.verdict = 'recognised' AND t.status <> :status
                          THEN 'none' ELSE t.verdict END,
           proof_until = j.until, proven = j.proven,
           recognised = j.proven AND t.verdict = 'recognised' AND t.status = :status,
           version = t.version + 1, updated_at = now()
      FROM judged j
     WHERE {area} AND t.ctid = j.place
"""
