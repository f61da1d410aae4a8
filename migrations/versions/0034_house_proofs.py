"""Proofs that an establishment deposits itself: its own to change, and nobody's of elsewhere."""

import sqlalchemy as sa
from alembic import op

from tenants import rls

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_HERS = f"establishment_id IN {rls.LISTED}"
#: Her own in whatever state; of what others deposited, what is found sound and shown to her.  An
#: auditor reads of a house's proofs, too, what is sound and tied to what she audits.
SEEN = f"""(establishment_id IS NULL OR {_HERS})
    AND ((state = 'ready' AND visibility <> 'provider' AND id IN (SELECT linked_evidence()))
         OR (establishment_id IS NOT NULL AND NOT (SELECT auditing())))"""
SEEN_BEFORE = "state = 'ready' AND visibility = 'clients' AND id IN (SELECT linked_evidence())"
#: A file on its way into quarantine, and no other.
BEGUN = f"""{_HERS} AND kind = 'file' AND state = 'quarantine' AND NOT proposed
    AND withdrawn_at IS NULL AND replaced_by IS NULL"""
#: Of its own proofs, to what it bears itself or in part.
TIED = f"""{_HERS} AND evidence_id IN (SELECT house_evidence()) AND EXISTS (
    SELECT FROM tracked_requirement t
     WHERE t.tenant_id = evidence_link.tenant_id
       AND t.establishment_id = evidence_link.establishment_id
       AND t.edition_id = evidence_link.edition_id
       AND t.requirement_code = evidence_link.requirement_code AND t.bearer <> 'provider')"""  # noqa: S608 - constants only
_MAY_CHANGE = "ARRAY['withdrawn_at', 'version', 'updated_at', 'state']"
#: What a house writes of its own proof: that it is withdrawn, or that it holds nobody's data.
#: Reading the row in the midst of its change, a stable function finds it as it was before.
LITTLE = f"""
    CREATE FUNCTION house_changed_little(new evidence) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
    DECLARE old evidence;
    BEGIN
        SELECT * INTO old FROM public.evidence e
         WHERE e.tenant_id = new.tenant_id AND e.id = new.id;
        RETURN to_jsonb(new) - {_MAY_CHANGE} = to_jsonb(old) - {_MAY_CHANGE}
           AND (new.state = old.state
                OR old.state = 'held' AND new.state = 'ready' AND old.withdrawn_at IS NULL
                   AND old.added_by = NULLIF(current_setting('{rls.USER}', true), '')::uuid);
    END $$
"""  # noqa: S608 - constants only
#: Whoever links it: what a house deposited proves there and nowhere else.
AT_HOME = """NOT EXISTS (
    SELECT FROM evidence e
     WHERE e.tenant_id = evidence_link.tenant_id AND e.id = evidence_link.evidence_id
       AND e.establishment_id IS NOT NULL
       AND e.establishment_id IS DISTINCT FROM evidence_link.establishment_id)"""


def upgrade() -> None:
    op.add_column("evidence", sa.Column("establishment_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_evidence_tenant_id_establishment_id_establishment"),
        "evidence",
        "establishment",
        ["tenant_id", "establishment_id"],
        ["tenant_id", "id"],
    )
    op.create_index("ix_evidence_establishment", "evidence", ["tenant_id", "establishment_id"])
    _visibilities("provider", "clients", "house")
    op.create_check_constraint(
        op.f("ck_evidence_shown_by_its_house"),
        "evidence",
        "visibility = 'clients' OR (visibility = 'house') = (establishment_id IS NOT NULL)",
    )
    rls.name_ids(
        op, "house_evidence", "SELECT id FROM public.evidence WHERE establishment_id IS NOT NULL"
    )
    _show(SEEN)
    rls.house_writes(op, "evidence", "INSERT", BEGUN)
    rls.house_writes(op, "evidence", "UPDATE", _HERS)
    rls.house_writes(op, "evidence_link", "INSERT", TIED)
    op.execute(LITTLE)
    rls.house_columns(op, "evidence", "house_changed_little(evidence)")
    for command in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE POLICY stays_at_home_{command.lower()} ON evidence_link AS RESTRICTIVE"
            f" FOR {command} WITH CHECK ({AT_HOME})"
        )


def _visibilities(*words: str) -> None:
    op.drop_constraint(op.f("ck_evidence_visibility"), "evidence")
    told = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(
        op.f("ck_evidence_visibility"), "evidence", f"visibility IN ({told})"
    )


def _show(condition: str) -> None:
    op.execute("DROP POLICY establishment_scope ON evidence")
    rls.narrow(op, "evidence", condition)


def downgrade() -> None:
    for command in ("insert", "update"):
        op.execute(f"DROP POLICY stays_at_home_{command} ON evidence_link")
    op.execute("DROP POLICY house_columns ON evidence")
    op.execute("DROP FUNCTION house_changed_little(evidence)")
    for table, command in (
        ("evidence_link", "INSERT"), ("evidence", "UPDATE"), ("evidence", "INSERT"),
    ):  # fmt: skip
        op.execute(f"DROP POLICY house_writes_{command.lower()} ON {table}")
        rls.provider_writes(op, table, only={command})
    _show(SEEN_BEFORE)
    op.execute("DROP FUNCTION house_evidence()")
    _forget()
    op.drop_constraint(op.f("ck_evidence_shown_by_its_house"), "evidence", type_="check")
    _visibilities("provider", "clients")
    op.drop_index("ix_evidence_establishment", "evidence")
    op.drop_constraint(
        op.f("fk_evidence_tenant_id_establishment_id_establishment"), "evidence", type_="foreignkey"
    )
    op.drop_column("evidence", "establishment_id")


def _forget() -> None:
    """What houses deposited has no place in what was there before; of every tenant."""
    theirs = "SELECT id FROM evidence WHERE establishment_id IS NOT NULL"
    tables = {"evidence_link": "evidence_id", "evidence_link_past": "evidence_id", "evidence": "id"}
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for table, column in tables.items():
        op.execute(f"DELETE FROM {table} WHERE {column} IN ({theirs})")  # noqa: S608 - ours
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
