"""Whether what a person was told is still to be done, as PostgreSQL tells it for one notice.

It is asked on every page of everybody.  A function reads the tables of the subjects that are told
of, and no others, with plans it keeps; written out, nine tables were opened to find nothing.
"""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_AT_A_CLIENT = """
    JOIN public.establishment p ON p.tenant_id = {0}.tenant_id AND p.id = {0}.establishment_id
     AND p.stage = 'client' AND p.archived_at IS NULL
"""
_VALUED = "t.applies AND t.status IN ('implemented', 'alternative', 'partial')"
_REVIEW = f"""
    SELECT FROM public.tracked_requirement t {_AT_A_CLIENT.format("t")}
     WHERE t.tenant_id = told.tenant_id AND t.review_due = told.due_on
       AND t.requirement_code = ANY (told.codes) AND {_VALUED}
"""
#: A proof still holds something up while a requirement it serves has none that lasts longer.
_PROOF = f"""
    SELECT FROM public.evidence e
      JOIN public.evidence_link l ON l.tenant_id = e.tenant_id AND l.evidence_id = e.id
      JOIN public.tracked_requirement t
        ON t.tenant_id = l.tenant_id AND t.edition_id = l.edition_id
       AND t.requirement_code = l.requirement_code
       AND (t.establishment_id = l.establishment_id
            OR (l.establishment_id IS NULL AND t.origin = 'statement'
                AND (l.offering_id IS NULL OR l.offering_id = t.offering_id)))
      {_AT_A_CLIENT.format("t")}
     WHERE e.tenant_id = told.tenant_id AND e.id = told.subject_id
       AND e.valid_until = told.due_on AND t.proof_until = told.due_on
       AND e.withdrawn_at IS NULL AND e.state = 'ready' AND NOT e.proposed AND {_VALUED}
       AND NOT EXISTS (
           SELECT FROM public.evidence s
            WHERE s.tenant_id = e.tenant_id AND s.id = e.replaced_by
              AND s.withdrawn_at IS NULL AND s.state = 'ready')
"""  # noqa: S608 - constants only
_ACTION = f"""
    SELECT FROM public.action a {_AT_A_CLIENT.format("a")}
     WHERE a.tenant_id = told.tenant_id AND a.id = told.subject_id
       AND a.due_on = told.due_on AND a.state IN ('todo', 'doing')
"""
_CONTEST = f"""
    SELECT FROM public.contest c {_AT_A_CLIENT.format("c")}
     WHERE c.tenant_id = told.tenant_id AND c.id = told.subject_id AND c.closed_at IS NULL
       AND 'provider' IS DISTINCT FROM (
           SELECT m.side FROM public.contest_message m
            WHERE m.tenant_id = c.tenant_id AND m.contest_id = c.id
            ORDER BY m.written_at DESC, m.id DESC LIMIT 1)
"""  # noqa: S608 - constants only
#: Read as whoever asks: what she sees no more, she has nothing left to do about.
STANDS = f"""
    CREATE FUNCTION notice_stands(told notice) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
    BEGIN
        IF told.settled_on IS NOT NULL THEN
            RETURN FALSE;
        END IF;
        CASE told.subject
        WHEN 'evidence' THEN RETURN EXISTS ({_PROOF});
        WHEN 'statement_review' THEN RETURN EXISTS (
            {_REVIEW} AND t.offering_id = told.subject_id AND t.origin = 'statement');
        WHEN 'requirement_review' THEN RETURN EXISTS (
            {_REVIEW} AND t.establishment_id = told.subject_id AND t.origin = 'own');
        WHEN 'action' THEN RETURN EXISTS ({_ACTION});
        WHEN 'contest' THEN RETURN EXISTS ({_CONTEST});
        WHEN 'file_request' THEN RETURN EXISTS (
            SELECT FROM public.file_request f
             WHERE f.tenant_id = told.tenant_id AND f.id = told.subject_id
               AND f.due_on = told.due_on AND f.state = 'open');
        WHEN 'collection_turn' THEN RETURN EXISTS (
            SELECT FROM public.collection_turn c
             WHERE c.tenant_id = told.tenant_id AND c.collection_id = told.subject_id
               AND c.due_on = told.due_on AND c.state = 'open' AND c.file_request_id IS NULL);
        ELSE RETURN TRUE;
        END CASE;
    END $$
"""  # noqa: S608 - constants only


def upgrade() -> None:
    op.execute(STANDS)


def downgrade() -> None:
    op.execute("DROP FUNCTION notice_stands(notice)")
