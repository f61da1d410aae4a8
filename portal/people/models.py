"""Invitations not yet taken up or done with, and who operates the portal."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model
from tenants.roles import Role
from tenants.scoping import Record, TenantScoped, points_to


class InvitationState(StrEnum):
    """An open one is void all the same once ``expires_at`` has passed."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


class Invitation(Record):
    """A role held out to an address.  The link's token is in the mail alone, here its SHA-256."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("tenant_id", "digest"),
        Index("ix_invitation_recent", "tenant_id", "created_at"),
    )

    email: Mapped[str]
    role: Mapped[Role]
    job_title: Mapped[str] = mapped_column(default="")
    #: When the access ends that it opens; ``None`` for one without an end.
    ends_at: Mapped[datetime | None]
    #: ``None`` until the mail is written, and again as soon as another is asked for.
    digest: Mapped[str | None]
    state: Mapped[InvitationState] = mapped_column(default=InvitationState.OPEN)
    expires_at: Mapped[datetime]
    invited_by: Mapped[uuid.UUID]
    invited_by_name: Mapped[str]
    resent: Mapped[int] = mapped_column(default=0)
    #: When the last mail was handed over to its server.
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    #: What a mail server said of the address, where it has nobody there.
    undelivered: Mapped[str | None]

    @property
    def message_key(self) -> str:
        """What its present message is promised under: asked for again, it is another."""
        return f"{self.id} {self.resent}"


class InvitationEstablishment(TenantScoped, Model):
    """One establishment that an outsider is invited to."""

    __tablename__ = "invitation_establishment"
    __table_args__ = (
        points_to("invitation"),
        points_to("establishment"),
        Index("ix_invitation_establishment_establishment", "tenant_id", "establishment_id"),
    )

    invitation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    establishment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class Operator(Model):
    """Who operates the portal: she sees which tenants there are, never what is in them.

    The app may read her own row and write none: operators are named by the database's owner.
    """

    __tablename__ = "operator"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    granted_at: Mapped[datetime] = mapped_column(server_default=func.now())
