"""Scorecards, recomputed in the transaction that moved what they count.

For one question at one establishment, over the requirements that apply, not applicable ones left
out, by weight: declared = Σ weight·value / Σ weight; proven counts the proven ones only;
recognised the recognised ones only.  Value: implemented and alternative 1, partial ½, else 0.
Points are doubled to stay whole; every score is floored per mille of the same sum, so that
recognised ≤ proven ≤ declared holds exactly.  Contests count even on what is said not to apply:
saying so must not hide them.
"""

from datetime import date

from portal.tracking.effective import Area, run

_COUNT = """
    WITH row AS (
        SELECT t.establishment_id, t.question, t.proven, t.recognised, t.proof_until, t.review_due,
               t.applies AND t.status <> 'not_applicable' AS counts,
               t.applies AND t.verdict = 'contested' AS contested,
               t.status = 'unknown' AS unknown,
               CASE WHEN t.applies AND t.status <> 'not_applicable' THEN 2 * t.weight ELSE 0 END
                   AS most,
               CASE WHEN NOT t.applies THEN 0
                    WHEN t.status IN ('implemented', 'alternative') THEN 2 * t.weight
                    WHEN t.status = 'partial' THEN t.weight
                    ELSE 0 END AS points
          FROM tracked_requirement t
         WHERE {area}
        OFFSET 0 -- or each of these would be computed again in each sum below
    ),
    question AS (
        SELECT establishment_id, question,
               sum(most) AS whole,
               sum(points) AS declared,
               sum(CASE WHEN proven THEN points ELSE 0 END) AS proven,
               sum(CASE WHEN recognised THEN points ELSE 0 END) AS recognised,
               count(*) FILTER (WHERE counts) AS applicable,
               count(*) FILTER (WHERE counts AND unknown) AS unanswered,
               count(*) FILTER (WHERE contested) AS contested,
               count(*) FILTER (WHERE points > 0 AND NOT proven
                                AND (proof_until < :today OR review_due < :today)) AS lapsed,
               min(LEAST(proof_until, review_due)) FILTER (WHERE counts AND proven) AS next_lapse,
               min(review_due) FILTER (WHERE points > 0 AND review_due >= :today) AS next_review
          FROM row
         GROUP BY establishment_id, question
    )
    INSERT INTO scorecard AS s (
        tenant_id, establishment_id, edition_id, declared, proven, recognised,
        applicable, unanswered, contested, lapsed,
        declared_total, proven_total, recognised_total,
        applicable_total, unanswered_total, contested_total, lapsed_total,
        next_lapse, next_review, updated_at)
    SELECT :tenant, establishment_id, :edition,
           array_agg(COALESCE(1000 * declared / NULLIF(whole, 0), -1) ORDER BY question),
           array_agg(COALESCE(1000 * proven / NULLIF(whole, 0), -1) ORDER BY question),
           array_agg(COALESCE(1000 * recognised / NULLIF(whole, 0), -1) ORDER BY question),
           array_agg(applicable ORDER BY question), array_agg(unanswered ORDER BY question),
           array_agg(contested ORDER BY question), array_agg(lapsed ORDER BY question),
           COALESCE(div(1000 * sum(declared), NULLIF(sum(whole), 0)), 0),
           COALESCE(div(1000 * sum(proven), NULLIF(sum(whole), 0)), 0),
           COALESCE(div(1000 * sum(recognised), NULLIF(sum(whole), 0)), 0),
           sum(applicable), sum(unanswered), sum(contested), sum(lapsed),
           min(next_lapse), min(next_review), clock_timestamp()
      FROM question
     GROUP BY establishment_id
    ON CONFLICT (tenant_id, establishment_id) DO UPDATE SET
        edition_id = excluded.edition_id,
        declared = excluded.declared, proven = excluded.proven, recognised = excluded.recognised,
        applicable = excluded.applicable, unanswered = excluded.unanswered,
        contested = excluded.contested, lapsed = excluded.lapsed,
        declared_total = excluded.declared_total, proven_total = excluded.proven_total,
        recognised_total = excluded.recognised_total,
        applicable_total = excluded.applicable_total,
        unanswered_total = excluded.unanswered_total,
        contested_total = excluded.contested_total, lapsed_total = excluded.lapsed_total,
        next_lapse = excluded.next_lapse, next_review = excluded.next_review,
        updated_at = excluded.updated_at
"""


def count(area: Area, today: date) -> None:
    """Recompute the scorecards of the area's establishments; its codes do not matter here."""
    whole_questions = Area(area.edition_id, area.establishments)
    run(_COUNT, whole_questions, today)
