"""The first tables of every slice, each locked in the same migration."""

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects import postgresql

from tenants import rls

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "attestation_batch", "audit_event", "bulk_act", "counter", "evidence", "import_run", "mail",
    "managing_body", "offering", "reminder", "establishment", "attestation", "contract",
    "evidence_link", "offering_requirement", "scorecard", "statement", "tracked_requirement",
    "contract_bearer", "import_change", "outbox",
)  # fmt: skip
#: Rows that belong to one establishment, by their ``establishment_id``.
ESTABLISHMENT_TABLES = (
    "attestation", "audit_event", "contract", "contract_bearer", "scorecard",
    "tracked_requirement",
)  # fmt: skip
#: Ids that a listed membership sees.  Each reads through the policies of its own table.
NAMED = {
    "listed_managing_bodies": "SELECT managing_body_id FROM public.establishment",
    "contracted_offerings": "SELECT offering_id FROM public.contract",
    "listed_offerings": "SELECT id FROM public.offering",
    "linked_evidence": "SELECT evidence_id FROM public.evidence_link",
}
#: What a listed membership sees of the other tables.
NARROWED = {
    "establishment": f"id IN {rls.LISTED}",
    "managing_body": "id IN (SELECT listed_managing_bodies())",
    "offering": "included OR id IN (SELECT contracted_offerings())",
    "offering_requirement": "offering_id IN (SELECT listed_offerings())",
    "statement": "offering_id IN (SELECT listed_offerings())",
    "evidence_link": (
        f"establishment_id IN {rls.LISTED} OR (establishment_id IS NULL AND "
        "(offering_id IS NULL OR offering_id IN (SELECT listed_offerings())))"
    ),
    "evidence": "visibility = 'clients' AND id IN (SELECT linked_evidence())",
}
PROVIDER_TABLES = ("attestation_batch", "bulk_act", "counter", "import_change", "import_run")
PROVIDER_WRITES = (
    "establishment", "managing_body", "offering", "offering_requirement", "statement",
    "contract", "contract_bearer", "evidence", "evidence_link", "attestation",
)  # fmt: skip
#: The one function that looks across tenants: the dispatcher's, and it tells no payload.
HAND = """
    CREATE FUNCTION outbox_hand(room int, per_tenant int, at timestamptz, until timestamptz)
    RETURNS TABLE (tenant_id uuid, id uuid, kind text, queue text)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        WITH open AS (
            SELECT o.tenant_id, o.id, o.run_at, o.queue,
                   COALESCE(o.handed_until >= at, FALSE)
                   OR (o.state = 'leased' AND o.lease_until >= at) AS in_hand
              FROM outbox o
             WHERE o.state = 'leased' OR (o.state = 'ready' AND o.run_at <= at)
        ),
        turn AS (
            SELECT open.*, row_number() OVER (
                       PARTITION BY open.tenant_id, open.queue
                       ORDER BY open.in_hand DESC, open.run_at, open.id) AS rank
              FROM open
        ),
        next AS (
            SELECT turn.tenant_id, turn.id FROM turn WHERE NOT in_hand AND rank <= per_tenant
             ORDER BY array_position(ARRAY['critical', 'default', 'bulk'], turn.queue::text),
                      rank, turn.run_at, turn.id
             LIMIT room
        )
        UPDATE outbox o SET handed_until = until
          FROM next WHERE o.tenant_id = next.tenant_id AND o.id = next.id
        RETURNING o.tenant_id, o.id, o.kind, o.queue::text
    $$
"""
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO :app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :app",
    "REVOKE INSERT, UPDATE, DELETE ON edition, question, requirement, alembic_version FROM :app",
    "REVOKE DELETE ON tenant, user_account, issued_document FROM :app",
    "REVOKE UPDATE, DELETE ON audit_event FROM :app",
    "REVOKE UPDATE ON issued_document FROM :app",
    "REVOKE ALL ON FUNCTION outbox_hand FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION outbox_hand TO :app",
)


