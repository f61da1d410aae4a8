"""Directories that vouch for people, and whom they vouch for."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ARRAY, ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model
from tenants.scoping import Record, points_to


class Preset(StrEnum):
    """What kind of directory it is: it fills the form and nothing else."""

    ENTRA = "entra"
    KEYCLOAK = "keycloak"
    GOOGLE = "google"
    OTHER = "other"


class IdentityProvider(Record):
    """The directory of a tenant, one at most.  Its word is good in that tenant alone."""

    __tablename__ = "identity_provider"
    __table_args__ = (UniqueConstraint("tenant_id", "issuer"),)

    preset: Mapped[Preset]
    name: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    #: Enciphered (``portal.kit.keys``), never shown again.
    client_secret: Mapped[str]
    enabled: Mapped[bool] = mapped_column(default=False)
    #: Values of ``acr`` or ``amr`` that stand for two factors; none: its word counts for one.
    strong_values: Mapped[list[str]] = mapped_column(ARRAY(Text()), default=list)


class ExternalIdentity(Record):
    """Somebody as a tenant's directory knows her.  Of another issuer it says nothing."""

    __tablename__ = "external_identity"
    __table_args__ = (
        points_to("identity_provider", "provider_id"),
        UniqueConstraint("tenant_id", "provider_id", "issuer", "subject"),
        Index("ix_external_identity_user", "tenant_id", "user_id"),
    )

    provider_id: Mapped[uuid.UUID]
    issuer: Mapped[str]
    subject: Mapped[str]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    #: How the directory called her when she was tied: for her to recognise, proof of nothing.
    label: Mapped[str] = mapped_column(default="")
    used_at: Mapped[datetime | None]


class PlatformIdentity(Model):
    """Somebody as Pro Santé Connect knows her: digests under the portal's secret, read by nobody.

    Looked up before it is known who asks, hence of no scope.
    """

    __tablename__ = "platform_identity"
    __table_args__ = (Index("ix_platform_identity_user_id", "user_id"),)

    digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    linked_at: Mapped[datetime] = mapped_column(server_default=func.now())
