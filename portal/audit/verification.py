"""Read a tenant's chain from PostgreSQL and say whether it holds, however long it is."""

import uuid
from collections.abc import Collection, Generator
from contextlib import closing
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select

from portal.audit import chain
from portal.audit.chain import GENESIS, Deed, Entry, Finding, Head, Kind, Link
from portal.audit.chaining import JOURNAL
from portal.audit.models import AuditEvent, AuditHead, AuditLink
from portal.audit.service import ERASED
from tenants.db import AnySelect, db

#: Rows in memory at a time.
_AT_ONCE = 2_000

_LINK = tuple(getattr(AuditLink, name) for name in Link._fields)
_DEED = tuple(getattr(AuditEvent, name) for name in Deed._fields)
_SAME = and_(AuditEvent.tenant_id == AuditLink.tenant_id, AuditEvent.id == AuditLink.event_id)


class Verdict(NamedTuple):
    """What verifying found: ``finding`` is ``None`` for a chain that holds."""

    head: Head
    finding: Finding | None
    #: Deeds of which something was erased.
    erased: int
    #: Names and details that are gone beyond what the journal itself says was erased.
    untold: int


def head() -> Head:
    """Where the current tenant's chain says that it ends."""
    row = db.session.execute(
        select(AuditHead.position, AuditHead.digest).where(AuditHead.chain == JOURNAL)
    ).one_or_none()
    return GENESIS if row is None else Head(row.position, bytes(row.digest))


def entries(*, after: int = 0, limit: int | None = None) -> Generator[Entry, None, None]:
    """The links after a position with their events, read as they are asked for."""
    asked: AnySelect = (
        select(*_LINK, *_DEED)
        .join_from(AuditLink, AuditEvent, _SAME, isouter=True)
        .where(AuditLink.position > after)
        .order_by(AuditLink.position)
        .limit(limit)
    )
    width = len(_LINK)
    with db.session.execute(asked, execution_options={"yield_per": _AT_ONCE}) as rows:
        for row in rows:
            there = row[width + Deed._fields.index("id")] is not None
            yield Link(*row[:width]), Deed(*row[width:]) if there else None


def verify(*, noted: Collection[Head] = ()) -> Verdict:
    """Follow the whole chain; ``noted`` are heads that were kept elsewhere."""
    end = head()
    with closing(entries()) as stream:
        finding = chain.check(stream, head=end, noted=noted)
    return Verdict(end, finding or _beside_the_chain(), erased(), untold())


class Stretch(NamedTuple):
    """A part of the chain that was followed: it holds as far as ``end``, or breaks after it."""

    end: Head
    finding: Finding | None
    whole: Head


def verify_stretch(start: Head, *, limit: int) -> Stretch:
    """Follow ``limit`` links from a place that is believed."""
    whole = head()
    read = list(entries(after=start.position, limit=limit))
    last = len(read) < limit
    finding = chain.check(read, head=whole if last else None, start=start)
    if finding is None and last:
        finding = _beside_the_chain()
    end = Head(read[-1][0].position, read[-1][0].digest) if read else start
    return Stretch(end, finding, whole)


def erased() -> int:
    """How many deeds no longer say who did them, or what."""
    gone = or_(AuditLink.actor_salt.is_(None), AuditLink.details_salt.is_(None))
    return db.session.scalar(select(func.count()).where(gone)) or 0


def untold() -> int:
    """How much was erased without a deed that says so: each erasure has one (``service.erase``).

    Names and details are counted each for itself.  What was erased before there were such deeds
    is among them.
    """
    links = select(
        func.count().filter(AuditLink.actor_salt.is_(None)),
        func.count().filter(AuditLink.details_salt.is_(None)),
    )
    names, details = db.session.execute(links).one()
    said = AuditEvent.details
    told = select(
        func.coalesce(func.sum(said["names"].as_integer()), 0),
        func.coalesce(func.sum(said["details"].as_integer()), 0),
    ).where(AuditEvent.action == ERASED)
    told_names, told_details = db.session.execute(told).one()
    return int(max(0, names - told_names) + max(0, details - told_details))


def unchained() -> uuid.UUID | None:
    """An event that no link leads to: it was put beside the chain."""
    return db.session.scalar(
        select(AuditEvent.id)
        .join_from(AuditEvent, AuditLink, _SAME, isouter=True)
        .where(AuditLink.event_id.is_(None))
        .limit(1)
    )


def _beside_the_chain() -> Finding | None:
    return None if unchained() is None else Finding(0, Kind.INSERTED)
