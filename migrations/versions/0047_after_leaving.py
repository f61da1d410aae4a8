"""Actions taken up again from another provider's record; who wants to be told of an archive."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_ORIGINS = ("hand", "gap", "contest", "finding", "request")
_KINDS = ("proof", "review", "action", "contest", "collection", "weekly")


def upgrade() -> None:
    _allow("action", "origin", (*_ORIGINS, "prior"))
    for table in ("reminder_choice", "reminder_kind_rule"):
        _allow(table, "kind", (*_KINDS, "archive"))


def _allow(table: str, column: str, words: tuple[str, ...]) -> None:
    told = ", ".join(f"'{word}'" for word in words)
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({told})")


def downgrade() -> None:
    _across_tenants("action", "UPDATE action SET origin = 'hand' WHERE origin = 'prior'")
    _allow("action", "origin", _ORIGINS)
    for table in ("reminder_choice", "reminder_kind_rule"):
        _across_tenants(table, f"DELETE FROM {table} WHERE kind = 'archive'")  # noqa: S608 - ours
        _allow(table, "kind", _KINDS)


def _across_tenants(table: str, statement: str) -> None:
    """The owner of the tables is bound by their policies, which know of no tenant here."""
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(statement)
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
