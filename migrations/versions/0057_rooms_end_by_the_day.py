"""A room lasts 180 days by the calendar of France, as its form counts them.

181 times 24 hours let a 181st day in, and left a 180th out when the clocks go back in between.
"""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_BY_DAY = (
    "ends_at > starts_at AND"
    " CAST((ends_at - interval '1 microsecond') AT TIME ZONE 'Europe/Paris' AS date)"
    " - CAST(starts_at AT TIME ZONE 'Europe/Paris' AS date) <= 180"
)
_BY_HOUR = "ends_at > starts_at AND ends_at <= starts_at + interval '181 days'"


def upgrade() -> None:
    _lasting(_BY_DAY)


def downgrade() -> None:
    _lasting(_BY_HOUR)


def _lasting(condition: str) -> None:
    op.drop_constraint(op.f("ck_engagement_lasting"), "engagement", type_="check")
    op.create_check_constraint(op.f("ck_engagement_lasting"), "engagement", condition)
