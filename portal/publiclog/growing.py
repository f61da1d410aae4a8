"""The log grows: entries get their places, then a checkpoint is signed over them.

Two transactions, each under one lock for all workers.  The first gives places, which are final.
The second asserts that the tree still begins with all that was signed before, notes beside the key
what it is about to sign, and only then lets it out.  A worker that dies between any two steps
leaves what the next one takes up; a database that went back in time is found out, for what was
signed last is also kept where no backup of the database reaches.
"""

import secrets
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import bindparam, insert, select, text, update

from portal.kit import keyfiles, locks
from portal.kit.errors import Trouble
from portal.publiclog import merkle, publishing, queries, service
from portal.publiclog.models import LogCheckpoint, LogEntry, LogNode
from portal.publiclog.notes import BadNote, Checkpoint, Signer, Verifier, opened
from tenants.db import db

#: Entries given their places in one transaction.
AT_ONCE: Final = 20_000
SEED_BYTES: Final = 32
KEY_FILE: Final = "log.key"
SIGNED_FILE: Final = "log.signed"

_ENTRIES = LogEntry.metadata.tables[LogEntry.__tablename__]
_TURN = text("SELECT pg_advisory_xact_lock(:lock)")


class LogFault(RuntimeError):
    """The log must not be signed; ``str()`` says why, and somebody has to look."""

    trouble = Trouble.LOG


class RolledBack(LogFault):
    """Something that was signed is no longer there."""


class WrongKey(LogFault):
    """Another key signed before."""


class Desk(NamedTuple):
    """What it takes to sign: the key, and the file of what was signed last."""

    signer: Signer
    signed: Path


def desk(folder: Path, *, name: str) -> Desk:
    """The embedded key, made once under ``name``; for workers alone."""

    def made() -> bytes:
        return str(Signer(name, secrets.token_bytes(SEED_BYTES))).encode()

    kept = keyfiles.once(folder / KEY_FILE, made)
    return Desk(Signer.parse(kept.decode()), folder / SIGNED_FILE)


def advance(at: Desk, now: datetime) -> None:
    """Give places to whatever waits, and sign.  Commits: what waited was committed before."""
    while append() == AT_ONCE:
        pass
    sign(at, now)


def append() -> int:
    """Give their places to the entries that wait, and commit; returns how many."""
    db.session.execute(_TURN, {"lock": locks.PUBLIC_LOG})
    waiting = db.session.scalars(
        select(LogEntry.entry)
        .where(LogEntry.position.is_(None))
        .order_by(LogEntry.at, LogEntry.entry)
        .limit(AT_ONCE)
    ).all()
    if waiting:
        _place([bytes(each) for each in waiting])
    db.session.commit()
    return len(waiting)


def _place(entries: list[bytes]) -> None:
    first = queries.size()
    places = [{"b_entry": each, "b_at": first + at} for at, each in enumerate(entries)]
    placed = update(_ENTRIES).where(_ENTRIES.c.entry == bindparam("b_entry"))
    db.session.connection().execute(placed.values(position=bindparam("b_at")), places)
    leaves = [merkle.leaf_hash(each) for each in entries]
    nodes = [
        {"level": level, "number": number, "hash": made}
        for level, number, made in merkle.corners(first, leaves, queries.tile)
    ]
    db.session.execute(insert(LogNode), nodes)


def sign(at: Desk, now: datetime) -> None:
    """Sign what the log has become, publish it, and commit.

    Raises :class:`RolledBack` or :class:`WrongKey` rather than sign what contradicts a signature.
    """
    db.session.execute(_TURN, {"lock": locks.PUBLIC_LOG})
    _same_key(at.signer.verifier, now)
    size, kept = queries.size(), queries.last_checkpoint()
    before = _signed_before(at, kept.note if kept else None)
    for each in before:
        _holds(each, size)
    last = max((each.size for each in before), default=0)
    note = ""
    if size > last:
        root = merkle.root(cache(queries.tile), size)
        note = at.signer.signed(str(Checkpoint(at.signer.name, size, root)))
        keyfiles.replace(at.signed, note.encode())
    elif size:
        note = at.signed.read_text("utf-8")
    if size and (kept is None or kept.size < size):
        publishing.publish(kept.size if kept else 0, size)
        db.session.add(LogCheckpoint(size=size, note=note, at=now))
    db.session.commit()


def _same_key(ours: Verifier, now: datetime) -> None:
    known = queries.anchors("log")
    if not known:
        service.trust("log", str(ours), at=now)
    elif str(ours) not in known:
        raise WrongKey(f"checkpoints were signed by {known[0]}, this worker holds {ours}")


def _signed_before(at: Desk, kept: str | None) -> list[Checkpoint]:
    """What was signed last, as the database and the file beside the key tell it."""
    notes = [kept] if kept else []
    if at.signed.exists():
        notes.append(keyfiles.read(at.signed).decode())
    elif kept:
        keyfiles.replace(at.signed, kept.encode())
    try:
        return [opened(note, at.signer.verifier) for note in notes]
    except BadNote as error:
        raise WrongKey(str(error)) from error


def _holds(signed: Checkpoint, size: int) -> None:
    """Raises :class:`RolledBack` unless the tree still begins as it was signed."""
    if signed.size > size:
        raise RolledBack(f"{signed.size} leaves were signed for, {size} are left")
    if merkle.root(cache(queries.tile), signed.size) != signed.root:
        raise RolledBack(f"the first {signed.size} leaves are not those that were signed for")
