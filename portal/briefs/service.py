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
from portal.kit import outbox, storage
from portal.kit.canonical import canonical_json, sha256_hex
from portal.kit.errors import Trouble
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id

COMPILE: Final = "briefs.compile"


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
    outbox.promise(
        COMPILE,
        key=str(brief_id),
        # The place is chosen now: made again after a crash, the document is written there anew.
        payload={"brief": str(brief_id), "into": storage.new_key(current_tenant_id(), "brief")},
        run_at=at,
    )
    _note(actor, "brief.ordered", brief_id, establishment_id)
    return brief_id


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
