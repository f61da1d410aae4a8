"""Reads over the log: its tiles, its checkpoints, the proof that an entry is in it."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select

from portal.publiclog import merkle
from portal.publiclog.models import LogCheckpoint, LogEntry, LogNode, TrustAnchor
from portal.publiclog.notes import Checkpoint
from tenants.db import db

#: Entries in memory at a time.
_AT_ONCE = 10_000


def tile(level: int, number: int, width: int) -> Sequence[bytes]:
    """The first hashes of a tile (``merkle.Reader``)."""
    first = number * merkle.WIDTH
    found = db.session.scalars(
        select(LogNode.hash)
        .where(LogNode.level == level, LogNode.number >= first, LogNode.number < first + width)
        .order_by(LogNode.number)
    ).all()
    return [bytes(each) for each in found]


def size() -> int:
    """How many leaves the tree has, signed or not."""
    last = db.session.scalar(select(func.max(LogNode.number)).where(LogNode.level == 0))
    return 0 if last is None else last + 1


def entries(*, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """The entries by place, read as they are asked for."""
    asked = select(LogEntry.entry).where(LogEntry.position >= start).order_by(LogEntry.position)
    if stop is not None:
        asked = asked.where(LogEntry.position < stop)
    with db.session.scalars(asked, execution_options={"yield_per": _AT_ONCE}) as rows:
        yield from map(bytes, rows)


def waits(*, since: datetime) -> bool:
    """Whether an entry that was put in before ``since`` has no place yet."""
    asked = select(LogEntry.entry).where(LogEntry.position.is_(None), LogEntry.at < since)
    return db.session.scalar(asked.limit(1)) is not None


def last_checkpoint() -> LogCheckpoint | None:
    return db.session.scalar(select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(1))


def last_stamped() -> LogCheckpoint | None:
    """The last one that a third party told its time over."""
    return db.session.scalar(_stamped().order_by(LogCheckpoint.size.desc()).limit(1))


def _stamped() -> Select[LogCheckpoint]:
    return select(LogCheckpoint).where(LogCheckpoint.token.is_not(None))


def anchors(kind: str) -> Sequence[str]:
    """What a verifier believes, the first known first."""
    return db.session.scalars(
        select(TrustAnchor.value)
        .where(TrustAnchor.kind == kind)
        .order_by(TrustAnchor.since, TrustAnchor.value)
    ).all()


@dataclass(frozen=True)
class Proof:
    """That an entry stands in the log that a checkpoint was signed of."""

    index: int
    size: int
    path: tuple[bytes, ...]
    checkpoint: str

    def to_json(self) -> dict[str, Any]:
        """The hashes of the path one after the other, in base64: 640 bytes in a million leaves."""
        return {
            "index": self.index,
            "size": self.size,
            "path": base64.b64encode(b"".join(self.path)).decode(),
            "checkpoint": self.checkpoint,
        }


def proofs(*entries: bytes) -> list[Proof] | None:
    """The proofs under the last checkpoint; ``None`` while one waits, or is unknown."""
    checkpoint = last_checkpoint()
    if checkpoint is None:
        return None
    rows = db.session.execute(
        select(LogEntry.entry, LogEntry.position).where(
            LogEntry.entry.in_(entries), LogEntry.position < checkpoint.size
        )
    )
    places: dict[bytes, int] = {bytes(row.entry): row.position for row in rows}
    if places.keys() != set(entries):
        return None
    return [_proof(each, places[each], checkpoint) for each in entries]


def _proof(entry: bytes, index: int, checkpoint: LogCheckpoint) -> Proof:
    path = merkle.inclusion(cache(tile), index, checkpoint.size)
    signed = Checkpoint.parse(checkpoint.note)
    merkle.check_inclusion(merkle.leaf_hash(entry), index, checkpoint.size, path, signed.root)
    return Proof(index, checkpoint.size, tuple(path), checkpoint.note)


def stamped(older: int) -> dict[str, Any] | None:
    """A third party's time over a log that begins with the first ``older`` leaves.

    The earliest there is, with the proof that it does; ``None`` while there is none.
    """
    first = _stamped().where(LogCheckpoint.size >= older).order_by(LogCheckpoint.size)
    found = db.session.scalar(first.limit(1)) if older > 0 else None
    if found is None or found.token is None:
        return None
    return {**_grown(older, found), "token": base64.b64encode(found.token).decode()}


def growth(older: int) -> dict[str, Any] | None:
    """The last checkpoint, and the proof that its log begins with the first ``older`` leaves.

    ``None`` when it has fewer.
    """
    last = last_checkpoint()
    if last is None or not 0 < older <= last.size:
        return None
    return _grown(older, last)


def _grown(older: int, newer: LogCheckpoint) -> dict[str, Any]:
    path = merkle.consistency(cache(tile), older, newer.size)
    return {
        "from": older,
        "size": newer.size,
        "checkpoint": newer.note,
        "path": base64.b64encode(b"".join(path)).decode(),
    }
