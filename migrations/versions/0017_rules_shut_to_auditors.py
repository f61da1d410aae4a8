"""The rules of reminders are the provider's own affair: an auditor sees none of them."""

from alembic import op

from tenants import rls

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rls.audited(op, "reminder_rule", "FALSE")


def downgrade() -> None:
    op.execute("DROP POLICY engagement_scope ON reminder_rule")
