"""What a link that does one thing carries: whose it is and a secret.  Only a digest is kept.

The digest covers whose it is as well: a token sent to another's door opens nothing there.
"""

import base64
import binascii
import hashlib
import secrets
import uuid
from dataclasses import dataclass
from typing import Final

from portal.kit import keys

_SECRET: Final = 32
_OWNER: Final = 16


@dataclass(frozen=True)
class Token:
    """``owner_id``: the tenant or the person in whose scope the digest is looked for."""

    owner_id: uuid.UUID
    digest: str


def make(owner_id: uuid.UUID) -> tuple[str, Token]:
    """A new token, as the link has it and as it is kept."""
    raw = owner_id.bytes + secrets.token_bytes(_SECRET)
    return base64.urlsafe_b64encode(raw).decode(), _kept(raw)


def derived(owner_id: uuid.UUID, *of: str) -> tuple[str, Token]:
    """The token of what ``of`` names, the same each time: of a message that is written again."""
    raw = owner_id.bytes + bytes.fromhex(keys.digest("tokens", *of))
    return base64.urlsafe_b64encode(raw).decode(), _kept(raw)


def read(written: str) -> Token | None:
    """What a link says, or ``None`` when nobody made it."""
    try:
        raw = base64.b64decode(written, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return _kept(raw) if len(raw) == _OWNER + _SECRET else None


def _kept(raw: bytes) -> Token:
    return Token(uuid.UUID(bytes=raw[:_OWNER]), hashlib.sha256(raw).hexdigest())
