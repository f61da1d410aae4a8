"""Files in the storage, sealed: what lies there tells nothing without the tenant's key."""

import uuid
from collections.abc import Iterator
from itertools import chain
from typing import Final

from portal.kit import storage
from portal.kit.storage import Source, Stored
from portal.vault import cipher, service
from tenants.context import current_tenant_id

#: The word in a key that tells a sealed file from one kept plain.
KIND: Final = "vault"
#: What an encrypted file weighs more, at most, besides a chunk's tag each.
_MORE: Final = 4096


def new_key() -> str:
    """A random place for a sealed file of the present tenant."""
    return storage.new_key(current_tenant_id(), KIND)


def put(key: str, source: Source, *, limit: int) -> Stored:
    """Seal a file of at most ``limit`` bytes; size and SHA-256 returned are of the plain content.

    Raises ``TooLarge`` and ``Conflict`` as the storage does, and leaves nothing behind then.
    """
    key_id, data_key = service.serving()
    meter = storage.Meter(storage.pieces(source), limit, field="file")
    pieces = cipher.seal(data_key, key_id, _place(key), meter)
    storage.current().put(key, pieces, limit=cipher.sealed_size(limit) + _MORE)
    return Stored(key, meter.size, meter.sha256)


def open_plain(key: str) -> Iterator[bytes]:
    """The plain content, piece by piece; the first piece is checked before this returns.

    Raises ``NotFound``, ``Destroyed`` or ``Tampered``, the last one maybe midway.
    """
    pieces = storage.current().open(key)
    if not is_sealed(key):
        return pieces
    head, rest = _split(pieces)
    header = cipher.Header.from_bytes(head)
    plain = cipher.unseal(service.opening(header.key_id), header, _place(key), rest)
    return chain([next(plain)], plain)


def key_of(key: str) -> uuid.UUID:
    """Which of the tenant's keys opens it.  Raises ``NotFound`` or ``Tampered``."""
    head, _ = _split(storage.current().open(key))
    return cipher.Header.from_bytes(head).key_id


def is_sealed(key: str) -> bool:
    return f"/{KIND}/" in key


def _place(key: str) -> str:
    tenant_id, file_id = key.split("/")[1::2]
    return f"{uuid.UUID(tenant_id)}|{uuid.UUID(file_id)}"


def _split(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= cipher.HEADER:
            break
    return bytes(held[: cipher.HEADER]), chain([bytes(held[cipher.HEADER :])], pieces)
