"""Of a tracked requirement an establishment writes its view, its own answers, and nothing else.

So far PostgreSQL let it write the whole row, and gate and service said which fields.
"""

from alembic import op

from tenants import rls

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_VIEW = """ARRAY['verdict', 'verdict_reason', 'verdict_by_name', 'verdict_at', 'recognised',
                 'version', 'updated_at']"""
_WORD = """ARRAY['status', 'origin', 'offering_id', 'note', 'house_by_name', 'reviewed_on',
                 'review_due', 'proof_until', 'proven']"""
_KEPT_ONCE = "ARRAY['made', 'undone_at', 'updated_at']"
_SAME_ROW = """t.tenant_id = new.tenant_id AND t.establishment_id = new.establishment_id
               AND t.edition_id = new.edition_id AND t.requirement_code = new.requirement_code"""
#: Her view is hers everywhere.  What is said is hers to say, under her name, where she bears the
#: requirement at least in part; taken back, it falls to what her provider says, word for word; and
#: an exception of her provider's comes back only as the answer that replaced it kept it.
#: Reading the row in the midst of its change, a stable function finds it as it was before.
PART = f"""
    CREATE FUNCTION house_wrote_its_part(new tracked_requirement) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
    DECLARE old tracked_requirement;
    BEGIN
        SELECT * INTO old FROM public.tracked_requirement t WHERE {_SAME_ROW};
        IF to_jsonb(new) - {_VIEW} - {_WORD} IS DISTINCT FROM to_jsonb(old) - {_VIEW} - {_WORD}
           OR new.recognised AND new.verdict <> 'recognised' THEN
            RETURN FALSE;
        END IF;
        IF to_jsonb(new) - {_VIEW} = to_jsonb(old) - {_VIEW} THEN
            RETURN TRUE;
        END IF;
        RETURN old.bearer <> 'provider' AND house_may_say(new, old)
           AND (NOT new.proven OR house_proves(new));
    END $$
"""  # noqa: S608 - constants only
SAY = """
    CREATE FUNCTION house_may_say(new tracked_requirement, old tracked_requirement)
    RETURNS boolean LANGUAGE plpgsql STABLE AS $$
    BEGIN
        IF new.house_by_name IS NOT NULL THEN
            RETURN new.origin = 'own';
        ELSIF new.origin = 'own' THEN
            RETURN EXISTS (
                SELECT FROM public.house_answer h
                 WHERE h.tenant_id = old.tenant_id AND h.establishment_id = old.establishment_id
                   AND h.edition_id = old.edition_id AND h.requirement_code = old.requirement_code
                   AND h.made = old.version AND h.undone_at IS NOT NULL
                   AND h.before = jsonb_build_object(
                       'status', new.status, 'origin', 'own', 'note', new.note,
                       'reviewed_on', new.reviewed_on, 'house', NULL));
        ELSIF old.origin = 'own' AND old.house_by_name IS NULL THEN
            RETURN FALSE;
        ELSIF new.origin = 'none' THEN
            RETURN new.status = 'unknown' AND new.note = '';
        END IF;
        RETURN new.note = '' AND EXISTS (
            SELECT FROM public.statement s
             WHERE s.tenant_id = old.tenant_id AND s.offering_id = new.offering_id
               AND s.edition_id = old.edition_id AND s.requirement_code = old.requirement_code
               AND s.status = new.status AND s.reviewed_on = new.reviewed_on);
    END $$
"""
PROVES = """
    CREATE FUNCTION house_proves(new tracked_requirement) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN EXISTS (
            SELECT FROM public.evidence_link l
              JOIN public.evidence e ON e.tenant_id = l.tenant_id AND e.id = l.evidence_id
             WHERE l.tenant_id = new.tenant_id AND l.edition_id = new.edition_id
               AND l.requirement_code = new.requirement_code
               AND (l.establishment_id IS NULL OR l.establishment_id = new.establishment_id)
               AND e.state = 'ready' AND e.withdrawn_at IS NULL
               AND e.valid_until >= new.proof_until);
    END $$
"""
#: What an answer says it replaces is what stands there as it is given.
KEEPS = f"""
    CREATE FUNCTION house_answer_keeps(new house_answer) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN new.made = 0 AND new.undone_at IS NULL AND EXISTS (
            SELECT FROM public.tracked_requirement t
             WHERE {_SAME_ROW} AND t.bearer <> 'provider'
               AND new.before = jsonb_build_object(
                   'status', t.status, 'origin', t.origin, 'note', t.note,
                   'reviewed_on', t.reviewed_on, 'house', t.house_by_name));
    END $$
"""
#: Afterwards it is numbered once, and undone once.
STAYS = f"""
    CREATE FUNCTION house_answer_stays(new house_answer) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
    DECLARE old house_answer;
    BEGIN
        SELECT * INTO old FROM public.house_answer h
         WHERE h.tenant_id = new.tenant_id AND h.id = new.id;
        RETURN to_jsonb(new) - {_KEPT_ONCE} = to_jsonb(old) - {_KEPT_ONCE}
           AND (new.made = old.made OR old.made = 0)
           AND (new.undone_at IS NOT DISTINCT FROM old.undone_at OR old.undone_at IS NULL);
    END $$
"""  # noqa: S608 - constants only
FUNCTIONS = {
    "house_may_say(tracked_requirement, tracked_requirement)": SAY,
    "house_proves(tracked_requirement)": PROVES,
    "house_wrote_its_part(tracked_requirement)": PART,
    "house_answer_keeps(house_answer)": KEEPS,
    "house_answer_stays(house_answer)": STAYS,
}


def upgrade() -> None:
    for function in FUNCTIONS.values():
        op.execute(function)
    rls.house_columns(op, "tracked_requirement", "house_wrote_its_part(tracked_requirement)")
    rls.house_columns(op, "house_answer", "house_answer_stays(house_answer)")
    rls.house_columns(
        op, "house_answer", "house_answer_keeps(house_answer)", "INSERT", "house_keeps"
    )
    # Files are opened, and go, with contracts.
    rls.provider_writes(op, "tracked_requirement", only={"INSERT", "DELETE"})
    rls.provider_writes(op, "scorecard", only={"DELETE"})


def downgrade() -> None:
    op.execute("DROP POLICY provider_writes_delete ON scorecard")
    for command in ("insert", "delete"):
        op.execute(f"DROP POLICY provider_writes_{command} ON tracked_requirement")
    op.execute("DROP POLICY house_columns ON tracked_requirement")
    for policy in ("house_keeps", "house_columns"):
        op.execute(f"DROP POLICY {policy} ON house_answer")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
