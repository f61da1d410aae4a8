"""Proofs collected again and again: the collections, and each turn of them."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_SETS = "collection"
_TURNS = "collection_turn"
_CHECKS = {
    "one_level": "offering_id IS NULL OR establishment_id IS NULL",
    "some_months": "months BETWEEN 1 AND 60",
    "colleague_is_somebody": "(collector = 'colleague') = (person_id IS NOT NULL)",
    "supplier_is_named": "collector <> 'supplier' OR person_name <> ''",
    "from_a_place": "collector <> 'establishment' OR establishment_id IS NOT NULL",
    "house_for_itself": ("NOT house OR (establishment_id IS NOT NULL AND collector <> 'supplier')"),
}


def upgrade() -> None:
    _collection()
    _turn()
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    for table in (_SETS, _TURNS):
        rls.isolate(op, table)
        rls.narrow(op, table)
        rls.audited(op, table, "FALSE")
        op.execute(f'GRANT SELECT, INSERT, UPDATE ON {table} TO "{app_role}"')
    rls.provider_writes(op, _TURNS, only={"INSERT", "UPDATE"})
    _house_writes_its_own()


def _house_writes_its_own() -> None:
    """The people of a place set up and change what they collect for it, and nothing else."""
    whole = f"(SELECT current_setting('{rls.REACH}', true)) = 'tenant'"
    for command, clause in (("INSERT", "WITH CHECK"), ("UPDATE", "USING")):
        op.execute(
            f"CREATE POLICY house_writes_{command.lower()} ON {_SETS} AS RESTRICTIVE "
            f"FOR {command} {clause} ({whole} OR house)"
        )


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _collection() -> None:
    op.create_table(
        _SETS,
        *_keys(),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("requirement_code", sa.Text(), nullable=False),
        *(
            sa.Column(f"{to}_id", sa.Uuid(), nullable=True)
            for to in ("offering", "establishment", "evidence")
        ),
        sa.Column("months", sa.SmallInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column(
            "collector",
            _words("collector", "colleague", "establishment", "supplier"),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("to_email", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("house", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_by_name", sa.Text(), nullable=False),
        sa.Column("pace", _words("pace", "running", "paused", "stopped"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_times(),
        *_points(_SETS, "offering", "establishment", "evidence"),
        sa.ForeignKeyConstraint(
            ["edition_id", "requirement_code"],
            ["requirement.edition_id", "requirement.code"],
            name=op.f("fk_collection_edition_id_requirement_code_requirement"),
        ),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_collection_{name}"))
            for name, rule in _CHECKS.items()
        ),
    )
    op.create_index(
        "uq_collection_live",
        _SETS,
        ["tenant_id", "edition_id", "requirement_code", "offering_id", "establishment_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("pace <> 'stopped'"),
    )
    op.create_index("ix_collection_due", _SETS, ["tenant_id", "pace", "due_on"])


def _turn() -> None:
    op.create_table(
        _TURNS,
        *_keys(),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", _words("turnstate", "open", "done", "dropped"), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        *(
            sa.Column(f"{to}_id", sa.Uuid(), nullable=True)
            for to in ("establishment", "file_request", "evidence")
        ),
        *_times(),
        *_points(_TURNS, "collection", "establishment", "file_request", "evidence"),
        sa.CheckConstraint(
            "(state = 'open') = (closed_on IS NULL)",
            name=op.f("ck_collection_turn_closed_is_dated"),
        ),
        sa.CheckConstraint(
            "(state = 'done') = (evidence_id IS NOT NULL)",
            name=op.f("ck_collection_turn_done_by_a_proof"),
        ),
    )
    op.create_index(
        "uq_collection_turn_open",
        _TURNS,
        ["tenant_id", "collection_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_collection_turn_due", _TURNS, ["tenant_id", "state", "due_on"])


def _keys() -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in ("tenant_id", "id")]


def _times() -> list[sa.Column[object]]:
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def _points(table: str, *targets: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id_tenant")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{to}_id"],
                [f"{to}.tenant_id", f"{to}.id"],
                name=op.f(f"fk_{table}_tenant_id_{to}_id_{to}"),
            )
            for to in targets
        ),
    ]


def downgrade() -> None:
    op.drop_table(_TURNS)
    op.drop_table(_SETS)
