"""A turn of a collection may be skipped for a reason, and the last change of one undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_SETS, _TURNS = "collection", "collection_turn"
_STATES = ("open", "done", "dropped")
_FOR_A_REASON = {
    _SETS: ("waits_for_a_reason", "waits_until IS NULL OR reason <> ''"),
    _TURNS: ("skipped_for_a_reason", "state <> 'skipped' OR reason <> ''"),
}


def upgrade() -> None:
    op.add_column(_SETS, sa.Column("waits_until", sa.Date(), nullable=True))
    op.add_column(_SETS, sa.Column("before", JSONB(), nullable=True))
    _allow(*_STATES, "skipped")
    for table, (name, rule) in _FOR_A_REASON.items():
        op.add_column(table, sa.Column("reason", sa.Text(), server_default="", nullable=False))
        op.alter_column(table, "reason", server_default=None)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def _allow(*states: str) -> None:
    op.drop_constraint(op.f("ck_collection_turn_turnstate"), _TURNS)
    told = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(op.f("ck_collection_turn_turnstate"), _TURNS, f"state IN ({told})")


def downgrade() -> None:
    for table, (name, _) in _FOR_A_REASON.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.drop_column(table, "reason")
    op.execute(f"ALTER TABLE {_TURNS} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"UPDATE {_TURNS} SET state = 'dropped' WHERE state = 'skipped'")  # noqa: S608 - ours
    op.execute(f"ALTER TABLE {_TURNS} FORCE ROW LEVEL SECURITY")
    _allow(*_STATES)
    for column in ("before", "waits_until"):
        op.drop_column(_SETS, column)
