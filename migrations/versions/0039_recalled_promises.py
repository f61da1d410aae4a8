"""What was handed to a Valkey that forgot it is taken back at once, not when trust in it ends."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

RECALL = """
    CREATE FUNCTION outbox_recall(at timestamptz) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        WITH back AS (
            UPDATE outbox SET handed_until = NULL
             WHERE state = 'ready' AND handed_until >= at
            RETURNING 1
        )
        SELECT count(*) FROM back
    $$
"""


def upgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(RECALL)
    op.execute("REVOKE ALL ON FUNCTION outbox_recall FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION outbox_recall TO "{app_role}"')


def downgrade() -> None:
    op.execute("DROP FUNCTION outbox_recall")
