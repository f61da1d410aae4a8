"""Managing bodies, establishments and the imports that bring them in."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Computed, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column
from sqlalchemy.types import Text

from portal.fleet.importer.plan import Fate
from portal.kit.folding import dictionary_key
from portal.kit.setbacks import Followed
from tenants.db import Model
from tenants.scoping import Record, TenantScoped, points_to


class Stage(StrEnum):
    """A prospect has no contract: free, not tracked, not billed."""

    PROSPECT = "prospect"
    CLIENT = "client"


class Tier(StrEnum):
    """Which requirements count: the baseline (socle) alone, or the reinforced ones too."""

    BASELINE = "baseline"
    REINFORCED = "reinforced"


class ManagingBody(Record):
    """The legal person that holds the authorisations: a FINESS « entité juridique » (EJ)."""

    __tablename__ = "managing_body"
    __table_args__ = (UniqueConstraint("tenant_id", "finess"),)

    finess: Mapped[str | None]
    siren: Mapped[str | None]
    name: Mapped[str]


def _dictionary_key(column: str) -> MappedColumn[str]:
    return mapped_column(Computed(dictionary_key(column), persisted=True), deferred=True)


class Establishment(Record):
    """One place or service: a FINESS « établissement » (ET).  Archived rather than deleted."""

    __tablename__ = "establishment"
    __table_args__ = (
        points_to("managing_body"),
        UniqueConstraint("tenant_id", "finess"),
        Index("ix_establishment_managing_body", "tenant_id", "managing_body_id"),
        Index("ix_establishment_name", "tenant_id", "archived_at", "name"),
    )

    managing_body_id: Mapped[uuid.UUID | None]
    finess: Mapped[str | None]
    name: Mapped[str]
    long_name: Mapped[str] = mapped_column(default="")
    category_code: Mapped[str] = mapped_column(default="")
    category_label: Mapped[str] = mapped_column(default="")
    siret: Mapped[str | None]
    address: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    departement: Mapped[str] = mapped_column(default="")
    region: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    capacity: Mapped[int | None]
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    #: Date of the FINESS record last imported, so that an older file changes nothing.
    source_updated_on: Mapped[date | None]
    stage: Mapped[Stage] = mapped_column(default=Stage.PROSPECT)
    tier: Mapped[Tier] = mapped_column(default=Tier.BASELINE)
    #: The conditions of the guide that hold here, ``always`` left out.
    conditions: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    archived_at: Mapped[datetime | None]
    #: Lower-case, accents removed: name, FINESS, city, managing body; what the search box scans.
    search: Mapped[str] = mapped_column(default="")
    #: What lists are sorted by; PostgreSQL keeps them up to date.
    name_key: Mapped[str] = _dictionary_key("name")
    city_key: Mapped[str] = _dictionary_key("city")
    version: Mapped[int] = mapped_column(default=1)


class ImportState(StrEnum):
    UPLOADED = "uploaded"
    PREVIEWING = "previewing"
    PREVIEWED = "previewed"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class ImportMode(StrEnum):
    """Whether the file is the fleet, or the country from which a list picks the fleet."""

    WHOLE_FILE = "whole_file"
    LISTED = "listed"


class ImportRun(Followed):
    """One file on its way into the fleet: previewed, then applied in one transaction."""

    __tablename__ = "import_run"
    __table_args__ = (
        Index("ix_import_run_recent", "tenant_id", "created_at"),
        Index(
            "ix_import_run_applying",
            "tenant_id",
            unique=True,
            postgresql_where=text("state IN ('applying', 'undoing')"),
        ),
    )

    state: Mapped[ImportState] = mapped_column(default=ImportState.UPLOADED)
    mode: Mapped[ImportMode]
    file_name: Mapped[str]
    file_size: Mapped[int]
    file_key: Mapped[str]
    file_format: Mapped[str] = mapped_column(default="")
    finess_list: Mapped[str] = mapped_column(default="")
    #: Lines by outcome: created, updated, unchanged, closed, refused, warned, ignored, not_found.
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    #: The first lines of each outcome, for the preview.
    sample: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    report_key: Mapped[str | None]
    error: Mapped[str | None]
    error_values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    requested_by: Mapped[uuid.UUID]
    requested_by_name: Mapped[str]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by_name: Mapped[str | None]
    #: Establishments by what undoing made of them, and the first ones it left alone.
    undone: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class ImportChange(TenantScoped, Model):
    """What the last import wrote of one establishment, kept until the next one writes."""

    __tablename__ = "import_change"
    __table_args__ = (points_to("establishment"), points_to("import_run", "run_id"))

    establishment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    run_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    #: ``unchanged`` where only the date of the FINESS record moved on.
    fate: Mapped[Fate]
    #: That of the establishment once written: another one later tells that somebody touched it.
    version: Mapped[int]
    #: The columns that were written over, as they were; empty for a newcomer.
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
