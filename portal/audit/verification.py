"""Read a tenant's chain from PostgreSQL and say whether it holds, however long it is."""

import uuid
from collections.abc import Collection, Generator, Iterable, Iterator
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
#: How often a chain may have grown between its end and its links before it is not believed.
_GROWTHS = 5

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
    found = verify_stretch(GENESIS, noted=noted)
    return Verdict(found.whole, found.finding, erased(), untold())


class Stretch(NamedTuple):
    """A part of the chain that was followed: it holds as far as ``end``, or breaks after it."""

    end: Head
    finding: Finding | None
    whole: Head
    #: Whether it is the last one, which was held against the end that the chain says it has.
    last: bool


def verify_stretch(
    start: Head, *, limit: int | None = None, noted: Collection[Head] = ()
) -> Stretch:
    """Follow ``limit`` links from a place that is believed; of ``noted``, those that lie there.

    A deed that is done meanwhile is none that was put in: its chain says so too, when asked again.
    """
    found = _followed(start, limit=limit, noted=noted)
    for _ in range(_GROWTHS):
        if not _grew_meanwhile(found):
            break
        found = _followed(start, limit=limit, noted=noted)
    return found


def _grew_meanwhile(found: Stretch) -> bool:
    past_its_end = found.finding == Finding(found.whole.position + 1, Kind.INSERTED)
    return past_its_end and head() != found.whole


def _followed(start: Head, *, limit: int | None, noted: Collection[Head]) -> Stretch:
    whole = head()
    further = limit is not None and whole.position > start.position + limit
    until = start.position + limit if limit is not None and further else None
    here = [
        it
        for it in noted
        if start.position < it.position and (until is None or it.position <= until)
    ]
    # One more than there should be: what was put behind the end is met.
    reach = limit + 1 if limit is not None and not further else limit
    trace = _Trace(start)
    with closing(entries(after=start.position, limit=reach)) as stream:
        finding = chain.check(
            trace.of(stream), head=None if further else whole, start=start, noted=here
        )
    if finding is None and not further:
        finding = _beside_the_chain()
    return Stretch(trace.end, finding, whole, last=not further)


class _Trace:
    """Remembers the last of the links that went by."""

    def __init__(self, start: Head) -> None:
        self.end = start

    def of(self, stream: Iterable[Entry]) -> Iterator[Entry]:
        for entry in stream:
            self.end = Head(entry[0].position, entry[0].digest)
            yield entry


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
