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

CHANGING = ("judgement", "contest", "self_assessment", "self_answer")


def upgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    _judgements()
    _contests()
    _assessments()
    for table in (*CHANGING, "contest_message"):
        rls.isolate(op, table)
        rls.narrow(op, table)
    for table in CHANGING:
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app_role}"')
    # What was said in a contest stays as it was said.
    op.execute(f'GRANT SELECT, INSERT ON contest_message TO "{app_role}"')


def downgrade() -> None:
    for table in ("self_answer", "self_assessment", "contest_message", "contest", "judgement"):
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


def _assessments() -> None:
    op.create_table(
        "self_assessment",
        *_key(),
        _place(),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("opened_by_name", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by_name", sa.Text(), nullable=True),
        *_times(),
        *_tied("self_assessment"),
    )
    op.create_index(
        "ix_self_assessment_draft",
        "self_assessment",
        ["tenant_id", "establishment_id"],
        unique=True,
        postgresql_where=sa.text("submitted_at IS NULL"),
    )
    op.create_table(
        "self_answer",
        *_key(),
        _place(),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.SmallInteger(), nullable=False),
        sa.Column("answer", _words("answer", "level", "unknown", "not_applicable"), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answered_by_name", sa.Text(), nullable=False),
        *_times(),
        sa.CheckConstraint(
            "(answer = 'level') = (level IS NOT NULL)", name=op.f("ck_self_answer_a_level_has_one")
        ),
        sa.CheckConstraint("level BETWEEN 0 AND 4", name=op.f("ck_self_answer_level_on_the_scale")),
        sa.CheckConstraint(
            "answer <> 'not_applicable' OR note <> ''",
            name=op.f("ck_self_answer_a_reason_is_given"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "assessment_id"],
            ["self_assessment.tenant_id", "self_assessment.id"],
            name=op.f("fk_self_answer_tenant_id_assessment_id_self_assessment"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "assessment_id",
            "question",
            name=op.f("uq_self_answer_tenant_id_assessment_id_question"),
        ),
        *_tied("self_answer"),
    )


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
