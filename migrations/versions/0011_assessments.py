"""What an establishment says of itself, and what is said about a contest."""

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    _judgements()
    _contests()
    for table in ("judgement", "contest", "contest_message"):
        rls.isolate(op, table)
        rls.narrow(op, table)
    for table in ("judgement", "contest"):
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app_role}"')
    # What was said in a contest stays as it was said.
    op.execute(f'GRANT SELECT, INSERT ON contest_message TO "{app_role}"')


def downgrade() -> None:
    for table in ("contest_message", "contest", "judgement"):
        op.drop_table(table)


def _judgements() -> None:
    op.create_table(
        "judgement",
        *_key(),
        _place(),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("question", sa.SmallInteger(), nullable=False),
        sa.Column("verdict", _words("verdict", "none", "recognised", "contested"), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        *_times(),
        *_tied("judgement"),
    )


def _contests() -> None:
    op.create_table(
        "contest",
        *_key(),
        _place(),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("question", sa.SmallInteger(), nullable=False),
        sa.Column("codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("said", JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_by_name", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", _words("outcome", "withdrawn", "changed"), nullable=True),
        *_times(),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_contest_closed_for_a_reason")
        ),
        *_tied("contest"),
    )
    op.create_index("ix_contest_place", "contest", ["tenant_id", "establishment_id"])
    op.create_index(
        "ix_contest_open", "contest", ["tenant_id"], postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_table(
        "contest_message",
        *_key(),
        _place(),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("side", _words("side", "provider", "establishment"), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        *_times(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contest_id"],
            ["contest.tenant_id", "contest.id"],
            name=op.f("fk_contest_message_tenant_id_contest_id_contest"),
        ),
        *_tied("contest_message"),
    )
    op.create_index("ix_contest_message_contest", "contest_message", ["tenant_id", "contest_id"])


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def _place() -> sa.Column[object]:
    return sa.Column("establishment_id", sa.Uuid(), nullable=False)


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32, create_constraint=True)


def _times() -> list[sa.Column[object]]:
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def _tied(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f(f"fk_{table}_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    ]
