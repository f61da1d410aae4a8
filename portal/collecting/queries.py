"""Reads over requests for files."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select

from portal.collecting.models import FileRequest, RequestState
from portal.evidence.models import Evidence
from portal.kit.errors import NotFound
from tenants import queries as tenancy
from tenants.db import db
from tenants.models import UserAccount
from tenants.roles import GRANTS, Permission


def request(request_id: uuid.UUID, *, lock: bool = False) -> FileRequest:
    """One request in reach.  Raises :class:`NotFound`."""
    wanted = select(FileRequest).where(FileRequest.id == request_id)
    found: FileRequest | None = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


def asker(row: FileRequest, at: datetime) -> UserAccount | None:
    """Who asked, while she is one of those who may ask: what came is nobody else's to hear of."""
    found = (
        person
        for member, person in tenancy.members(at)
        if person.id == row.asked_by and Permission.EVIDENCE_WRITE in GRANTS[member.role]
    )
    return next(found, None)


def of_digest(digest: str, *, lock: bool = False) -> FileRequest | None:
    wanted = select(FileRequest).where(FileRequest.digest == digest)
    found: FileRequest | None = db.session.scalar(wanted.with_for_update() if lock else wanted)
    return found


@dataclass(frozen=True)
class Line:
    """A request, and what the file that came for it is found to be."""

    request: FileRequest
    came: Evidence | None


_FIRST = (RequestState.DEPOSITED, RequestState.OPEN)


def lines(*, offset: int, limit: int | None) -> Sequence[Line]:
    """What waits for an answer first, then what is awaited, then what is over, latest first."""
    turn = case(
        {state: place for place, state in enumerate(_FIRST)}, value=FileRequest.state, else_=9
    )
    rows = db.session.execute(
        select(FileRequest, Evidence)
        .outerjoin(
            Evidence,
            and_(
                Evidence.tenant_id == FileRequest.tenant_id,
                Evidence.id == FileRequest.evidence_id,
            ),
        )
        .order_by(turn, FileRequest.created_at.desc(), FileRequest.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [Line(*row) for row in rows]


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(FileRequest)) or 0
