"""Put something into the log.  It is public with the next checkpoint, which a worker signs."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert

from portal.audit import verification
from portal.kit import outbox
from portal.kit.canonical import canonical_json
from portal.publiclog import queries
from portal.publiclog.models import LogEntry, LogHead, TrustAnchor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id

ADVANCE: Final = "publiclog.advance"
HEAD: Final = "publiclog.head"
SALT_BYTES: Final = 16
#: What is put into the log within so many seconds is signed for together.
TOGETHER: Final = 10
#: After so many seconds an entry should have had its place; asked as often.
LATE: Final = 60


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def sealed_entry(salt: bytes, told: dict[str, Any]) -> bytes:
    """SHA-256(salt ‖ RFC 8785 JSON): who has both recognises it, nobody else learns anything."""
    return hashlib.sha256(salt + canonical_json(told)).digest()


def submit(entries: Iterable[bytes]) -> None:
    """Have these entries logged once the transaction commits; one that is there stays alone."""
    rows = [{"entry": entry} for entry in entries]
    if rows:
        db.session.execute(insert(LogEntry).on_conflict_do_nothing(), rows)


def promise_advance(at: datetime) -> None:
    """Have a checkpoint signed soon, one for all that comes within a few seconds."""
    turn = int(at.timestamp()) // TOGETHER
    later = datetime.fromtimestamp((turn + 1) * TOGETHER, at.tzinfo) + timedelta(seconds=1)
    outbox.promise(ADVANCE, key=str(turn), payload={}, run_at=later)


def promise_late_advance(at: datetime) -> None:
    """Have signed for what still waits, if anything does.

    A transaction that took long is kept after the turn that it was promised with.
    """
    if queries.waits(since=at - timedelta(seconds=LATE)):
        outbox.promise(ADVANCE, key=f"late {int(at.timestamp()) // LATE}", payload={}, run_at=at)


def note_head() -> bool:
    """Put the end of the current tenant's journal into the log, unless it was noted already."""
    head = verification.head()
    if not head.position:
        return False
    salt = new_salt()
    row = {
        "tenant_id": current_tenant_id(),
        "id": new_id(),
        "position": head.position,
        "digest": head.digest,
        "salt": salt,
    }
    noted = db.session.execute(
        insert(LogHead).values(row).on_conflict_do_nothing().returning(LogHead.id)
    ).all()
    if noted:
        submit([sealed_entry(salt, head_told(head.position, head.digest))])
    return bool(noted)


def head_told(position: int, digest: bytes) -> dict[str, Any]:
    return {"kind": "head", "position": position, "digest": digest.hex()}


def trust(kind: str, value: str, *, at: datetime) -> None:
    """Tell verifiers to believe in this key (``log``) or certificate (``seal``)."""
    row = {"kind": kind, "value": value, "since": at}
    db.session.execute(insert(TrustAnchor).values(row).on_conflict_do_nothing())
