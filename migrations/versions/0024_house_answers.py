"""What an establishment answers itself to its own requirements."""

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLE = "house_answer"
STATUSES = ("unknown", "planned", "partial", "implemented", "alternative", "not_applicable")


def upgrade() -> None:
    op.add_column("tracked_requirement", sa.Column("house_by_name", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_tracked_requirement_house_word_is_own"),
        "tracked_requirement",
        "house_by_name IS NULL OR origin = 'own'",
    )
    op.create_table(
        TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("requirement_code", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(*STATUSES, name="status", native_enum=False, length=32, create_constraint=True),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("answered_by_name", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.Column(
                name,
                sa.DateTime(timezone=True),
                server_default=sa.text("now()"),
                nullable=False,
            )
            for name in ("created_at", "updated_at")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_house_answer_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["edition_id", "requirement_code"],
            ["requirement.edition_id", "requirement.code"],
            name=op.f("fk_house_answer_edition_id_requirement_code_requirement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_house_answer_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_house_answer")),
    )
    op.create_index(
        "ix_house_answer_place", TABLE, ["tenant_id", "establishment_id", "requirement_code"]
    )
    rls.isolate(op, TABLE)
    rls.narrow(op, TABLE)
    # An auditor reads what came of it, in the tracked requirement.
    rls.audited(op, TABLE, "FALSE")
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(f'GRANT SELECT, INSERT, UPDATE ON {TABLE} TO "{app_role}"')


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_constraint(op.f("ck_tracked_requirement_house_word_is_own"), "tracked_requirement")
    op.drop_column("tracked_requirement", "house_by_name")
