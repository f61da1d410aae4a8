"""When a third party told its time over a checkpoint of the public log."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


STAYS = """
    CREATE FUNCTION log_checkpoint_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a checkpoint keeps its time' USING ERRCODE = 'insufficient_privilege';
    END $$
"""
TRIGGER = """
    CREATE TRIGGER stays BEFORE UPDATE ON log_checkpoint
        FOR EACH ROW WHEN (OLD.token IS NOT NULL) EXECUTE FUNCTION log_checkpoint_stays()
"""


def upgrade() -> None:
    op.add_column("log_checkpoint", sa.Column("stamped_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("ck_log_checkpoint_stamped"),
        "log_checkpoint",
        "(token IS NULL) = (stamped_at IS NULL)",
    )
    op.execute(STAYS)
    op.execute(TRIGGER)
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(f'GRANT UPDATE (stamped_at) ON log_checkpoint TO "{app_role}"')


def downgrade() -> None:
    op.execute("DROP TRIGGER stays ON log_checkpoint")
    op.execute("DROP FUNCTION log_checkpoint_stays()")
    op.drop_column("log_checkpoint", "stamped_at")
