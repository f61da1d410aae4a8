"""Reports of an audit are frozen together, then made one by one, each under a code to check it by.

What stands in a report is of one instant whatever the number of establishments; a worker that dies
loses the document it had in hand and no other.
"""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_TABLE = "audit_report"
_STATES = ("asked", "ready", "failed")
#: What its making writes, and nothing else of it.
_MADE = "state, trouble, retry_at, pdf_sha256, pdf_size, seal, updated_at"
_AUDITOR = ("conclusion", "words", "version", "found_by", "found_by_name", "updated_at")
_PROVIDER = ("provider_answer", "provider_by_name", "provider_at", "updated_at")
_PLACE = ("place_answer", "place_by_name", "place_at", "updated_at")
_WHOLE = f"current_setting('{rls.REACH}', true) = 'tenant'"


def upgrade() -> None:
    op.add_column("engagement", _at("close_failed_at"))
    op.add_column("audit_finding", _at("found_at"))
    _sides("found_at", *_AUDITOR)
    state = sa.Enum(
        *_STATES, name="reportstate", native_enum=False, create_constraint=True, length=32
    )
    op.add_column(_TABLE, sa.Column("state", state, nullable=False, server_default="ready"))
    op.alter_column(_TABLE, "state", server_default=None)
    for name in ("code", "trouble"):
        op.add_column(_TABLE, sa.Column(name, sa.Text(), nullable=True))
    op.add_column(_TABLE, _at("retry_at"))
    for name in ("pdf_sha256", "pdf_size"):
        op.alter_column(_TABLE, name, nullable=True)
    op.create_check_constraint(
        op.f("ck_audit_report_ready_is_whole"),
        _TABLE,
        "state <> 'ready' OR (pdf_sha256 IS NOT NULL AND pdf_size IS NOT NULL)",
    )
    rls.provider_writes(op, _TABLE, only={"UPDATE"})
    op.execute(
        f"CREATE POLICY made_for_good ON {_TABLE} AS RESTRICTIVE FOR UPDATE"
        " USING (state <> 'ready') WITH CHECK (true)"
    )
    op.execute(f'GRANT UPDATE ({_MADE}) ON {_TABLE} TO "{_app_role()}"')


def _at(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _app_role() -> str | None:
    return sa.make_url(current_app.config["SETTINGS"].database_url).username


def _sides(*auditor: str) -> None:
    """Of a conclusion each side writes its own part (as 0036 has it), an auditor also its day."""
    provider, place, own = (
        f"ARRAY[{', '.join(repr(name) for name in names)}]"
        for names in (_PROVIDER, _PLACE, auditor)
    )
    op.execute(f"""
        CREATE OR REPLACE FUNCTION own_side(new audit_finding) RETURNS boolean
        LANGUAGE plpgsql STABLE AS $$
        DECLARE old audit_finding;
                mine text[] := CASE WHEN {_WHOLE} THEN {provider} WHEN auditing() THEN {own}
                                    ELSE {place} END;
        BEGIN
            SELECT * INTO old FROM public.audit_finding a
             WHERE a.tenant_id = new.tenant_id AND a.id = new.id;
            RETURN to_jsonb(new) - mine = to_jsonb(old) - mine;
        END $$
    """)  # noqa: S608 - constants only


def downgrade() -> None:
    op.execute(f'REVOKE UPDATE ({_MADE}) ON {_TABLE} FROM "{_app_role()}"')
    op.execute(f"DROP POLICY made_for_good ON {_TABLE}")
    op.execute(f"DROP POLICY provider_writes_update ON {_TABLE}")
    op.drop_constraint(op.f("ck_audit_report_ready_is_whole"), _TABLE, type_="check")
    # What was never made was no report before.
    op.execute(f"ALTER TABLE {_TABLE} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"DELETE FROM {_TABLE} WHERE state <> 'ready'")  # noqa: S608 - ours
    op.execute(f"ALTER TABLE {_TABLE} FORCE ROW LEVEL SECURITY")
    for name in ("pdf_sha256", "pdf_size"):
        op.alter_column(_TABLE, name, nullable=False)
    for name in ("state", "code", "trouble", "retry_at"):
        op.drop_column(_TABLE, name)
    _sides(*_AUDITOR)
    op.drop_column("audit_finding", "found_at")
    op.drop_column("engagement", "close_failed_at")
