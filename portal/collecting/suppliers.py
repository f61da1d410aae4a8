"""What a turn asks of a supplier: one file, by a page that serves once."""

import uuid
from datetime import date, datetime, timedelta
from typing import Final

from portal.collecting import service
from portal.collecting.models import (
    Collection,
    CollectionTurn,
    Collector,
    FileRequest,
    RequestState,
)
from portal.collecting.service import Asked
from portal.evidence import line
from portal.evidence import queries as evidence
from portal.guide import loader
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.roles import Permission

#: What a supplier has at least, when a turn opens late.
GRACE: Final = timedelta(days=14)
#: A request that another one may take the place of: nothing has come for it.
_BARE: Final = frozenset({RequestState.OPEN, RequestState.REVOKED})


def call_off(asked: FileRequest | None, at: datetime) -> None:
    """Ask for it no more, where nothing has come."""
    if asked is not None and asked.state is RequestState.OPEN:
        service.revoke(None, asked.id, at=at)


def follow(
    turn: CollectionTurn, row: Collection, asked: FileRequest | None, at: datetime, today: date
) -> None:
    """Let an open turn ask whom its collection names by now; what has come stays to be read."""
    if asked is not None and asked.state not in _BARE:
        return
    wanted = row.collector is Collector.SUPPLIER
    if asked is not None and not (wanted and _is_of(asked, row)):
        call_off(asked, at)
        turn.file_request_id = asked = None
    if wanted and asked is None:
        turn.file_request_id = ask(row, at, today)


def _is_of(asked: FileRequest, row: Collection) -> bool:
    """One that was called off by hand is not asked for again."""
    return (asked.to_name, asked.to_email) == (row.person_name, row.to_email)


def ask(row: Collection, at: datetime, today: date) -> uuid.UUID | None:
    """Ask the supplier, in the name of whoever set this up or of somebody who may still."""
    if (keeper := _keeper(row, at)) is None:
        return None
    asked = Asked(
        title=row.title,
        to_name=row.person_name,
        due_on=min(max(row.due_on, today + GRACE), today + service.LONGEST),
        message=row.message,
        to_email=row.to_email,
        codes=(row.requirement_code,),
        offering_id=row.offering_id,
        replaces_id=_to_replace(row.evidence_id),
    )
    return service.ask(keeper, loader.current(), asked, at=at, today=today).id


def _to_replace(evidence_id: uuid.UUID | None) -> uuid.UUID | None:
    """The last of the line, so that what comes takes over all its links.

    What an establishment deposited itself gives way to nobody else's.
    """
    if evidence_id is None:
        return None
    found = evidence.evidence(evidence_id)
    if found.establishment_id is not None:
        return None
    return [found.id, *line.live_successors(found)][-1]


def _keeper(row: Collection, at: datetime) -> Actor | None:
    may = [
        Actor(person.id, row.tenant_id, member.role, person.name)
        for member, person in tenancy.members(at)
        if member.whole_tenant
    ]
    keepers = [one for one in may if one.may(Permission.EVIDENCE_WRITE)]
    return min(keepers, key=lambda one: one.user_id != row.set_by, default=None)
