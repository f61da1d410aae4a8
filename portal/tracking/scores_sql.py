"""The statements behind ``scores``, before the conditions of their area are put in.

They keep the past (``past.KEPT``) as they count: all that one statement reads stands as it was
before it, and keeping reads no score.

PostgreSQL holds what a house writes to the same count (``house_counted`` and ``house_kept``,
migration 0041): whoever counts otherwise says so there too.
"""

from portal.tracking import past

#: Materialised, or each column of ``row`` would be computed again in each sum that reads it.
#: ``:counted`` are the requirements that count, which are more than those of the area.
_QUESTION = """
    row AS MATERIALIZED (
        SELECT t.*, applies AND status <> 'not_applicable' AS counts,
               CASE WHEN applies AND status <> 'not_applicable' THEN 2 * weight ELSE 0 END AS most,
               CASE WHEN NOT applies THEN 0
                    WHEN status IN ('implemented', 'alternative') THEN 2 * weight
                    WHEN status = 'partial' THEN weight
                    ELSE 0 END AS worth
          FROM tracked_requirement t
         WHERE {place}{counted}
    ),
    question AS (
        SELECT establishment_id, question,
               sum(most) AS points,
               sum(worth) AS declared,
               sum(CASE WHEN proven THEN worth ELSE 0 END) AS proven,
               sum(CASE WHEN recognised THEN worth ELSE 0 END) AS recognised,
               count(*) FILTER (WHERE counts) AS applicable,
               count(*) FILTER (WHERE counts AND status = 'unknown') AS unanswered,
               count(*) FILTER (WHERE applies AND verdict = 'contested') AS contested,
               count(*) FILTER (WHERE worth > 0 AND NOT proven
                                AND (proof_until < :today OR review_due < :today)) AS lapsed,
               min(LEAST(proof_until, review_due)) FILTER (WHERE counts AND proven) AS next_lapse,
               min(review_due) FILTER (WHERE worth > 0 AND review_due >= :today) AS next_review
          FROM row
         GROUP BY 1, 2
    )
"""

_WHOLE = """
    INSERT INTO scorecard AS s (
        tenant_id, establishment_id, edition_id, declared, proven, recognised,
        applicable, unanswered, contested, lapsed,
        points, declared_points, proven_points, recognised_points, next_lapses, next_reviews,
        declared_total, proven_total, recognised_total,
        applicable_total, unanswered_total, contested_total, lapsed_total,
        next_lapse, next_review, updated_at)
    SELECT :tenant, establishment_id, :edition,
           array_agg(COALESCE(1000 * declared / NULLIF(points, 0), -1) ORDER BY question),
           array_agg(COALESCE(1000 * proven / NULLIF(points, 0), -1) ORDER BY question),
           array_agg(COALESCE(1000 * recognised / NULLIF(points, 0), -1) ORDER BY question),
           array_agg(applicable ORDER BY question), array_agg(unanswered ORDER BY question),
           array_agg(contested ORDER BY question), array_agg(lapsed ORDER BY question),
           array_agg(points ORDER BY question), array_agg(declared ORDER BY question),
           array_agg(proven ORDER BY question), array_agg(recognised ORDER BY question),
           array_agg(next_lapse ORDER BY question), array_agg(next_review ORDER BY question),
           COALESCE(div(1000 * sum(declared), NULLIF(sum(points), 0)), 0),
           COALESCE(div(1000 * sum(proven), NULLIF(sum(points), 0)), 0),
           COALESCE(div(1000 * sum(recognised), NULLIF(sum(points), 0)), 0),
           sum(applicable), sum(unanswered), sum(contested), sum(lapsed),
           min(next_lapse), min(next_review), clock_timestamp()
      FROM question
     GROUP BY establishment_id
    ON CONFLICT (tenant_id, establishment_id) DO UPDATE SET
        edition_id = excluded.edition_id,
        declared = excluded.declared, proven = excluded.proven, recognised = excluded.recognised,
        applicable = excluded.applicable, unanswered = excluded.unanswered,
        contested = excluded.contested, lapsed = excluded.lapsed,
        points = excluded.points, declared_points = excluded.declared_points,
        proven_points = excluded.proven_points, recognised_points = excluded.recognised_points,
        next_lapses = excluded.next_lapses, next_reviews = excluded.next_reviews,
        declared_total = excluded.declared_total, proven_total = excluded.proven_total,
        recognised_total = excluded.recognised_total,
        applicable_total = excluded.applicable_total,
        unanswered_total = excluded.unanswered_total,
        contested_total = excluded.contested_total, lapsed_total = excluded.lapsed_total,
        next_lapse = excluded.next_lapse, next_review = excluded.next_review,
        updated_at = excluded.updated_at
"""

