"""Ordering briefs, and putting on record what was made.  Flushes, never commits."""

import json
import uuid
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import insert

from portal.attestations import register
from portal.attestations.models import DocumentKind
from portal.audit import service as audit
from portal.briefs import queries
from portal.briefs.models import Brief, BriefState
from portal.kit import chances, outbox, storage
from portal.kit.canonical import canonical_json, sha256_hex
from portal.kit.errors import Conflict, Trouble
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id

COMPILE: Final = "briefs.compile"
AGAIN: Final = "briefs.again"


class NotFailing(Conflict):
    """It is made, or its work goes on."""

    message = "The work on this brief is no longer failing: reload the page."


def order(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    edition_id: str,
    content: dict[str, Any],
    today: date,
    at: datetime,
) -> uuid.UUID:
    """Freeze ``content`` and promise its document; while one is being made, that one."""
    queries.take_turn(establishment_id)
    if (pending := queries.awaited(establishment_id, at)) is not None:
        return pending
    source = canonical_json(content)
    brief_id = new_id()
    # Only what PostgreSQL lets an establishment say of a brief: the rest is the worker's.
    db.session.execute(
        insert(Brief).values(
            tenant_id=current_tenant_id(),
            id=brief_id,
            establishment_id=establishment_id,
            edition_id=edition_id,
            as_of=today,
            state=BriefState.REQUESTED,
            snapshot=source.decode(),
            snapshot_sha256=sha256_hex(source),
            requested_by=actor.user_id,
            requested_by_name=actor.name,
        )
    )
    _have_made(brief_id, key=str(brief_id), at=at)
    _note(actor, "brief.ordered", brief_id, establishment_id)
    return brief_id


def retry(actor: Actor, establishment_id: uuid.UUID, brief_id: uuid.UUID, *, at: datetime) -> None:
    """Have one that fails, or was given up, tried now, from what was frozen.

    What is promised is out of an establishment's reach: that it is to begin anew is promised too.
    Raises ``NotFound`` and :class:`NotFailing`.
    """
    found = queries.brief(establishment_id, brief_id, lock=True)
    if not (queries.lost(found, at) or (queries.awaits(found) and found.trouble)):
        raise NotFailing
    found.state, found.updated_at = BriefState.REQUESTED, at
    found.no_trouble()
    outbox.promise(AGAIN, key=str(new_id()), payload={"brief": str(brief_id)}, run_at=at)
    _note(actor, "brief.retried", brief_id, establishment_id)


def begin_anew(brief_id: uuid.UUID, *, turn: uuid.UUID, at: datetime) -> None:
    """Give its work all tries again, now; anew where none is left that waits."""
    if queries.to_make(brief_id) is None or chances.again(COMPILE, "brief", [brief_id], at=at):
        return
    if not chances.in_hand(COMPILE, "brief", brief_id, at=at):
        _have_made(brief_id, key=f"{brief_id}:{turn}", at=at)


def _have_made(brief_id: uuid.UUID, *, key: str, at: datetime) -> None:
    """The place is chosen now: made again after a crash, the document is written there anew."""
    into = storage.new_key(current_tenant_id(), "brief")
    outbox.promise(COMPILE, key=key, payload={"brief": str(brief_id), "into": into}, run_at=at)


def issue(
    brief: Brief, number: str, stored: storage.Stored, *, code: str, seal: str | None, at: datetime
) -> None:
    """Put a document on record, here and in the public register.

    ``brief`` is locked by the caller and still asked for.
    """
    brief.state, brief.number, brief.seal = BriefState.READY, number, seal
    brief.pdf_key, brief.pdf_size, brief.pdf_sha256 = stored.key, stored.size, stored.sha256
    brief.issued_at = at
    brief.no_trouble()
    told = json.loads(brief.snapshot)
    register.enter(
        register.Entry(
            kind=DocumentKind.BRIEF,
            code=code,
            sha256=stored.sha256,
            number=number,
            provider=told["provider"],
            establishment=told["place"]["name"],
            as_of=brief.as_of,
            at=at,
        )
    )
    db.session.flush()
    _note(
        None, "brief.issued", brief.id, brief.establishment_id, number=number, sha256=stored.sha256
    )


def give_up(brief: Brief, trouble: Trouble) -> None:
    """Say that the document could not be made, and why; another may be ordered."""
    brief.state, brief.trouble, brief.retry_at = BriefState.FAILED, trouble, None
    db.session.flush()


def _note(
    actor: Actor | None,
    action: str,
    brief_id: uuid.UUID,
    establishment_id: uuid.UUID,
    **details: str,
) -> None:
    audit.record(
        actor,
        action,
        subject="brief",
        subject_id=brief_id,
        establishment_id=establishment_id,
        **details,
    )
