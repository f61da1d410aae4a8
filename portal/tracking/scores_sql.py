"""The statements behind ``scores``, before the conditions of their area are put in."""

#: ``OFFSET 0``, or each column of ``row`` would be computed again in each sum that reads it.
_QUESTION = """
    row AS (
        SELECT t.establishment_id, t.question, t.proven, t.recognised, t.proof_until, t.review_due,
               t.applies AND t.status <> 'not_applicable' AS counts,
               t.applies AND t.verdict = 'contested' AS contested,
               t.status = 'unknown' AS unknown,
               CASE WHEN t.applies AND t.status <> 'not_applicable' THEN 2 * t.weight ELSE 0 END
                   AS most,
               CASE WHEN NOT t.applies THEN 0
                    WHEN t.status IN ('implemented', 'alternative') THEN 2 * t.weight
                    WHEN t.status = 'partial' THEN t.weight
                    ELSE 0 END AS worth
          FROM tracked_requirement t
         WHERE {area}
        OFFSET 0
    ),
    question AS (
        SELECT establishment_id, question,
               sum(most) AS points,
               sum(worth) AS declared,
               sum(CASE WHEN proven THEN worth ELSE 0 END) AS proven,
               sum(CASE WHEN recognised THEN worth ELSE 0 END) AS recognised,
               count(*) FILTER (WHERE counts) AS applicable,
               count(*) FILTER (WHERE counts AND unknown) AS unanswered,
               count(*) FILTER (WHERE contested) AS contested,
               count(*) FILTER (WHERE worth > 0 AND NOT proven
                                AND (proof_until < :today OR review_due < :today)) AS lapsed,
               min(LEAST(proof_until, review_due)) FILTER (WHERE counts AND proven) AS next_lapse,
               min(review_due) FILTER (WHERE worth > 0 AND review_due >= :today) AS next_review
          FROM row
         GROUP BY establishment_id, question
    )
"""

COUNT = (
    f"WITH {_QUESTION}"  # noqa: S608 -- nothing but the text above
    """
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
)

#: One question's place in each array; the totals are its points and those of the twelve others.
COUNT_ONE = (
    f"WITH {_QUESTION},"  # noqa: S608 -- nothing but the text above
    """
    whole AS (
        SELECT s.ctid AS place, q.*,
               q.points + others.points AS all_points,
               q.declared + others.declared AS all_declared,
               q.proven + others.proven AS all_proven,
               q.recognised + others.recognised AS all_recognised,
               LEAST(q.next_lapse, others.next_lapse) AS first_lapse,
               LEAST(q.next_review, others.next_review) AS first_review
          FROM scorecard s
          JOIN question q ON q.establishment_id = s.establishment_id
         CROSS JOIN LATERAL (
            SELECT sum(o.points) AS points, sum(o.declared) AS declared, sum(o.proven) AS proven,
                   sum(o.recognised) AS recognised, min(o.next_lapse) AS next_lapse,
                   min(o.next_review) AS next_review
              FROM unnest(s.points, s.declared_points, s.proven_points, s.recognised_points,
                          s.next_lapses, s.next_reviews) WITH ORDINALITY
                   AS o (points, declared, proven, recognised, next_lapse, next_review, question)
             WHERE o.question <> q.question
         ) others
         WHERE s.tenant_id = :tenant AND s.edition_id = :edition
    )
    UPDATE scorecard s
       SET declared[w.question] = COALESCE(1000 * w.declared / NULLIF(w.points, 0), -1),
           proven[w.question] = COALESCE(1000 * w.proven / NULLIF(w.points, 0), -1),
           recognised[w.question] = COALESCE(1000 * w.recognised / NULLIF(w.points, 0), -1),
           applicable[w.question] = w.applicable, unanswered[w.question] = w.unanswered,
           contested[w.question] = w.contested, lapsed[w.question] = w.lapsed,
           points[w.question] = w.points, declared_points[w.question] = w.declared,
           proven_points[w.question] = w.proven, recognised_points[w.question] = w.recognised,
           next_lapses[w.question] = w.next_lapse, next_reviews[w.question] = w.next_review,
           declared_total = COALESCE(div(1000 * w.all_declared, NULLIF(w.all_points, 0)), 0),
           proven_total = COALESCE(div(1000 * w.all_proven, NULLIF(w.all_points, 0)), 0),
           recognised_total = COALESCE(div(1000 * w.all_recognised, NULLIF(w.all_points, 0)), 0),
           applicable_total = s.applicable_total - s.applicable[w.question] + w.applicable,
           unanswered_total = s.unanswered_total - s.unanswered[w.question] + w.unanswered,
           contested_total = s.contested_total - s.contested[w.question] + w.contested,
           lapsed_total = s.lapsed_total - s.lapsed[w.question] + w.lapsed,
           next_lapse = w.first_lapse, next_review = w.first_review,
           updated_at = clock_timestamp()
      FROM whole w
     WHERE s.tenant_id = :tenant AND s.ctid = w.place
"""
)