#: One question's place in each array; the totals are its points and those of the twelve o.
_OTHERS = """
    whole AS (
        SELECT s.ctid AS place, q.*, q.question AS n,
               q.points + o.points AS all_points,
               q.declared + o.declared AS all_declared,
               q.proven + o.proven AS all_proven,
               q.recognised + o.recognised AS all_recognised,
               LEAST(q.next_lapse, o.next_lapse) AS first_lapse,
               LEAST(q.next_review, o.next_review) AS first_review
          FROM scorecard s
          JOIN question q USING (establishment_id)
         CROSS JOIN LATERAL (
            SELECT sum(p) AS points, sum(d) AS declared, sum(v) AS proven, sum(r) AS recognised,
                   min(lapse) AS next_lapse, min(review) AS next_review
              FROM unnest(s.points, s.declared_points, s.proven_points, s.recognised_points,
                          s.next_lapses, s.next_reviews) WITH ORDINALITY
                   AS other (p, d, v, r, lapse, review, n)
             WHERE n <> q.question
         ) o
         WHERE s.tenant_id = :tenant AND s.edition_id = :edition
    )
"""
_ONE = """
    UPDATE scorecard s
       SET declared[w.n] = COALESCE(1000 * w.declared / NULLIF(w.points, 0), -1),
           proven[w.n] = COALESCE(1000 * w.proven / NULLIF(w.points, 0), -1),
           recognised[w.n] = COALESCE(1000 * w.recognised / NULLIF(w.points, 0), -1),
           applicable[w.n] = w.applicable, unanswered[w.n] = w.unanswered,
           contested[w.n] = w.contested, lapsed[w.n] = w.lapsed,
           points[w.n] = w.points, declared_points[w.n] = w.declared,
           proven_points[w.n] = w.proven, recognised_points[w.n] = w.recognised,
           next_lapses[w.n] = w.next_lapse, next_reviews[w.n] = w.next_review,
           declared_total = COALESCE(div(1000 * w.all_declared, NULLIF(w.all_points, 0)), 0),
           proven_total = COALESCE(div(1000 * w.all_proven, NULLIF(w.all_points, 0)), 0),
           recognised_total = COALESCE(div(1000 * w.all_recognised, NULLIF(w.all_points, 0)), 0),
           applicable_total = s.applicable_total - s.applicable[w.n] + w.applicable,
           unanswered_total = s.unanswered_total - s.unanswered[w.n] + w.unanswered,
           contested_total = s.contested_total - s.contested[w.n] + w.contested,
           lapsed_total = s.lapsed_total - s.lapsed[w.n] + w.lapsed,
           next_lapse = w.first_lapse, next_review = w.first_review,
           updated_at = clock_timestamp()
      FROM whole w
     WHERE s.tenant_id = :tenant AND s.ctid = w.place
"""

COUNT = f"WITH {_QUESTION}, counted AS ({_WHOLE}), {past.KEPT}".replace("{counted}", "")
COUNT_ONE = f"WITH {_QUESTION}, {_OTHERS}, counted AS ({_ONE}), {past.KEPT}".replace(
    "{counted}", " AND t.requirement_code = ANY(CAST(:counted AS text[]))"
)
