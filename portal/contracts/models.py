"""Offerings, what each carries, and the contracts that bring them to establishments."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model
from tenants.scoping import Record, TenantScoped, points_to


class Bearer(StrEnum):
    """Who carries a requirement at an establishment."""

    PROVIDER = "provider"
    SHARED = "shared"
    ESTABLISHMENT = "establishment"


class Part(StrEnum):
    """``carries``: the offering bears the provider's whole part; ``supports``: it helps."""

    CARRIES = "carries"
    SUPPORTS = "supports"


def requirement_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["edition_id", "requirement_code"], ["requirement.edition_id", "requirement.code"]
    )


class Offering(Record):
    """Something the provider sells.  ``included`` comes with every contract."""

    __tablename__ = "offering"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    included: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None]
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class OfferingRequirement(TenantScoped, Model):
    """A requirement that an offering carries or supports, and what it leaves to the client."""

    __tablename__ = "offering_requirement"
    __table_args__ = (
        points_to("offering"),
        requirement_key(),
        Index("ix_offering_requirement_code", "tenant_id", "edition_id", "requirement_code"),
        CheckConstraint("valid_months BETWEEN 1 AND 120", name="valid_months"),
    )

    offering_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[str] = mapped_column(primary_key=True)
    requirement_code: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[Part]
    #: Overrides the guide's bearer for clients of this offering; ``None`` keeps it.
    bearer: Mapped[Bearer | None]
    remains: Mapped[str] = mapped_column(default="")
    #: The usual proof in the provider's words; empty keeps the guide's.
    proof: Mapped[str] = mapped_column(default="", server_default="")
    #: How many months such a proof counts as recent; ``None`` keeps the guide's.
    valid_months: Mapped[int | None]


class Contract(Record):
    """One offering at one establishment, from when to when (``ends_on`` is its last day)."""

    __tablename__ = "contract"
    __table_args__ = (
        points_to("establishment"),
        points_to("offering"),
        UniqueConstraint("tenant_id", "establishment_id", "offering_id", "starts_on"),
        Index("ix_contract_offering", "tenant_id", "offering_id", "establishment_id"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
    )

    establishment_id: Mapped[uuid.UUID]
    offering_id: Mapped[uuid.UUID]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")


class ContractBearer(TenantScoped, Model):
    """Who bears a requirement under one contract, where it differs from the offering."""

    __tablename__ = "contract_bearer"
    __table_args__ = (
        points_to("contract"),
        points_to("establishment"),
        requirement_key(),
        Index("ix_contract_bearer_establishment", "tenant_id", "establishment_id"),
    )

    contract_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[str] = mapped_column(primary_key=True)
    requirement_code: Mapped[str] = mapped_column(primary_key=True)
    establishment_id: Mapped[uuid.UUID]
    bearer: Mapped[Bearer]
    reason: Mapped[str] = mapped_column(default="")
