"""The keys that tenants' files are enciphered with, themselves wrapped."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped

from tenants.scoping import Record


class TenantKey(Record):
    """One key of a tenant: the serving one seals, earlier ones open what they sealed.

    Of a destroyed key nothing is left in ``wrapped``: what it sealed is unreadable for good.
    """

    __tablename__ = "tenant_key"
    __table_args__ = (
        Index(
            "uq_tenant_key_serving",
            "tenant_id",
            unique=True,
            postgresql_where=text("serving"),
        ),
        CheckConstraint("(length(wrapped) = 0) = (destroyed_at IS NOT NULL)", name="destroyed"),
        CheckConstraint("NOT (serving AND destroyed_at IS NOT NULL)", name="serving_whole"),
    )

    wrapped: Mapped[bytes]
    #: The name of the master key that wrapped it.
    master: Mapped[str]
    serving: Mapped[bool]
    destroyed_at: Mapped[datetime | None]
