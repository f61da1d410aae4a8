"""Keys of a tenant: made at the first file, replaced, wrapped anew, destroyed."""

import os
import uuid
from datetime import datetime

from portal.audit import service as audit
from portal.kit import locks
from portal.kit.errors import DomainError
from portal.vault import masters, queries
from portal.vault.cipher import KEY_BYTES, Tampered
from portal.vault.models import TenantKey
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id


class Destroyed(DomainError):
    """The key of this file is gone for good."""

    status = 410
    message = "This file can no longer be read: its key was destroyed."


def serving() -> tuple[uuid.UUID, bytes]:
    """The key for a new file, made if there is none yet: its id, and itself."""
    found = queries.serving_key()
    if found is None:
        _take_turn()
        found = queries.serving_key() or _made()
    return found.id, _opened(found)


def opening(key_id: uuid.UUID) -> bytes:
    """The key by its id.  Raises :class:`Destroyed`, or ``Tampered`` when there never was one."""
    found = queries.key(key_id)
    if found is None:
        raise Tampered("an unknown key")
    return _opened(found)


def rotate(actor: Actor | None) -> TenantKey:
    """Seal new files with a new key; what the former sealed stays readable."""
    _take_turn()
    _retire()
    made = _made()
    audit.record(actor, "vault.rotated", subject="vault", subject_id=made.id)
    return made


def rewrap() -> int:
    """Wrap the tenant's keys by the present master key; returns how many were by another."""
    known, done = masters.current(), 0
    for one in queries.all_keys(lock=True):
        if not one.wrapped or one.master == known.present.name:
            continue
        plain = _opened(one)
        one.wrapped = known.present.wrap(plain, one.tenant_id, one.id)
        one.master = known.present.name
        done += 1
    db.session.flush()
    return done


def destroy(actor: Actor | None, *, at: datetime) -> int:
    """Make every file sealed so far unreadable, for good; returns how many keys went.

    What backups of the database still hold goes when they expire.
    """
    _take_turn()
    _retire()
    gone = [one for one in queries.all_keys(lock=True) if one.wrapped]
    for one in gone:
        one.wrapped, one.destroyed_at = b"", at
        audit.record(actor, "vault.destroyed", subject="vault", subject_id=one.id)
    db.session.flush()
    return len(gone)


def _take_turn() -> None:
    locks.take(locks.VAULT, current_tenant_id())


def _retire() -> None:
    if (found := queries.serving_key()) is not None:
        found.serving = False
        db.session.flush()


def _made() -> TenantKey:
    tenant_id, key_id = current_tenant_id(), new_id()
    master = masters.current().present
    wrapped = master.wrap(os.urandom(KEY_BYTES), tenant_id, key_id)
    made = TenantKey(id=key_id, wrapped=wrapped, master=master.name, serving=True)
    db.session.add(made)
    db.session.flush()
    return made


def _opened(found: TenantKey) -> bytes:
    if not found.wrapped:
        raise Destroyed
    master = masters.current().named(found.master)
    return master.unwrap(found.wrapped, found.tenant_id, found.id)
