"""Reads over the log: its tiles, its checkpoints, the proof that an entry is in it."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import func, select

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


def last_checkpoint() -> LogCheckpoint | None:
    return db.session.scalar(select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(1))


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


def proof(entry: bytes) -> Proof | None:
    """The proof under the last checkpoint; ``None`` while the entry waits, or is unknown."""
    index = db.session.scalar(select(LogEntry.position).where(LogEntry.entry == entry))
    checkpoint = last_checkpoint()
    if index is None or checkpoint is None or index >= checkpoint.size:
        return None
    read = cache(tile)
    path = merkle.inclusion(read, index, checkpoint.size)
    signed = Checkpoint.parse(checkpoint.note)
    merkle.check_inclusion(merkle.leaf_hash(entry), index, checkpoint.size, path, signed.root)
    return Proof(index, checkpoint.size, tuple(path), checkpoint.note)
