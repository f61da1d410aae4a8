"""What is asked of people outside the portal, and what is collected again and again."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.contracts.models import requirement_key
from tenants.scoping import Record, points_to


class RequestState(StrEnum):
    """``deposited``: a file came and the link is used up; somebody here accepts or refuses it."""

    OPEN = "open"
    DEPOSITED = "deposited"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REVOKED = "revoked"


class FileRequest(Record):
    """One file asked of a supplier, an editor or anybody, who needs no account to give it.

    Of the link only a digest is kept, and none once it has served.
    """

    __tablename__ = "file_request"
    __table_args__ = (
        points_to("offering"),
        points_to("evidence"),
        points_to("evidence", "replaces_id"),
        Index("ix_file_request_state", "tenant_id", "state", "due_on"),
        Index("uq_file_request_digest", "tenant_id", "digest", unique=True),
        CheckConstraint("state = 'open' OR digest IS NULL", name="serves_once"),
        CheckConstraint(
            "(state IN ('deposited', 'accepted', 'refused')) = (evidence_id IS NOT NULL)",
            name="holds_what_came",
        ),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_for_a_reason"),
    )

    title: Mapped[str]
    message: Mapped[str] = mapped_column(default="")
    #: From whom: shown to her and signed by her name.
    to_name: Mapped[str]
    #: Where the link is mailed to; without it, whoever asks hands the link over.
    to_email: Mapped[str | None]
    #: The last day on which the link opens.
    due_on: Mapped[date]
    #: What the file is to prove, proposed when it is accepted.
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    offering_id: Mapped[uuid.UUID | None]
    #: The proof whose place the file is to take.
    replaces_id: Mapped[uuid.UUID | None]
    state: Mapped[RequestState] = mapped_column(default=RequestState.OPEN)
    digest: Mapped[str | None]
    asked_by: Mapped[uuid.UUID]
    asked_by_name: Mapped[str]
    resent: Mapped[int] = mapped_column(default=0)
    evidence_id: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[datetime | None]
    #: What a mail server said of the address, where it has nobody there.
    undelivered: Mapped[str | None]

    @property
    def message_key(self) -> str:
        """What its present message is promised under: asked for again, it is another."""
        return f"{self.id} {self.resent}"


class Collector(StrEnum):
    """Who brings the proof.

    A person of the side that set it up, anybody of the establishment, or somebody outside by a page
    that serves once.
    """

    COLLEAGUE = "colleague"
    ESTABLISHMENT = "establishment"
    SUPPLIER = "supplier"


class Pace(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class Collection(Record):
    """A proof of one requirement, collected every so many months from the same person.

    For the whole tenant, for an offering or for an establishment, as links are; one that runs or
    is paused at most for each.  ``house``: set up by the establishment for itself.
    """

    __tablename__ = "collection"
    __table_args__ = (
        points_to("offering"),
        points_to("establishment"),
        points_to("evidence"),
        requirement_key(),
        Index(
            "uq_collection_live",
            "tenant_id",
            "edition_id",
            "requirement_code",
            "offering_id",
            "establishment_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("pace <> 'stopped'"),
        ),
        Index("ix_collection_due", "tenant_id", "pace", "due_on"),
        CheckConstraint("offering_id IS NULL OR establishment_id IS NULL", name="one_level"),
        CheckConstraint("months BETWEEN 1 AND 60", name="some_months"),
        CheckConstraint(
            "(collector = 'colleague') = (person_id IS NOT NULL)", name="colleague_is_somebody"
        ),
        CheckConstraint("collector <> 'supplier' OR person_name <> ''", name="supplier_is_named"),
        CheckConstraint(
            "collector <> 'establishment' OR establishment_id IS NOT NULL", name="from_a_place"
        ),
        CheckConstraint(
            "NOT house OR (establishment_id IS NOT NULL AND collector <> 'supplier')",
            name="house_for_itself",
        ),
        CheckConstraint("waits_until IS NULL OR reason <> ''", name="waits_for_a_reason"),
    )

    title: Mapped[str]
    edition_id: Mapped[str]
    requirement_code: Mapped[str]
    offering_id: Mapped[uuid.UUID | None]
    establishment_id: Mapped[uuid.UUID | None]
    months: Mapped[int] = mapped_column(SmallInteger)
    #: When the first one is due, while nothing proves yet.
    first_on: Mapped[date]
    collector: Mapped[Collector]
    person_id: Mapped[uuid.UUID | None]
    #: The colleague's, or the supplier's and whom to ask there.
    person_name: Mapped[str] = mapped_column(default="")
    #: The supplier's; without it the link is handed over by whoever sees the task.
    to_email: Mapped[str | None]
    message: Mapped[str] = mapped_column(default="")
    house: Mapped[bool] = mapped_column(default=False)
    set_by: Mapped[uuid.UUID]
    set_by_name: Mapped[str]
    pace: Mapped[Pace] = mapped_column(default=Pace.RUNNING)
    #: Nothing is due before: the turns of before were skipped, for this reason.
    waits_until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")
    #: The last day before which the next proof is to be there: follows from what proves today.
    due_on: Mapped[date]
    #: What proves for longest today, if anything does.
    evidence_id: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    #: What the change that made this version replaced; ``None`` where nothing is to undo.
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class TurnState(StrEnum):
    """``dropped``: paused or stopped before anything came.  ``skipped``: let go, for a reason."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"
    SKIPPED = "skipped"


class CollectionTurn(Record):
    """One proof to bring, by a day.  A collection has one open turn at a time."""

    __tablename__ = "collection_turn"
    __table_args__ = (
        points_to("collection"),
        points_to("establishment"),
        points_to("file_request"),
        points_to("evidence"),
        Index(
            "uq_collection_turn_open",
            "tenant_id",
            "collection_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_collection_turn_due", "tenant_id", "state", "due_on"),
        CheckConstraint("(state = 'open') = (closed_on IS NULL)", name="closed_is_dated"),
        CheckConstraint("(state = 'done') = (evidence_id IS NOT NULL)", name="done_by_a_proof"),
        CheckConstraint("state <> 'skipped' OR reason <> ''", name="skipped_for_a_reason"),
    )

    collection_id: Mapped[uuid.UUID]
    #: The collection's, so that the people of a place see its own.
    establishment_id: Mapped[uuid.UUID | None]
    due_on: Mapped[date]
    state: Mapped[TurnState] = mapped_column(default=TurnState.OPEN)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    #: What was asked of the supplier.
    file_request_id: Mapped[uuid.UUID | None]
    #: What came.
    evidence_id: Mapped[uuid.UUID | None]
    #: Why it was skipped.
    reason: Mapped[str] = mapped_column(default="")
