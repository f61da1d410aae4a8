"""Records that came from another provider; archives that an establishment makes for itself."""

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

PRIOR, FILES, ARCHIVE = "prior_record", "prior_file", "record_archive"
STATES = ("checking", "examining", "previewed", "kept", "undone", "refused", "cancelled")
_PLACE = ("establishment_id", "establishment")


def upgrade() -> None:
    op.add_column(
        ARCHIVE, sa.Column("by_house", sa.Boolean(), nullable=False, server_default="false")
    )
    op.alter_column(ARCHIVE, "by_house", server_default=None)
    _asked_once("establishment_id", "by_house")
    _prior_record()
    _prior_file()
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    for table, written in ((PRIOR, {"INSERT", "UPDATE"}), (FILES, {"INSERT", "DELETE"})):
        rls.isolate(op, table)
        rls.provider_writes(op, table, only=written)
        rls.audited(op, table, "FALSE")
    # Until it is kept it is no part of the record, and the house reads the record.
    rls.narrow(op, PRIOR, f"state = 'kept' AND establishment_id IN {rls.LISTED}")
    rls.narrow(op, FILES)
    op.execute(f'GRANT SELECT, INSERT, UPDATE ON {PRIOR} TO "{app_role}"')
    op.execute(f'GRANT SELECT, INSERT, DELETE ON {FILES} TO "{app_role}"')


def _asked_once(*columns: str) -> None:
    op.drop_index("uq_record_archive_asked", ARCHIVE)
    op.create_index(
        "uq_record_archive_asked",
        ARCHIVE,
        ["tenant_id", *columns],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 'asked'"),
    )


def _prior_record() -> None:
    state = sa.Enum(
        *STATES, name="priorstate", native_enum=False, create_constraint=True, length=32
    )
    texts = ("file_name", "file_key", "provider_name", "manifest_sha256", "brought_by_name")
    op.create_table(
        PRIOR,
        *_keys(),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("brought_by", sa.Uuid(), nullable=False),
        *(sa.Column(name, JSONB(), nullable=False) for name in ("error_values", "counts", "plan")),
        *(
            sa.Column(name, sa.Text(), nullable=True)
            for name in ("error", "record", "kept_by_name", "undone_by_name")
        ),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in ("made_at", "kept_at", "undone_at")
        ),
        *_stamps(),
        sa.CheckConstraint(
            "state NOT IN ('previewed', 'kept') OR (record IS NOT NULL AND made_at IS NOT NULL)",
            name=op.f("ck_prior_record_read_before_kept"),
        ),
        sa.CheckConstraint(
            "state <> 'kept' OR kept_at IS NOT NULL", name=op.f("ck_prior_record_kept_is_dated")
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR error IS NOT NULL",
            name=op.f("ck_prior_record_refused_for_a_reason"),
        ),
        *_constraints(PRIOR, _PLACE),
    )
    op.create_index("ix_prior_record_establishment", PRIOR, ["tenant_id", "establishment_id"])
    op.create_index(
        "uq_prior_record_kept",
        PRIOR,
        ["tenant_id", "establishment_id", "manifest_sha256"],
        unique=True,
        postgresql_where=sa.text("state = 'kept'"),
    )


def _prior_file() -> None:
    texts = ("place", "name", "media_type", "file_key", "sha256")
    op.create_table(
        FILES,
        *_keys(),
        sa.Column("prior_id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("file_size", sa.Integer(), nullable=False),
        *_stamps(),
        sa.UniqueConstraint(
            "tenant_id", "prior_id", "place", name=op.f("uq_prior_file_tenant_id_prior_id_place")
        ),
        *_constraints(FILES, ("prior_id", PRIOR), _PLACE),
    )
    op.create_index("ix_prior_file_establishment", FILES, ["tenant_id", "establishment_id"])


def _keys() -> list[sa.Column]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in ("tenant_id", "id")]


def _stamps() -> list[sa.Column]:
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def _constraints(table: str, *points: tuple[str, str]) -> list[sa.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{to}.tenant_id", f"{to}.id"],
                name=op.f(f"fk_{table}_tenant_id_{column}_{to}"),
            )
            for column, to in points
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    op.drop_table(FILES)
    op.drop_table(PRIOR)
    _asked_once("establishment_id")
    op.drop_column(ARCHIVE, "by_house")
