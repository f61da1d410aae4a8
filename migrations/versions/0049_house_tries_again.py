"""A house may have its brief tried again, one that fails or was given up; no more is its to say."""

from alembic import op

from tenants import rls

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_TABLE = "brief"
_TRIES = "ARRAY['state', 'trouble', 'retry_at', 'updated_at']"
#: Reading the row in the midst of its change, a stable function finds it as it was before.
AGAIN = f"""
    CREATE FUNCTION house_tries_again(new {_TABLE}) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
    DECLARE old {_TABLE};
    BEGIN
        SELECT * INTO old FROM public.{_TABLE} b
         WHERE b.tenant_id = new.tenant_id AND b.id = new.id;
        RETURN old.state <> 'ready' AND new.state = 'requested'
           AND new.trouble IS NULL AND new.retry_at IS NULL
           AND to_jsonb(new) - {_TRIES} = to_jsonb(old) - {_TRIES};
    END $$
"""  # noqa: S608 - constants only


def upgrade() -> None:
    op.execute(AGAIN)
    op.execute(f"DROP POLICY provider_writes_update ON {_TABLE}")
    rls.house_columns(op, _TABLE, f"house_tries_again({_TABLE})")


def downgrade() -> None:
    op.execute(f"DROP POLICY house_columns ON {_TABLE}")
    op.execute(f"DROP FUNCTION house_tries_again({_TABLE})")
    rls.provider_writes(op, _TABLE, only={"UPDATE"})
