"""Attestations are sealed, superseded, revoked, and logged in public."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NEW = (
    ("salt", sa.LargeBinary()),
    ("seal", sa.Text()),
    ("previous_id", sa.Uuid()),
    ("superseded_at", sa.DateTime(timezone=True)),
    ("superseded_by", sa.Uuid()),
    ("revoked_at", sa.DateTime(timezone=True)),
    ("revoked_by", sa.Uuid()),
    ("revoked_by_name", sa.Text()),
    ("revoked_reason", sa.Text()),
)
GRANTS = (
    # What is in the log stays as it is: a place is taken once, a checkpoint is signed once.
    "REVOKE ALL ON log_entry, log_node, log_checkpoint, trust_anchor FROM {app}",
    "GRANT SELECT, INSERT ON log_entry, log_node, log_checkpoint, trust_anchor TO {app}",
    "GRANT UPDATE (position) ON log_entry TO {app}",
    "GRANT UPDATE (token) ON log_checkpoint TO {app}",
    "GRANT UPDATE (superseded_at, revoked_at) ON issued_document TO {app}",
    "GRANT SELECT, INSERT ON log_head, attestation_approval TO {app}",
)
#: The register is nobody's and everybody reads it: only whoever sees the attestation itself may
#: say what became of it, and no more than the attestation says.
FOLLOWS = """
    CREATE FUNCTION issued_document_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT FROM public.attestation a
             WHERE a.code = NEW.code AND a.pdf_sha256 = NEW.pdf_sha256
               AND a.superseded_at IS NOT DISTINCT FROM NEW.superseded_at
               AND a.revoked_at IS NOT DISTINCT FROM NEW.revoked_at
        ) THEN
            RAISE EXCEPTION 'the register says what the attestation says'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END $$
"""
STAYS = """
    CREATE FUNCTION log_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'an entry keeps its place' USING ERRCODE = 'insufficient_privilege';
    END $$
"""
TRIGGERS = (
    """
    CREATE TRIGGER follows BEFORE UPDATE ON issued_document
        FOR EACH ROW EXECUTE FUNCTION issued_document_follows()
    """,
    """
    CREATE TRIGGER stays BEFORE UPDATE ON log_entry
        FOR EACH ROW WHEN (OLD.position IS NOT NULL) EXECUTE FUNCTION log_entry_stays()
    """,
)


def upgrade() -> None:
    for name, kind in NEW:
        op.add_column("attestation", sa.Column(name, kind, nullable=True))
    for name in ("superseded_at", "revoked_at"):
        op.add_column("issued_document", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    _log_tables()
    _tenant_tables()
    for table in ("log_head", "attestation_approval"):
        rls.isolate(op, table)
    rls.provider_only(op, "log_head")
    rls.narrow(op, "attestation_approval")
    op.execute(FOLLOWS)
    op.execute(STAYS)
    for trigger in TRIGGERS:
        op.execute(trigger)
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    for grant in GRANTS:
        op.execute(grant.format(app=f'"{app_role}"'))


def _log_tables() -> None:
    op.create_table(
        "log_entry",
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("octet_length(entry) = 32", name=op.f("ck_log_entry_opaque")),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_log_entry")),
        sa.UniqueConstraint("position", name=op.f("uq_log_entry_position")),
    )
    op.create_index(
        "ix_log_entry_waiting", "log_entry", ["at"], postgresql_where=sa.text("position IS NULL")
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_log_node")),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoint")),
    )
    op.create_table(
        "trust_anchor",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('log', 'seal')", name=op.f("ck_trust_anchor_kind")),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_trust_anchor")),
    )


def _record(table: str) -> list[sa.schema.SchemaItem]:
    """What ``tenants.scoping.Record`` has."""
    now = sa.text("now()")
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    ]


def _tenant_tables() -> None:
    op.create_table(
        "log_head",
        *_record("log_head"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("tenant_id", "position", name=op.f("uq_log_head_tenant_id_position")),
    )
    op.create_table(
        "attestation_approval",
        *_record("attestation_approval"),
        sa.Column("attestation_id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "attestation_id"],
            ["attestation.tenant_id", "attestation.id"],
            name=op.f("fk_attestation_approval_tenant_id_attestation_id_attestation"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_attestation_approval_tenant_id_establishment_id_establishment"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "attestation_id", name=op.f("uq_attestation_approval_tenant_id")
        ),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER follows ON issued_document")
    for table in (
        "attestation_approval", "log_head", "trust_anchor", "log_checkpoint", "log_node",
        "log_entry",
    ):  # fmt: skip
        op.drop_table(table)
    for function in ("issued_document_follows", "log_entry_stays"):
        op.execute(f"DROP FUNCTION {function}()")
    for name in ("superseded_at", "revoked_at"):
        op.drop_column("issued_document", name)
    for name, _ in reversed(NEW):
        op.drop_column("attestation", name)
