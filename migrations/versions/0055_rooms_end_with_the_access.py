"""A room that an access opened ends with that access: invited again, an auditor has none of before.

Whoever comes back keeps the row of her former access.  So does who becomes something else here:
only an auditor's rooms are hers.
"""

import sqlalchemy as sa
from alembic import op

from tenants import rls

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_MINE = f"""
    SELECT a.engagement_id FROM public.engagement_auditor a JOIN public.membership m
        ON m.tenant_id = a.tenant_id AND m.id = a.membership_id
     WHERE m.tenant_id = NULLIF(current_setting('{rls.TENANT}', true), '')::uuid
       AND m.id = NULLIF(current_setting('{rls.MEMBERSHIP}', true), '')::uuid AND
           m.revoked_at IS NULL AND m.starts_at <= now()
       AND (m.ends_at IS NULL OR m.ends_at > now())
"""  # noqa: S608 -- ours
_SINCE_SHE_CAME = "m.role = 'auditor' AND a.named_at >= m.starts_at"
#: When she was named is when the room was opened: nobody is added to one.
_NAMED = """
    UPDATE engagement_auditor a SET named_at = g.created_at FROM engagement g
     WHERE g.tenant_id = a.tenant_id AND g.id = a.engagement_id
"""


def upgrade() -> None:
    op.add_column(
        "engagement_auditor",
        sa.Column(
            "named_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
    )
    # The owner of the tables is bound by their policies, which know of no tenant here.
    _force("NO FORCE")
    op.execute(_NAMED)
    _force("FORCE")
    _own_engagements(f"{_MINE} AND {_SINCE_SHE_CAME}")


def downgrade() -> None:
    _own_engagements(_MINE)
    op.drop_column("engagement_auditor", "named_at")


def _force(how: str) -> None:
    for table in ("engagement_auditor", "engagement"):
        op.execute(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")


def _own_engagements(query: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION own_engagements() RETURNS SETOF uuid LANGUAGE plpgsql STABLE"
        f" PARALLEL SAFE AS $$ BEGIN RETURN QUERY {query}; END $$"
    )
