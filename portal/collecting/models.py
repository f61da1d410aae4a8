"""What is asked of people outside the portal."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ARRAY, CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

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
