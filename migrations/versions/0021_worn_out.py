"""What wore out of an account goes, whether or not its person comes back.

Row-level security shows these rows to their person alone.  To the owner of the tables it shows
those besides whose time is over, and the app may have them erased: it says how many and no more.
"""

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

#: As long as the page about privacy says (portal.accounts.forgetting says the same).
WORN_OUT = {
    "sign_in": (
        "revoked_at < now() - interval '90 days' OR expires_at < now() - interval '90 days'"
    ),
    "account_event": "at < now() - interval '365 days'",
    "comeback": "expires_at <= now()",
    "address_change": "changed_at <= now() - interval '7 days'",
}
#: By the clock of the database: nobody calls it with a date of tomorrow.
FORGET = """
    CREATE FUNCTION forget_worn_out(room int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    DECLARE gone int; total int := 0;
    BEGIN
        {deletes}
        RETURN total;
    END $$
"""
DELETE = """
        DELETE FROM {table} WHERE ctid = ANY (ARRAY(
            SELECT w.ctid FROM {table} w WHERE {condition} LIMIT room FOR UPDATE SKIP LOCKED));
        GET DIAGNOSTICS gone = ROW_COUNT;
        total := total + gone;
"""


def upgrade() -> None:
    for table, condition in WORN_OUT.items():
        op.execute(f"CREATE POLICY worn_out ON {table} TO CURRENT_USER USING ({condition})")
    deletes = "".join(
        DELETE.format(table=table, condition=condition) for table, condition in WORN_OUT.items()
    )
    op.execute(FORGET.format(deletes=deletes))
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute("REVOKE ALL ON FUNCTION forget_worn_out FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION forget_worn_out TO "{app_role}"')


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_worn_out")
    for table in WORN_OUT:
        op.execute(f"DROP POLICY worn_out ON {table}")
