"""An establishment puts the next of its own proofs in the place of one: it wrote no such thing.

So far it could only deposit another beside it, and what the first had let lapse stayed open.
"""

from alembic import op

from tenants import rls

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_MINE = f"NULLIF(current_setting('{rls.USER}', true), '')::uuid"
#: To one of the same house that has just come in, from her who hands over; it has no successor, so
#: that no line closes on itself.  What has a successor that counts, or may come to, is not free.
HANDS_OVER = f"""
    CREATE FUNCTION house_hands_over(new evidence, old evidence) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN EXISTS (
            SELECT FROM public.evidence s
             WHERE s.tenant_id = old.tenant_id AND s.id = new.replaced_by
               AND s.establishment_id = old.establishment_id AND s.added_by = {_MINE}
               AND s.state = 'quarantine' AND s.withdrawn_at IS NULL
               AND s.replaced_by IS NULL AND s.id <> old.id)
           AND NOT EXISTS (
            SELECT FROM public.evidence s
             WHERE s.tenant_id = old.tenant_id AND s.id = old.replaced_by
               AND s.withdrawn_at IS NULL AND s.state <> 'rejected');
    END $$
"""  # noqa: S608 - constants only


def _little(may_change: str, besides: str) -> str:
    """What a house writes of its own proof, told of the row as it was before."""
    return f"""
    CREATE OR REPLACE FUNCTION house_changed_little(new evidence) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
    DECLARE old evidence;
    BEGIN
        SELECT * INTO old FROM public.evidence e
         WHERE e.tenant_id = new.tenant_id AND e.id = new.id;
        RETURN to_jsonb(new) - {may_change} = to_jsonb(old) - {may_change}
           AND (new.state = old.state
                OR old.state = 'held' AND new.state = 'ready' AND old.withdrawn_at IS NULL
                   AND old.added_by = {_MINE}){besides};
    END $$
"""  # noqa: S608 - constants only


_BEFORE = _little("ARRAY['withdrawn_at', 'version', 'updated_at', 'state']", "")
_NOW = _little(
    "ARRAY['withdrawn_at', 'version', 'updated_at', 'state', 'replaced_by']",
    """
           AND (new.replaced_by IS NOT DISTINCT FROM old.replaced_by
                OR house_hands_over(new, old))""",
)


def upgrade() -> None:
    op.execute(HANDS_OVER)
    op.execute(_NOW)


def downgrade() -> None:
    op.execute(_BEFORE)
    op.execute("DROP FUNCTION house_hands_over(evidence, evidence)")
