"""What stood on a day is no auditor's to write; where an audit was is hers while it lasts."""

from alembic import op

from tenants import rls

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TENANT = f"NULLIF(current_setting('{rls.TENANT}', true), '')::uuid"
_WHOLE = f"(SELECT NULLIF(current_setting('{rls.REACH}', true) = 'tenant', false)) IS NOT NULL"
_PLACES = "engagement_establishment"
_HERS = "establishment_id IN (SELECT own_places())"
_CONCERNED = f"""RETURN QUERY SELECT p.engagement_id FROM public.engagement_establishment p
             WHERE p.tenant_id = {_TENANT} AND p.establishment_id IN (SELECT own_places())"""  # noqa: S608 - constants only
_LASTING = f"RETURN QUERY SELECT g.id FROM public.engagement g WHERE g.tenant_id = {_TENANT}"  # noqa: S608 - constants only


def upgrade() -> None:
    for command, clause in (("INSERT", "WITH CHECK"), ("UPDATE", "USING")):
        op.execute(
            f"CREATE POLICY auditors_write_nothing_{command.lower()} ON tracked_past"
            f" AS RESTRICTIVE FOR {command} {clause} ({_WHOLE} OR NOT (SELECT auditing()))"
        )
    # Engagements and their places tell of one another, and each of these two functions answers
    # one side only: a policy never comes back to itself.
    _define("concerned_engagements", f"IF auditing() THEN RETURN; END IF; {_CONCERNED}")
    _define("lasting_engagements", f"IF NOT auditing() THEN RETURN; END IF; {_LASTING}")
    _narrow(f"engagement_id IN (SELECT lasting_engagements()) OR {_HERS}")


def _define(name: str, body: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS SETOF uuid LANGUAGE plpgsql STABLE"
        f" PARALLEL SAFE AS $$ BEGIN {body}; END $$"
    )


def _narrow(condition: str) -> None:
    op.execute(f"DROP POLICY establishment_scope ON {_PLACES}")
    rls.narrow(op, _PLACES, condition)


def downgrade() -> None:
    _narrow(f"engagement_id IN (SELECT own_engagements()) OR {_HERS}")
    op.execute("DROP FUNCTION lasting_engagements()")
    _define("concerned_engagements", _CONCERNED)
    for command in ("insert", "update"):
        op.execute(f"DROP POLICY auditors_write_nothing_{command} ON tracked_past")