def upgrade() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
    )
    op.create_table(
        "issued_document",
        sa.Column("pdf_sha256", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("provider_name", sa.Text(), nullable=False),
        sa.Column("establishment_name", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "issued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("pdf_sha256", name=op.f("pk_issued_document")),
        sa.UniqueConstraint("code", name=op.f("uq_issued_document_code")),
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("siren", sa.Text(), nullable=True),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("swept_on", sa.Date(), nullable=True),
        sa.Column("swept_until", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "attestation_batch",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_by_name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_attestation_batch_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_attestation_batch")),
    )
    op.create_table(
        "audit_event",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=True),
        sa.Column("requirement_code", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_audit_event_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_event")),
    )
    op.create_index(
        "ix_audit_event_establishment",
        "audit_event",
        ["tenant_id", "establishment_id", "at"],
        unique=False,
    )
    op.create_index(
        "ix_audit_event_subject", "audit_event", ["tenant_id", "subject_id", "at"], unique=False
    )
    op.create_table(
        "bulk_act",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_bulk_act_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bulk_act")),
    )
    op.create_index("ix_bulk_act_recent", "bulk_act", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "counter",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_counter_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "series", "year", name=op.f("pk_counter")),
    )
    op.create_table(
        "evidence",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "file",
                "link",
                "note",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "visibility",
            sa.Enum(
                "provider",
                "clients",
                name="visibility",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("covers_from", sa.Date(), nullable=True),
        sa.Column("covers_until", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_size", sa.Integer(), nullable=True),
        sa.Column("file_type", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(kind = 'file') = (file_key IS NOT NULL) AND (kind = 'link') = (url IS NOT NULL)",
            name=op.f("ck_evidence_content"),
        ),
        sa.CheckConstraint(
            "covers_until IS NULL OR covers_until >= covers_from", name=op.f("ck_evidence_period")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_evidence_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_validity", "evidence", ["tenant_id", "valid_until"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "uploaded",
                "previewing",
                "previewed",
                "applying",
                "applied",
                "undoing",
                "undone",
                "refused",
                "cancelled",
                name="importstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "whole_file",
                "listed",
                name="importmode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_size", sa.Integer(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("file_format", sa.Text(), nullable=False),
        sa.Column("finess_list", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sample", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("report_key", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_by_name", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_name", sa.Text(), nullable=True),
        sa.Column("undone", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_import_run_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_run")),
    )
    op.create_index(
        "ix_import_run_applying",
        "import_run",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('applying', 'undoing')"),
    )
    op.create_index("ix_import_run_recent", "import_run", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "mail",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ready",
                "sent",
                "unknown",
                name="mailstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_mail_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail")),
        sa.UniqueConstraint("tenant_id", "message_id", name=op.f("uq_mail_tenant_id_message_id")),
    )
    op.create_index("ix_mail_recent", "mail", ["tenant_id", "user_id", "created_at"], unique=False)
    op.create_table(
        "managing_body",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finess", sa.Text(), nullable=True),
        sa.Column("siren", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_managing_body_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_managing_body")),
        sa.UniqueConstraint("tenant_id", "finess", name=op.f("uq_managing_body_tenant_id_finess")),
    )
    op.create_table(
        "membership",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "manager",
                "technician",
                "billing",
                "director",
                "member",
                "auditor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("job_title", sa.Text(), nullable=False),
        sa.Column("whole_tenant", sa.Boolean(), nullable=False),
        sa.Column(
            "starts_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_membership_tenant_id_tenant")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_membership")),
        sa.UniqueConstraint("tenant_id", "user_id", name=op.f("uq_membership_tenant_id_user_id")),
    )
    op.create_index("ix_membership_user_id", "membership", ["user_id"], unique=False)
    op.create_table(
        "offering",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("included", sa.Boolean(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_offering_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_offering")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_offering_tenant_id_code")),
    )
    op.create_table(
        "outbox",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "queue",
            sa.Enum(
                "critical",
                "default",
                "bulk",
                name="queue",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("dedup_key", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ready",
                "leased",
                "done",
                "dead",
                name="outboxstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("handed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_outbox_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "tenant_id", "kind", "dedup_key", name=op.f("uq_outbox_tenant_id_kind_dedup_key")
        ),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["tenant_id", "run_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('ready', 'leased')"),
    )
    op.create_table(
        "question",
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("short", sa.Text(), nullable=False),
        sa.Column("title_confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_question_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("edition_id", "number", name=op.f("pk_question")),
    )
    op.create_table(
        "reminder",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum(
                "evidence",
                "statement_review",
                "requirement_review",
                name="subject",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_code", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "tenant_id",
            "user_id",
            "subject",
            "subject_id",
            "requirement_code",
            "due_on",
            "stage",
            name=op.f(
                "uq_reminder_tenant_id_user_id_subject_subject_id_requirement_code_due_on_stage"
            ),
        ),
    )
    op.create_table(
        "establishment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("managing_body_id", sa.Uuid(), nullable=True),
        sa.Column("finess", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("long_name", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("category_label", sa.Text(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("departement", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("source_updated_on", sa.Date(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "prospect",
                "client",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "tier",
            sa.Enum(
                "baseline",
                "reinforced",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("conditions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column(
            "name_key",
            sa.Text(),
            sa.Computed(
                "lower(translate(replace(replace(name, 'œ', 'oe'), 'Œ', 'Oe'),"
                " 'ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸàâäçéèêëîïôöùûüÿ-’''',"
                " 'AAACEEEEIIOOUUUYaaaceeeeiioouuuy   '))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "city_key",
            sa.Text(),
            sa.Computed(
                "lower(translate(replace(replace(city, 'œ', 'oe'), 'Œ', 'Oe'),"
                " 'ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸàâäçéèêëîïôöùûüÿ-’''',"
                " 'AAACEEEEIIOOUUUYaaaceeeeiioouuuy   '))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "managing_body_id"],
            ["managing_body.tenant_id", "managing_body.id"],
            name=op.f("fk_establishment_tenant_id_managing_body_id_managing_body"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_establishment_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_establishment")),
        sa.UniqueConstraint("tenant_id", "finess", name=op.f("uq_establishment_tenant_id_finess")),
    )
    op.create_index(
        "ix_establishment_managing_body",
        "establishment",
        ["tenant_id", "managing_body_id"],
        unique=False,
    )
    op.create_index(
        "ix_establishment_name", "establishment", ["tenant_id", "archived_at", "name"], unique=False
    )
    op.create_table(
        "requirement",
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("question", sa.SmallInteger(), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("bearer", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("review_months", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id", "question"],
            ["question.edition_id", "question.number"],
            name=op.f("fk_requirement_edition_id_question_question"),
        ),
        sa.PrimaryKeyConstraint("edition_id", "code", name=op.f("pk_requirement")),
    )
    op.create_table(
        "attestation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "ready",
                "failed",
                name="attestationstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_by_name", sa.Text(), nullable=False),
        sa.Column("declared_total", sa.Integer(), nullable=False),
        sa.Column("proven_total", sa.Integer(), nullable=False),
        sa.Column("recognised_total", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("snapshot_sha256", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("pdf_key", sa.Text(), nullable=True),
        sa.Column("pdf_size", sa.Integer(), nullable=True),
        sa.Column("pdf_sha256", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state <> 'ready' OR pdf_sha256 IS NOT NULL", name=op.f("ck_attestation_ready_has_pdf")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "batch_id"],
            ["attestation_batch.tenant_id", "attestation_batch.id"],
            name=op.f("fk_attestation_tenant_id_batch_id_attestation_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_attestation_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_attestation_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_attestation")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_attestation_tenant_id_number")),
    )
    op.create_index("ix_attestation_batch", "attestation", ["tenant_id", "batch_id"], unique=False)
    op.create_index(
        "ix_attestation_establishment",
        "attestation",
        ["tenant_id", "establishment_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "contract",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_contract_dates")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_contract_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "offering_id"],
            ["offering.tenant_id", "offering.id"],
            name=op.f("fk_contract_tenant_id_offering_id_offering"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_contract_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract")),
        sa.UniqueConstraint(
            "tenant_id",
            "establishment_id",
            "offering_id",
            "starts_on",
            name=op.f("uq_contract_tenant_id_establishment_id_offering_id_starts_on"),
        ),
    )
    op.create_index(
        "ix_contract_offering",
        "contract",
        ["tenant_id", "offering_id", "establishment_id"],
        unique=False,
    )
    op.create_table(
        "evidence_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("requirement_code", sa.Text(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=True),
        sa.Column("establishment_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "offering_id IS NULL OR establishment_id IS NULL",
            name=op.f("ck_evidence_link_one_level"),
        ),
        sa.ForeignKeyConstraint(
            ["edition_id", "requirement_code"],
            ["requirement.edition_id", "requirement.code"],
            name=op.f("fk_evidence_link_edition_id_requirement_code_requirement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_evidence_link_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "evidence_id"],
            ["evidence.tenant_id", "evidence.id"],
            name=op.f("fk_evidence_link_tenant_id_evidence_id_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "offering_id"],
            ["offering.tenant_id", "offering.id"],
            name=op.f("fk_evidence_link_tenant_id_offering_id_offering"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_evidence_link_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evidence_link")),
    )
    op.create_index(
        "ix_evidence_link_establishment",
        "evidence_link",
        ["tenant_id", "establishment_id"],
        unique=False,
    )
    op.create_index(
        "ix_evidence_link_requirement",
        "evidence_link",
        ["tenant_id", "edition_id", "requirement_code"],
        unique=False,
    )
    op.create_index(
        "uq_evidence_link_target",
        "evidence_link",
        [
            "tenant_id",
            "evidence_id",
            "edition_id",
            "requirement_code",
            "offering_id",
            "establishment_id",
        ],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "membership_establishment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_membership_establishment_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["membership.tenant_id", "membership.id"],
            name=op.f("fk_membership_establishment_tenant_id_membership_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_membership_establishment_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "membership_id",
            "establishment_id",
            name=op.f("pk_membership_establishment"),
        ),
    )
    op.create_index(
        "ix_membership_establishment_establishment",
        "membership_establishment",
        ["tenant_id", "establishment_id"],
        unique=False,
    )
    op.create_table(
        "offering_requirement",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("requirement_code", sa.Text(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "carries",
                "supports",
                name="part",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "bearer",
            sa.Enum(
                "provider",
                "shared",
                "establishment",
                name="bearer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("remains", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id", "requirement_code"],
            ["requirement.edition_id", "requirement.code"],
            name=op.f("fk_offering_requirement_edition_id_requirement_code_requirement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "offering_id"],
            ["offering.tenant_id", "offering.id"],
            name=op.f("fk_offering_requirement_tenant_id_offering_id_offering"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_offering_requirement_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "offering_id",
            "edition_id",
            "requirement_code",
            name=op.f("pk_offering_requirement"),
        ),
    )
    op.create_index(
        "ix_offering_requirement_code",
        "offering_requirement",
        ["tenant_id", "edition_id", "requirement_code"],
        unique=False,
    )
    op.create_table(
        "scorecard",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("declared", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("proven", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("recognised", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("applicable", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("unanswered", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("contested", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("lapsed", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("points", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("declared_points", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("proven_points", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("recognised_points", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("next_lapses", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("next_reviews", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("declared_total", sa.SmallInteger(), nullable=False),
        sa.Column("proven_total", sa.SmallInteger(), nullable=False),
        sa.Column("recognised_total", sa.SmallInteger(), nullable=False),
        sa.Column("applicable_total", sa.SmallInteger(), nullable=False),
        sa.Column("unanswered_total", sa.SmallInteger(), nullable=False),
        sa.Column("contested_total", sa.SmallInteger(), nullable=False),
        sa.Column("lapsed_total", sa.SmallInteger(), nullable=False),
        sa.Column("next_lapse", sa.Date(), nullable=True),
        sa.Column("next_review", sa.Date(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "proven_total <= declared_total", name=op.f("ck_scorecard_proven_is_declared")
        ),
        sa.CheckConstraint(
            "recognised_total <= proven_total", name=op.f("ck_scorecard_recognised_is_proven")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_scorecard_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_scorecard_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "establishment_id", name=op.f("pk_scorecard")),
    )
    op.create_table(
        "statement",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("requirement_code", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "unknown",
                "planned",
                "partial",
                "implemented",
                "alternative",
                "not_applicable",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("changed_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["edition_id", "requirement_code"],
            ["requirement.edition_id", "requirement.code"],
            name=op.f("fk_statement_edition_id_requirement_code_requirement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "offering_id"],
            ["offering.tenant_id", "offering.id"],
            name=op.f("fk_statement_tenant_id_offering_id_offering"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_statement_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_statement")),
        sa.UniqueConstraint(
            "tenant_id",
            "offering_id",
            "edition_id",
            "requirement_code",
            name=op.f("uq_statement_tenant_id_offering_id_edition_id_requirement_code"),
        ),
    )
    op.create_index(
        "ix_statement_requirement",
        "statement",
        ["tenant_id", "edition_id", "requirement_code"],
        unique=False,
    )
    op.create_table(
        "tracked_requirement",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("requirement_code", sa.Text(), nullable=False),
        sa.Column("question", sa.SmallInteger(), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("applies", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "unknown",
                "planned",
                "partial",
                "implemented",
                "alternative",
                "not_applicable",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum(
                "none",
                "statement",
                "own",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("offering_id", sa.Uuid(), nullable=True),
        sa.Column(
            "bearer",
            sa.Enum(
                "provider",
                "shared",
                "establishment",
                name="bearer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("review_due", sa.Date(), nullable=True),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("proof_until", sa.Date(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "none",
                "recognised",
                "contested",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("recognised", sa.Boolean(), nullable=False),
        sa.Column("verdict_by_name", sa.Text(), nullable=True),
        sa.Column("verdict_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "NOT recognised OR proven", name=op.f("ck_tracked_requirement_recognised_is_proven")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id", "requirement_code"],
            ["requirement.edition_id", "requirement.code"],
            name=op.f("fk_tracked_requirement_edition_id_requirement_code_requirement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_tracked_requirement_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "offering_id"],
            ["offering.tenant_id", "offering.id"],
            name=op.f("fk_tracked_requirement_tenant_id_offering_id_offering"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_tracked_requirement_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "establishment_id",
            "edition_id",
            "requirement_code",
            name=op.f("pk_tracked_requirement"),
        ),
    )
    op.create_index(
        "ix_tracked_requirement_code",
        "tracked_requirement",
        ["tenant_id", "edition_id", "requirement_code"],
        unique=False,
    )
    op.create_index(
        "ix_tracked_requirement_lapse",
        "tracked_requirement",
        ["tenant_id", "proof_until"],
        unique=False,
        postgresql_where=sa.text("proven"),
    )
    op.create_table(
        "contract_bearer",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("requirement_code", sa.Text(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "bearer",
            sa.Enum(
                "provider",
                "shared",
                "establishment",
                name="bearer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id", "requirement_code"],
            ["requirement.edition_id", "requirement.code"],
            name=op.f("fk_contract_bearer_edition_id_requirement_code_requirement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_contract_bearer_tenant_id_contract_id_contract"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_contract_bearer_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_contract_bearer_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "contract_id",
            "edition_id",
            "requirement_code",
            name=op.f("pk_contract_bearer"),
        ),
    )
    op.create_index(
        "ix_contract_bearer_establishment",
        "contract_bearer",
        ["tenant_id", "establishment_id"],
        unique=False,
    )
    op.create_table(
        "import_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column(
            "fate",
            sa.Enum(
                "created",
                "updated",
                "unchanged",
                "closed",
                "ignored",
                "not_found",
                "missing",
                "refused",
                name="fate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_import_change_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["import_run.tenant_id", "import_run.id"],
            name=op.f("fk_import_change_tenant_id_run_id_import_run"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_import_change_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "establishment_id", "run_id", name=op.f("pk_import_change")
        ),
    )
    _lock()


def _lock() -> None:
    for table in TENANT_TABLES:
        rls.isolate(op, table)
    rls.guard_memberships(op)
    _narrow()
    for table in PROVIDER_TABLES:
        rls.provider_only(op, table)
    for table in PROVIDER_WRITES:
        rls.provider_writes(op, table)
    for table in ("mail", "reminder"):
        rls.addressed_to(op, table)
    op.execute("CREATE POLICY dispatch ON outbox TO CURRENT_USER USING (true) WITH CHECK (true)")
    op.execute(HAND)
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    rls.promised(op, "outbox", app_role)
    for statement in GRANTS:
        op.execute(statement.replace(":app", f'"{app_role}"'))


def _narrow() -> None:
    for function, query in NAMED.items():
        rls.name_ids(op, function, query)
    for table in ESTABLISHMENT_TABLES:
        rls.narrow(op, table)
    for table, condition in NARROWED.items():
        rls.narrow(op, table, condition)


def downgrade() -> None:
    op.execute("DROP FUNCTION outbox_hand")
    # Policies look into other tables: they go first, whatever the order of the drops below.
    op.execute("""
        DO $$ DECLARE p record; BEGIN
            FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public' LOOP
                EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename);
            END LOOP;
        END $$""")
    for function in ("listed_establishments", *NAMED):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("import_change")
    op.drop_index("ix_contract_bearer_establishment", table_name="contract_bearer")
    op.drop_table("contract_bearer")
    op.drop_index(
        "ix_tracked_requirement_lapse",
        table_name="tracked_requirement",
        postgresql_where=sa.text("proven"),
    )
    op.drop_index("ix_tracked_requirement_code", table_name="tracked_requirement")
    op.drop_table("tracked_requirement")
    op.drop_index("ix_statement_requirement", table_name="statement")
    op.drop_table("statement")
    op.drop_table("scorecard")
    op.drop_index("ix_offering_requirement_code", table_name="offering_requirement")
    op.drop_table("offering_requirement")
    op.drop_index(
        "ix_membership_establishment_establishment", table_name="membership_establishment"
    )
    op.drop_table("membership_establishment")
    op.drop_index(
        "uq_evidence_link_target", table_name="evidence_link", postgresql_nulls_not_distinct=True
    )
    op.drop_index("ix_evidence_link_requirement", table_name="evidence_link")
    op.drop_index("ix_evidence_link_establishment", table_name="evidence_link")
    op.drop_table("evidence_link")
    op.drop_index("ix_contract_offering", table_name="contract")
    op.drop_table("contract")
    op.drop_index("ix_attestation_establishment", table_name="attestation")
    op.drop_index("ix_attestation_batch", table_name="attestation")
    op.drop_table("attestation")
    op.drop_table("requirement")
    op.drop_index("ix_establishment_name", table_name="establishment")
    op.drop_index("ix_establishment_managing_body", table_name="establishment")
    op.drop_table("establishment")
    op.drop_table("reminder")
    op.drop_table("question")
    op.drop_index(
        "ix_outbox_open",
        table_name="outbox",
        postgresql_where=sa.text("state IN ('ready', 'leased')"),
    )
    op.drop_table("outbox")
    op.drop_table("offering")
    op.drop_index("ix_membership_user_id", table_name="membership")
    op.drop_table("membership")
    op.drop_table("managing_body")
    op.drop_index("ix_mail_recent", table_name="mail")
    op.drop_table("mail")
    op.drop_index("ix_import_run_recent", table_name="import_run")
    op.drop_index(
        "ix_import_run_applying",
        table_name="import_run",
        postgresql_where=sa.text("state IN ('applying', 'undoing')"),
    )
    op.drop_table("import_run")
    op.drop_index("ix_evidence_validity", table_name="evidence")
    op.drop_table("evidence")
    op.drop_table("counter")
    op.drop_index("ix_bulk_act_recent", table_name="bulk_act")
    op.drop_table("bulk_act")
    op.drop_index("ix_audit_event_subject", table_name="audit_event")
    op.drop_index("ix_audit_event_establishment", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("attestation_batch")
    op.drop_table("user_account")
    op.drop_table("tenant")
    op.drop_table("issued_document")
    op.drop_table("edition")
