"""How a file is enciphered: AES-256-GCM in chunks, so that neither side holds it whole.

A sealed file is a header (mark, id of the tenant's key, salt), then chunks of :data:`CHUNK` bytes,
each followed by its 16-byte tag.  The file's own key comes from the tenant's key and the salt, so
that nonces may simply count; the last chunk says so in its nonce.  A chunk that is changed, moved,
left out, added, or put into another file or another tenant does not open.
"""

import os
import struct
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.kit.errors import Trouble

KEY_BYTES: Final = 32
CHUNK: Final = 64 * 1024
_TAG: Final = 16
_SALT: Final = 32
_MARK: Final = b"TRZ1"
HEADER: Final = len(_MARK) + 16 + _SALT


class Tampered(ValueError):
    """What was stored is not what was sealed there."""

    trouble = Trouble.SPOILT


@dataclass(frozen=True)
class Header:
    """What stands in clear before the chunks."""

    key_id: uuid.UUID
    salt: bytes

    def to_bytes(self) -> bytes:
        return _MARK + self.key_id.bytes + self.salt

    @classmethod
    def from_bytes(cls, head: bytes) -> "Header":
        if len(head) != HEADER or not head.startswith(_MARK):
            raise Tampered("no sealed file")
        start = len(_MARK)
        return cls(uuid.UUID(bytes=head[start : start + 16]), head[start + 16 :])


def sealed_size(plain: int) -> int:
    """The bytes that so many take once sealed; an empty file has one empty chunk."""
    return HEADER + plain + _TAG * max(1, -(-plain // CHUNK))


def seal(key: bytes, key_id: uuid.UUID, place: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The sealed bytes; ``place`` names the tenant and the file they belong to."""
    header = Header(key_id, os.urandom(_SALT)).to_bytes()
    cipher, known = _cipher(key, header), _known(header, place)
    yield header
    for number, chunk, last in _numbered(pieces, CHUNK):
        yield cipher.encrypt(_nonce(number, last=last), chunk, known)


def unseal(key: bytes, header: Header, place: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The plain bytes of what follows the header.  Raises :class:`Tampered`, maybe midway."""
    head = header.to_bytes()
    cipher, known = _cipher(key, head), _known(head, place)
    for number, chunk, last in _numbered(pieces, CHUNK + _TAG):
        try:
            yield cipher.decrypt(_nonce(number, last=last), chunk, known)
        except InvalidTag as error:
            raise Tampered(f"chunk {number}") from error


def _cipher(key: bytes, header: bytes) -> AESGCM:
    made = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=header[-_SALT:], info=b"treize file")
    return AESGCM(made.derive(key))


def _known(header: bytes, place: str) -> bytes:
    return header + place.encode()


def _nonce(number: int, *, last: bool) -> bytes:
    return struct.pack(">QI", number, int(last))


def _numbered(pieces: Iterable[bytes], size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Chunks of ``size`` bytes, the last one maybe shorter; there is always a last one."""
    held, number = bytearray(), 0
    for piece in pieces:
        held += piece
        while len(held) > size:
            yield number, bytes(held[:size]), False
            del held[:size]
            number += 1
    yield number, bytes(held), True
