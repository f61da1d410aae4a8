"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), by Ed25519.  Pure.

A checkpoint says how many leaves a log has and what root they make; its lines are the log's name,
the size, the root in base64, an empty line, and « — name signature ».
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

#: The kind of key, first byte of all that is said of one.
ED25519: Final = b"\x01"
_ID_BYTES: Final = 4
_PRIVATE: Final = "PRIVATE+KEY"
_MOST_SIGNATURES: Final = 16


class BadNote(ValueError):
    """Not a note, or not signed by this key; ``str()`` says which."""


@dataclass(frozen=True)
class Verifier:
    """A log's name and public key, written ``name+id+key``."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        named = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_b64(ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises :class:`BadNote`."""
        name, _, rest = text.partition("+")
        told, _, key = rest.partition("+")
        raw = _unb64(key)
        found = cls(name, raw[1:])
        if raw[:1] != ED25519 or found.id.hex() != told or not _nameable(name):
            raise BadNote("not a key of a log")
        return found

    def opened(self, note: str) -> str:
        """The text of a note that this key signed.  Raises :class:`BadNote`."""
        text, blank, signatures = note.rpartition("\n\n")
        lines = signatures.removesuffix("\n").split("\n")
        if not blank or not signatures.endswith("\n") or len(lines) > _MOST_SIGNATURES:
            raise BadNote("not a signed note")
        text += "\n"
        ours = [self._signed(line, text) for line in lines]  # every line must be one
        if not any(ours):
            raise BadNote("not signed by this log's key")
        return text

    def _signed(self, line: str, text: str) -> bool:
        mark, _, rest = line.partition(" ")
        name, _, told = rest.partition(" ")
        if mark != "—" or not told:
            raise BadNote("not a line of a signature")
        raw = _unb64(told)
        if name != self.name or raw[:_ID_BYTES] != self.id:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw[_ID_BYTES:], text.encode())
        except InvalidSignature as error:
            raise BadNote("its signature is false") from error
        return True


@dataclass(frozen=True)
class Signer:
    """A log's name and private key, written ``PRIVATE+KEY+name+id+seed``."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> Verifier:
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return Verifier(self.name, public)

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def __str__(self) -> str:
        return f"{_PRIVATE}+{self.name}+{self.verifier.id.hex()}+{_b64(ED25519 + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises :class:`BadNote`."""
        kind, key, name, told, seed = [*text.strip().split("+", 4), "", "", "", ""][:5]
        raw = _unb64(seed)
        if f"{kind}+{key}" != _PRIVATE or raw[:1] != ED25519 or not _nameable(name):
            raise BadNote("not a private key of a log")
        found = cls(name, raw[1:])
        if found.verifier.id.hex() != told:
            raise BadNote("not the key that it says")
        return found

    def signed(self, text: str) -> str:
        """``text`` ends with a line's end."""
        signature = _b64(self.verifier.id + self._key.sign(text.encode()))
        return f"{text}\n— {self.name} {signature}\n"


@dataclass(frozen=True)
class Checkpoint:
    """So many leaves, and the root they make."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises :class:`BadNote`."""
        origin, size, root = [*text.split("\n"), "", "", ""][:3]
        if not size.isascii() or not size.isdigit() or str(int(size)) != size or not origin:
            raise BadNote("not a checkpoint")
        return cls(origin, int(size), _unb64(root))


def opened(note: str, by: Verifier) -> Checkpoint:
    """The checkpoint in a note signed by this log.  Raises :class:`BadNote`."""
    found = Checkpoint.parse(by.opened(note))
    if found.origin != by.name:
        raise BadNote("the checkpoint of another log")
    return found


def _nameable(name: str) -> bool:
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote("not base64") from error
