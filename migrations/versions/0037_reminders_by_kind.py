"""Each kind of reminder has rules of its own; what was told stays in a centre and can wait."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

ZONES = (
    "Europe/Paris", "America/Guadeloupe", "America/Martinique", "America/Cayenne",
    "Indian/Reunion", "Indian/Mayotte", "America/Miquelon", "Pacific/Noumea", "Pacific/Tahiti",
    "Pacific/Wallis",
)  # fmt: skip
FORMER_KINDS, FORMER_SUBJECTS = (
    ("proof", "review"),
    ("evidence", "statement_review", "requirement_review"),
)
KINDS = (*FORMER_KINDS, "action", "contest", "collection", "weekly")
SUBJECTS = (*FORMER_SUBJECTS, "action", "contest", "file_request", "collection_turn")
RUNGS = ("technician", "manager", "owner", "establishment")
LONGEST_GAP = 120
WRITES = ("insert", "update", "delete")
RULES = ("reminder_rule", "reminder_kind_rule")
#: What is told to establishments too has rules that they may read.
REACHES_SOMETHING = f"EXISTS {rls.LISTED}"
PERSONAL = ("reminder_clock", "reminder_snooze", "notice")
#: A role was told from a stage on, of both kinds; the first one is now step 30.
MOVE = """
    INSERT INTO reminder_kind_rule
           (tenant_id, id, kind, steps, technician, manager, owner, establishment)
    SELECT r.tenant_id, gen_random_uuid(), k.kind, ARRAY[30, 7, 0],
           30 - r.technician, 30 - r.manager, 30 - r.owner, 30 - r.establishment
      FROM reminder_rule r CROSS JOIN (VALUES ('proof'), ('review')) k (kind)
"""
MOVE_BACK = """
    UPDATE reminder_rule r
       SET technician = CASE WHEN k.technician IN (0, 23, 30) THEN 30 - k.technician END,
           manager = CASE WHEN k.manager IN (0, 23, 30) THEN 30 - k.manager END,
           owner = CASE WHEN k.owner IN (0, 23, 30) THEN 30 - k.owner END,
           establishment = CASE WHEN k.establishment IN (0, 23, 30) THEN 30 - k.establishment END
      FROM reminder_kind_rule k
     WHERE k.tenant_id = r.tenant_id AND k.kind = 'proof'
"""


def upgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    _widen("reminder", "subject", SUBJECTS)
    _widen("reminder_choice", "kind", KINDS)
    _make_rules()
    _make_personal_tables()
    _extend_mail()
    for table in ("reminder_kind_rule", *PERSONAL):
        rls.isolate(op, table)
        rls.audited(op, table, "FALSE")
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app_role}"')
    op.execute("DROP POLICY provider_only ON reminder_rule")
    for table in RULES:
        rls.narrow(op, table, REACHES_SOMETHING)
        rls.provider_writes(op, table)
    for table in PERSONAL:
        rls.addressed_to(op, table)


def _make_rules() -> None:
    _table(
        "reminder_kind_rule",
        sa.Column("kind", _words("kind", *KINDS), nullable=False),
        sa.Column("steps", sa.ARRAY(sa.Integer()), nullable=False),
        *(sa.Column(rung, sa.Integer(), nullable=True) for rung in RUNGS),
        *(
            sa.CheckConstraint(
                f"{rung} BETWEEN 0 AND {LONGEST_GAP}",
                name=op.f(f"ck_reminder_kind_rule_{rung}_gap"),
            )
            for rung in RUNGS
        ),
        unique=["kind"],
    )
    _across_tenants("reminder_rule", MOVE)
    for rung in RUNGS:
        op.drop_column("reminder_rule", rung)
    op.add_column("reminder_rule", sa.Column("weekly_on", sa.SmallInteger(), nullable=True))
    _across_tenants("reminder_rule", "UPDATE reminder_rule SET weekly_on = 0")
    op.create_check_constraint(
        op.f("ck_reminder_rule_weekly_on"), "reminder_rule", "weekly_on BETWEEN 0 AND 4"
    )


def _make_personal_tables() -> None:
    _table(
        "reminder_clock",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("zone", _words("zone", *ZONES), nullable=False),
        unique=["user_id"],
    )
    _table(
        "reminder_snooze",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("subject", _words("subject", *SUBJECTS), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        unique=["user_id", "subject", "subject_id"],
    )
    _table(
        "notice",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("subject", _words("subject", *SUBJECTS), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        unique=["user_id", "subject", "subject_id", "due_on"],
    )
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["tenant_id", "user_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )


def _extend_mail() -> None:
    op.add_column(
        "mail",
        sa.Column("day", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False),
    )
    op.add_column(
        "mail", sa.Column("weekly", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_mail_waiting", "mail", ["tenant_id", "day"], postgresql_where=sa.text("state = 'ready'")
    )
    op.create_index("ix_reminder_mail", "reminder", ["tenant_id", "mail_id"])


def _across_tenants(table: str, statement: str) -> None:
    """The owner of the tables is bound by their policies, which know of no tenant here."""
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(statement)
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _table(name: str, *columns: sa.Column | sa.CheckConstraint, unique: list[str]) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        *(
            sa.Column(
                when, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for when in ("created_at", "updated_at")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f(f"fk_{name}_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "tenant_id", *unique, name=op.f(f"uq_{name}_tenant_id_{'_'.join(unique)}")
        ),
    )


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _widen(table: str, column: str, words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({listed})")


def downgrade() -> None:
    op.drop_index("ix_reminder_mail", table_name="reminder")
    op.drop_index("ix_mail_waiting", table_name="mail")
    for column in ("weekly", "day"):
        op.drop_column("mail", column)
    for table in PERSONAL:
        op.drop_table(table)
    for policy in ("establishment_scope", *(f"provider_writes_{deed}" for deed in WRITES)):
        op.execute(f"DROP POLICY {policy} ON reminder_rule")
    rls.provider_only(op, "reminder_rule")
    for rung in RUNGS:
        op.add_column("reminder_rule", sa.Column(rung, sa.Integer(), nullable=True))
    op.execute("ALTER TABLE reminder_kind_rule NO FORCE ROW LEVEL SECURITY")
    _across_tenants("reminder_rule", MOVE_BACK)
    op.drop_table("reminder_kind_rule")
    op.drop_column("reminder_rule", "weekly_on")
    for rung in RUNGS:
        op.create_check_constraint(
            op.f(f"ck_reminder_rule_{rung}_stage"), "reminder_rule", f"{rung} IN (30, 7, 0)"
        )
    for table, column, former in (
        ("reminder", "subject", FORMER_SUBJECTS),
        ("reminder_choice", "kind", FORMER_KINDS),
    ):
        kept = ", ".join(f"'{word}'" for word in former)
        _across_tenants(table, f"DELETE FROM {table} WHERE {column} NOT IN ({kept})")  # noqa: S608 - ours
        _widen(table, column, former)
