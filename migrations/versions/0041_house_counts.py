"""The scores and the past that a house writes are those that its rows give.

Its view moves its scores and leaves a trace in the same transaction: so far PostgreSQL let it write
anything there, of its own place, and the service said what.
"""

from alembic import op

from tenants import rls

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_SAME_ROW = """t.tenant_id = new.tenant_id AND t.establishment_id = new.establishment_id
               AND t.edition_id = new.edition_id AND t.requirement_code = new.requirement_code"""
#: As ``portal.tracking.past`` keeps it.
_STATE = """jsonb_build_object(
    'applies', t.applies, 'status', t.status, 'origin', t.origin, 'offering', t.offering_id,
    'bearer', t.bearer, 'note', t.note, 'reviewed_on', t.reviewed_on, 'review_due', t.review_due,
    'proven', t.proven, 'proof_until', t.proof_until, 'verdict', t.verdict,
    'recognised', t.recognised, 'verdict_at', t.verdict_at, 'reason', t.verdict_reason)"""
_ARRAYS = (
    "declared", "proven", "recognised", "applicable", "unanswered", "contested", "lapsed",
    "points", "declared_points", "proven_points", "recognised_points", "next_lapses",
    "next_reviews",
)  # fmt: skip
_LENGTHS = " AND ".join(f"cardinality(new.{it}) = cardinality(old.{it})" for it in _ARRAYS)
_MOVED = " OR ".join(f"new.{it}[n] IS DISTINCT FROM old.{it}[n]" for it in _ARRAYS)
#: One question's figures, as ``portal.tracking.scores_sql`` counts them.  What is late depends on
#: the day, which PostgreSQL is not told: no more is late than may be.
_QUESTION = """
    SELECT question, sum(most) AS points, sum(worth) AS declared,
           COALESCE(sum(worth) FILTER (WHERE proven), 0) AS proven,
           COALESCE(sum(worth) FILTER (WHERE recognised), 0) AS recognised,
           count(*) FILTER (WHERE counts) AS applicable,
           count(*) FILTER (WHERE counts AND status = 'unknown') AS unanswered,
           count(*) FILTER (WHERE applies AND verdict = 'contested') AS contested,
           count(*) FILTER (WHERE worth > 0 AND NOT proven
                            AND COALESCE(proof_until, review_due) IS NOT NULL) AS lapsing,
           min(LEAST(proof_until, review_due)) FILTER (WHERE counts AND proven) AS next_lapse,
           array_agg(review_due) FILTER (WHERE worth > 0) AS reviews
      FROM (SELECT t.*, applies AND status <> 'not_applicable' AS counts,
                   CASE WHEN applies AND status <> 'not_applicable'
                        THEN 2 * weight ELSE 0 END AS most,
                   CASE WHEN NOT applies THEN 0
                        WHEN status IN ('implemented', 'alternative') THEN 2 * weight
                        WHEN status = 'partial' THEN weight
                        ELSE 0 END AS worth
              FROM public.tracked_requirement t
             WHERE t.tenant_id = new.tenant_id AND t.edition_id = new.edition_id
               AND t.establishment_id = new.establishment_id) one
     GROUP BY question
"""
_SHARE = "COALESCE(1000 * q.{0} / NULLIF(q.points, 0), -1)"
_AS_COUNTED = f"""
    new.points[n] = q.points AND new.declared_points[n] = q.declared
    AND new.proven_points[n] = q.proven AND new.recognised_points[n] = q.recognised
    AND new.declared[n] = {_SHARE.format("declared")}
    AND new.proven[n] = {_SHARE.format("proven")}
    AND new.recognised[n] = {_SHARE.format("recognised")}
    AND new.applicable[n] = q.applicable AND new.unanswered[n] = q.unanswered
    AND new.contested[n] = q.contested AND new.lapsed[n] BETWEEN 0 AND q.lapsing
    AND new.next_lapses[n] IS NOT DISTINCT FROM q.next_lapse
    AND (new.next_reviews[n] IS NULL OR new.next_reviews[n] = ANY(q.reviews))
"""
#: What the thirteen make together.
_ADDS_UP = """
    SELECT new.declared_total = COALESCE(div(1000 * sum(d), NULLIF(sum(p), 0)), 0)
       AND new.proven_total = COALESCE(div(1000 * sum(v), NULLIF(sum(p), 0)), 0)
       AND new.recognised_total = COALESCE(div(1000 * sum(r), NULLIF(sum(p), 0)), 0)
       AND new.applicable_total = sum(a) AND new.unanswered_total = sum(u)
       AND new.contested_total = sum(c) AND new.lapsed_total = sum(l)
       AND new.next_lapse IS NOT DISTINCT FROM min(first_lapse)
       AND new.next_review IS NOT DISTINCT FROM min(first_review)
      FROM unnest(new.points, new.declared_points, new.proven_points, new.recognised_points,
                  new.applicable, new.unanswered, new.contested, new.lapsed,
                  new.next_lapses, new.next_reviews)
           AS thirteen (p, d, v, r, a, u, c, l, first_lapse, first_review)
"""
#: Each question that it writes otherwise is as its rows give it.  Reading the row in the midst of
#: its change, a stable function finds it as it was before.
COUNTED = f"""
    CREATE FUNCTION house_counted(new scorecard) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
    DECLARE old scorecard;
    BEGIN
        SELECT * INTO old FROM public.scorecard s
         WHERE s.tenant_id = new.tenant_id AND s.establishment_id = new.establishment_id;
        IF to_jsonb(new) - 'updated_at' = to_jsonb(old) - 'updated_at' THEN
            RETURN TRUE;
        END IF;
        RETURN new.edition_id = old.edition_id AND {_LENGTHS} AND ({_ADDS_UP})
           AND NOT EXISTS (
               SELECT FROM generate_series(1, cardinality(new.declared)) n
                 LEFT JOIN ({_QUESTION}) q ON q.question = n
                WHERE ({_MOVED}) AND ({_AS_COUNTED}) IS NOT TRUE);
    END $$
"""  # noqa: S608 - constants only
#: What stands now, on a day no earlier than what is kept already.
KEPT = f"""
    CREATE FUNCTION house_kept(new tracked_past) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN EXISTS (SELECT FROM public.tracked_requirement t
                        WHERE {_SAME_ROW} AND t.question = new.question AND new.state = {_STATE})
           AND NOT EXISTS (SELECT FROM public.tracked_past t
                            WHERE {_SAME_ROW} AND t.since > new.since);
    END $$
"""  # noqa: S608 - constants only
#: The evening of a day is kept again under the same day, or left as it is.
KEPT_AGAIN = f"""
    CREATE FUNCTION house_kept_again(new tracked_past) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
    DECLARE old tracked_past;
    BEGIN
        SELECT * INTO old FROM public.tracked_past t WHERE {_SAME_ROW} AND t.since = new.since;
        RETURN old.since IS NOT NULL AND (to_jsonb(new) = to_jsonb(old) OR house_kept(new));
    END $$
"""  # noqa: S608 - constants only
FUNCTIONS = {
    "house_counted(scorecard)": COUNTED,
    "house_kept(tracked_past)": KEPT,
    "house_kept_again(tracked_past)": KEPT_AGAIN,
}


def upgrade() -> None:
    for function in FUNCTIONS.values():
        op.execute(function)
    rls.house_columns(op, "scorecard", "house_counted(scorecard)")
    # A card is begun with contracts.
    rls.provider_writes(op, "scorecard", only={"INSERT"})
    rls.house_columns(op, "tracked_past", "house_kept(tracked_past)", "INSERT", "house_keeps")
    rls.house_columns(op, "tracked_past", "house_kept_again(tracked_past)")


def downgrade() -> None:
    for policy in ("house_columns", "house_keeps"):
        op.execute(f"DROP POLICY {policy} ON tracked_past")
    for policy in ("provider_writes_insert", "house_columns"):
        op.execute(f"DROP POLICY {policy} ON scorecard")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
