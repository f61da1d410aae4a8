"""In an audit each side writes its own part: PostgreSQL keeps it, not the gate alone.

An auditor asks, draws and concludes; a provider answers what is asked; it and the establishment
answer a conclusion, each in its place.
"""

from alembic import op

from tenants import rls

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_TABLES = ("audit_finding", "audit_request", "engagement_draw")
_PROVIDER = "ARRAY['provider_answer', 'provider_by_name', 'provider_at', 'updated_at']"
_PLACE = "ARRAY['place_answer', 'place_by_name', 'place_at', 'updated_at']"
_AUDITOR = "ARRAY['conclusion', 'words', 'version', 'found_by', 'found_by_name', 'updated_at']"
_ANSWER = "ARRAY['answer', 'evidence_id', 'answered_by_name', 'answered_at', 'updated_at']"
_CHOSEN = f"(SELECT NULLIF(current_setting('{rls.ENGAGEMENT}', true), '')::uuid)"
_NOTHING = "ARRAY['updated_at']"


_WHOLE = f"current_setting('{rls.REACH}', true) = 'tenant'"


def _sides(table: str, mine: str) -> str:
    """Whether what changed is of one's own side.

    Reading the row in the midst of its change, a stable function finds it as it was before.
    """
    return f"""
        CREATE FUNCTION own_side(new {table}) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        DECLARE old {table}; mine text[] := {mine};
        BEGIN
            SELECT * INTO old FROM public.{table} a
             WHERE a.tenant_id = new.tenant_id AND a.id = new.id;
            RETURN to_jsonb(new) - mine = to_jsonb(old) - mine;
        END $$
    """  # noqa: S608 - constants only


SIDES = {
    "audit_finding": (
        f"CASE WHEN {_WHOLE} THEN {_PROVIDER} WHEN auditing() THEN {_AUDITOR} ELSE {_PLACE} END"
    ),
    "audit_request": f"CASE WHEN {_WHOLE} THEN {_ANSWER} ELSE {_NOTHING} END",
}


def upgrade() -> None:
    for table, mine in SIDES.items():
        op.execute(_sides(table, mine))
        op.execute(
            f"CREATE POLICY own_side ON {table} AS RESTRICTIVE FOR UPDATE"
            f" WITH CHECK (own_side({table}))"
        )
    for table in _TABLES:
        op.execute(
            f"CREATE POLICY auditors_add ON {table} AS RESTRICTIVE FOR INSERT"
            f" WITH CHECK ((SELECT auditing()) AND engagement_id = {_CHOSEN})"
        )


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP POLICY auditors_add ON {table}")
    for table in SIDES:
        op.execute(f"DROP POLICY own_side ON {table}")
        op.execute(f"DROP FUNCTION own_side({table})")
