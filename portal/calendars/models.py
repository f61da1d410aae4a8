"""The secret address of a calendar: one for each person in each tenant, kept as a digest."""

import uuid
from datetime import date

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.scoping import Record


class CalendarFeed(Record):
    """Renewed, it has another digest; revoked, it is gone: the former address opens nothing."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id"),
        Index("ix_calendar_feed_digest", "tenant_id", "digest"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    #: SHA-256 of whose tenant it is and of the secret (``portal.kit.tokens``).
    digest: Mapped[str]
    #: Whether it tells what nobody of her side took yet as well.
    wide: Mapped[bool]
    #: The last day somebody's software read it; ``None`` before the first.
    read_on: Mapped[date | None]
