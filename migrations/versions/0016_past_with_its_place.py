"""What was noted of an establishment's past goes with one that nothing else holds."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NAME = "fk_tracked_past_tenant_id_establishment_id_establishment"


def upgrade() -> None:
    _point(ondelete="CASCADE")


def downgrade() -> None:
    _point(ondelete=None)


def _point(*, ondelete: str | None) -> None:
    op.drop_constraint(op.f(NAME), "tracked_past", type_="foreignkey")
    op.create_foreign_key(
        op.f(NAME),
        "tracked_past",
        "establishment",
        ["tenant_id", "establishment_id"],
        ["tenant_id", "id"],
        ondelete=ondelete,
    )
