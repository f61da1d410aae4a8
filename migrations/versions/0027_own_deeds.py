"""Show people their own deeds that concern no establishment (GDPR, article 15)."""

from alembic import op

from tenants import rls

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_LISTED = f"establishment_id IN {rls.LISTED}"
_OWN = f"actor_id = (SELECT NULLIF(current_setting('{rls.USER}', true), '')::uuid)"


def upgrade() -> None:
    _narrow(f"{_LISTED} OR (establishment_id IS NULL AND {_OWN})")


def _narrow(condition: str) -> None:
    op.execute("DROP POLICY establishment_scope ON audit_event")
    rls.narrow(op, "audit_event", condition)


def downgrade() -> None:
    _narrow(_LISTED)
