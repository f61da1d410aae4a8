"""The secret address of a person's calendar."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("wide", sa.Boolean(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=True),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_calendar_feed_tenant_id_tenant")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_calendar_feed_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", name=op.f("uq_calendar_feed_tenant_id_user_id")
        ),
    )
    op.create_index("ix_calendar_feed_digest", "calendar_feed", ["tenant_id", "digest"])
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    rls.isolate(op, "calendar_feed")
    # An auditor's as any list's: her own row alone.
    rls.addressed_to(op, "calendar_feed")
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_feed TO "{app_role}"')


def downgrade() -> None:
    op.drop_table("calendar_feed")
