"""Tie new events to their tenant's chain as the transaction commits: all of them at once.

The head is the last lock that a transaction takes, so that nobody waits for it while she holds it
for somebody else, and it is held no longer than the commit lasts.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session, SessionTransaction

from portal.audit import chain
from portal.audit.chain import GENESIS, Deed, Head, Link
from tenants.context import current_tenant_id
from tenants.db import db

JOURNAL: Final = "journal"
_PENDING: Final = "audit_events_to_chain"

#: The head is locked first, and read as whoever held it before has left it.
_READ = text("""
    WITH head AS MATERIALIZED (
        SELECT position, digest FROM audit_head
         WHERE tenant_id = :tenant AND chain = :chain FOR UPDATE
    )
    SELECT head.position, head.digest, e.tenant_id, e.id, e.at, e.action, e.subject_type,
           e.subject_id, e.establishment_id, e.requirement_code, e.actor_id, e.actor_name,
           e.details
      FROM head CROSS JOIN audit_event e
     WHERE e.tenant_id = :tenant AND e.id = ANY(CAST(:events AS uuid[]))
     ORDER BY e.at, e.id
""")
#: A deed that was only rehearsed begins no chain.
_BEGIN = text("""
    INSERT INTO audit_head (tenant_id, chain, position, digest)
    SELECT :tenant, :chain, :position, :digest
     WHERE EXISTS (SELECT FROM audit_event
                    WHERE tenant_id = :tenant AND id = ANY(CAST(:events AS uuid[])))
    ON CONFLICT DO NOTHING
""")
_WRITE = text("""
    WITH linked AS (
        INSERT INTO audit_link (tenant_id, position, event_id, actor_salt, actor_digest,
                                details_salt, details_digest, digest)
        SELECT :tenant, link.*
          FROM unnest(CAST(:positions AS bigint[]), CAST(:events AS uuid[]),
                      CAST(:actor_salts AS bytea[]), CAST(:actors AS bytea[]),
                      CAST(:details_salts AS bytea[]), CAST(:details AS bytea[]),
                      CAST(:digests AS bytea[])) AS link
    )
    UPDATE audit_head SET position = :position, digest = :digest
     WHERE tenant_id = :tenant AND chain = :chain
""")
#: What most requests do is one deed: PostgreSQL numbers and hashes it in the statement that holds
#: the head (``chain.Loose``).  Nothing happens where there is no chain yet, or no such event any
#: more: whoever changes a row, as to erase a name, moves it from its place.
_WRITE_ONE = text("""
    WITH head AS (
        UPDATE audit_head SET
               position = position + 1,
               digest = sha256(digest || CAST(:before AS bytea)
                               || convert_to(CAST(position + 1 AS text), 'UTF8')
                               || CAST(:after AS bytea))
         WHERE tenant_id = :tenant AND chain = :chain
           AND EXISTS (SELECT FROM audit_event
                        WHERE tenant_id = :tenant AND id = :event AND ctid = CAST(:place AS tid))
        RETURNING position, digest
    )
    INSERT INTO audit_link (tenant_id, position, event_id, actor_salt, actor_digest,
                            details_salt, details_digest, digest)
    SELECT :tenant, position, :event, :actor_salt, :actor_digest, :details_salt, :details_digest,
           digest
      FROM head
""")


@dataclass
class _Pending:
    tenant_id: uuid.UUID
    event_ids: list[uuid.UUID] = field(default_factory=list)
    #: The first of them, as PostgreSQL would tell it, with the place of its row.
    first: tuple[Deed, str] | None = None


def follow(event_ids: Iterable[uuid.UUID]) -> None:
    """Have these new events tied when the transaction commits; forgotten if it does not."""
    _pending().event_ids.extend(event_ids)


def follow_one(deed: Deed, *, place: str) -> None:
    """``follow`` an event of which all is known: alone in its transaction, it is not read again.

    ``place`` is the ``ctid`` of its row.
    """
    if not (pending := _pending()).event_ids:
        pending.first = deed, place
    pending.event_ids.append(deed.id)


def _pending() -> _Pending:
    pending: _Pending = db.session.info.setdefault(_PENDING, _Pending(current_tenant_id()))
    return pending


@event.listens_for(Session, "before_commit")
def _tie(session: Session) -> None:
    if session.in_nested_transaction() or _PENDING not in session.info:
        return
    session.flush()  # whatever it locks comes before the head
    pending: _Pending = session.info.pop(_PENDING)
    alone = pending.first if len(pending.event_ids) == 1 else None
    if alone is None or not _tie_one(session.connection(), *alone):
        tie(session.connection(), pending.tenant_id, pending.event_ids)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_PENDING, None)


def _tie_one(connection: Connection, deed: Deed, place: str) -> bool:
    """Whether there was a chain for it, and the event is still there as it was noted."""
    chained = {"tenant": deed.tenant_id, "chain": JOURNAL, "event": deed.id, "place": place}
    return connection.execute(_WRITE_ONE, {**chained, **chain.loose(deed)._asdict()}).rowcount == 1


def tie(connection: Connection, tenant_id: uuid.UUID, event_ids: list[uuid.UUID]) -> None:
    """Lengthen the tenant's chain by those of the events that are still there."""
    chained = {"tenant": tenant_id, "chain": JOURNAL}
    asked = {**chained, "events": event_ids}
    if not (rows := connection.execute(_READ, asked).all()):
        connection.execute(_BEGIN, {**asked, **GENESIS._asdict()})
        rows = connection.execute(_READ, asked).all()
    if rows:
        head = Head(rows[0][0], bytes(rows[0][1]))
        links = chain.append((Deed(*row[2:]) for row in rows), to=head)
        connection.execute(_WRITE, {**chained, **_columns(links)})


def _columns(links: list[Link]) -> dict[str, Any]:
    positions, events, actor_salts, actors, details_salts, details, digests = zip(
        *links, strict=True
    )
    return {
        "positions": list(positions),
        "events": list(events),
        "actor_salts": list(actor_salts),
        "actors": list(actors),
        "details_salts": list(details_salts),
        "details": list(details),
        "digests": list(digests),
        "position": positions[-1],
        "digest": digests[-1],
    }
