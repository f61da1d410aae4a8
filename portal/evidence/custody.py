"""Whether every file of the record is still there, opens, and is what was deposited."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select

from portal.evidence.models import Evidence, State
from portal.kit.errors import NotFound
from portal.vault import sealed, service
from portal.vault.cipher import Tampered
from portal.vault.masters import UnknownMasterError
from tenants.db import db

_AT_ONCE: Final = 500


class Fate(StrEnum):
    """What became of a file."""

    WHOLE = "whole"
    #: Its key was destroyed: nobody reads it any more, as was wished.
    DESTROYED = "destroyed"
    MISSING = "missing"
    #: What lies there is not what was put there.
    ALTERED = "altered"
    #: The master key of its key is not among those that this installation was given.
    LOCKED = "locked"


#: What somebody has to look into.
WRONG: Final = frozenset({Fate.MISSING, Fate.ALTERED, Fate.LOCKED})


@dataclass(frozen=True)
class Kept:
    """One file of the record."""

    evidence_id: uuid.UUID
    key: str
    size: int
    sha256: str


@dataclass
class Report:
    """How many files there are of each fate, by which key, and which of them are wrong."""

    fates: Counter[Fate] = field(default_factory=Counter)
    by_key: Counter[uuid.UUID] = field(default_factory=Counter)
    wrong: list[tuple[uuid.UUID, Fate]] = field(default_factory=list)


def report(*, reading: bool) -> Report:
    """Look at every file of the present tenant; with ``reading``, decipher each to its end."""
    told = Report()
    for kept in _files():
        key_id, fate = looked_at(kept, reading=reading)
        told.fates[fate] += 1
        if key_id is not None:
            told.by_key[key_id] += 1
        if fate in WRONG:
            told.wrong.append((kept.evidence_id, fate))
    return told


def count() -> int:
    """How many files of the present tenant are kept."""
    return db.session.scalar(select(func.count()).where(*_KEPT)) or 0


_KEPT: Final = (Evidence.file_key.is_not(None), Evidence.state != State.REJECTED)


def _files() -> Iterator[Kept]:
    """A few at a time: no transaction stays open while a storage is read."""
    after = uuid.UUID(int=0)
    while True:
        rows = db.session.execute(
            select(Evidence.id, Evidence.file_key, Evidence.file_size, Evidence.sha256)
            .where(*_KEPT, Evidence.id > after)
            .order_by(Evidence.id)
            .limit(_AT_ONCE)
        ).all()
        db.session.rollback()
        for row in rows:
            yield Kept(row.id, row.file_key or "", row.file_size or 0, row.sha256)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].id


def looked_at(kept: Kept, *, reading: bool) -> tuple[uuid.UUID | None, Fate]:
    """By which key a file opens and what became of it; ``reading`` deciphers it to its end."""
    try:
        key_id = sealed.key_of(kept.key) if sealed.is_sealed(kept.key) else None
        return key_id, _fate(kept, key_id, reading=reading)
    except NotFound:
        return None, Fate.MISSING
    except Tampered:
        return None, Fate.ALTERED


def _fate(kept: Kept, key_id: uuid.UUID | None, *, reading: bool) -> Fate:
    try:
        if key_id is not None:
            service.opening(key_id)
        return Fate.WHOLE if not reading or _as_deposited(kept) else Fate.ALTERED
    except service.Destroyed:
        return Fate.DESTROYED
    except UnknownMasterError:
        return Fate.LOCKED


def _as_deposited(kept: Kept) -> bool:
    digest, size = hashlib.sha256(), 0
    for piece in sealed.open_plain(kept.key):
        digest.update(piece)
        size += len(piece)
    return (size, digest.hexdigest()) == (kept.size, kept.sha256)
