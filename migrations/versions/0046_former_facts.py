"""What was said of a proof on an earlier day; and the proofs that answer an auditor's request.

Read as of a day, a proof is told as it was told then.  What a provider hands over because an
auditor asked for it is hers to read, however late it was deposited.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_TABLE = "evidence_past"
_HERS = f"establishment_id IN {rls.LISTED}"
_BEFORE = "id IN (SELECT linked_evidence())"
_NOW = f"({_BEFORE} OR id IN (SELECT answering_evidence()))"
_CREATED = "created_at < (SELECT seen_until())"
_FACTS = (
    "title", "visibility", "covers_from", "covers_until", "valid_until",
    "certificate", "issuer", "number", "scope",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        _TABLE,
        *(
            sa.Column(name, sa.Uuid(), nullable=False)
            for name in ("tenant_id", "id", "evidence_id")
        ),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "evidence_id"],
            ["evidence.tenant_id", "evidence.id"],
            name=op.f("fk_evidence_past_tenant_id_evidence_id_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_evidence_past_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evidence_past")),
    )
    op.create_index(
        "ix_evidence_past_evidence", _TABLE, ["tenant_id", "evidence_id", "replaced_at"]
    )
    rls.isolate(op, _TABLE)
    rls.narrow(op, _TABLE, "evidence_id IN (SELECT e.id FROM evidence e)")
    rls.house_writes(op, _TABLE, "INSERT", "evidence_id IN (SELECT house_evidence())")
    rls.audited(op, _TABLE, "replaced_at >= (SELECT seen_until())")
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    # What was said does not go away.
    op.execute(f'GRANT SELECT, INSERT ON {_TABLE} TO "{app_role}"')
    _keep_what_the_journal_knows(op.get_bind())
    rls.name_ids(
        op,
        "answering_evidence",
        "SELECT evidence_id FROM public.audit_request WHERE evidence_id IS NOT NULL",
    )
    _show(_NOW, f"{_CREATED} OR id IN (SELECT answering_evidence())")


def _show(linked: str, audited: str) -> None:
    """As 0034 and 0014 have it, but for what links a proof to whoever may see it."""
    for policy in ("establishment_scope", "engagement_scope"):
        op.execute(f"DROP POLICY {policy} ON evidence")
    rls.narrow(
        op,
        "evidence",
        f"""(establishment_id IS NULL OR {_HERS})
            AND ((state = 'ready' AND visibility <> 'provider' AND {linked})
                 OR (establishment_id IS NOT NULL AND NOT (SELECT auditing())))""",
    )
    rls.audited(op, "evidence", audited)


def _keep_what_the_journal_knows(connection: sa.Connection) -> None:
    """Each edit tells what it changed from: the facts before it are those after it, undone."""
    told = sa.text(
        f"SELECT set_config('{rls.TENANT}', :tenant, true), set_config('{rls.REACH}', :reach, true)"
    )
    for tenant_id in connection.scalars(sa.text("SELECT id FROM tenant ORDER BY id")).all():
        connection.execute(told, {"tenant": str(tenant_id), "reach": "tenant"})
        rows = list(_former(connection))
        if rows:
            connection.execute(sa.text(_INSERT), [{**row, "tenant": tenant_id} for row in rows])
    connection.execute(told, {"tenant": "", "reach": ""})


_INSERT = """
    INSERT INTO evidence_past (tenant_id, id, evidence_id, replaced_at, facts)
    VALUES (:tenant, :id, :evidence, :at, CAST(:facts AS jsonb))
"""
_EDITS = """
    SELECT e.id, a.at, a.details -> 'changes' AS changes, to_jsonb(e) AS now
      FROM audit_event a JOIN evidence e ON e.tenant_id = a.tenant_id AND e.id = a.subject_id
     WHERE a.action = 'evidence.edited' AND jsonb_typeof(a.details -> 'changes') = 'object'
     ORDER BY e.id, a.at DESC, a.id DESC
"""


def _former(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    facts: dict[str, Any] = {}
    last = None
    for evidence_id, at, changes, now in connection.execute(sa.text(_EDITS)).all():
        if evidence_id != last:
            last = evidence_id
            facts = {name: now[name] for name in _FACTS}
        facts |= {name: pair[0] for name, pair in changes.items() if name in facts}
        yield {"id": uuid.uuid4(), "evidence": evidence_id, "at": at, "facts": json.dumps(facts)}


def downgrade() -> None:
    _show(_BEFORE, _CREATED)
    op.execute("DROP FUNCTION answering_evidence()")
    op.drop_table(_TABLE)
