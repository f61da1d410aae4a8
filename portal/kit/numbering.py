"""The number of a message, by which what comes back is known again as ours.

It names what the message is of and its tenant, under a secret of ours: who guesses ids can have
nobody's address struck off.  The same message has the same number however often it is written.
"""

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app

from portal.config import Settings
from portal.kit import keys
from tenants.context import current_tenant_id


@dataclass(frozen=True)
class Number:
    """``of_id``: the row that the message is of, a message that is kept where no ``kind`` is said.

    ``turn``: how often it was asked for again; each time it is another message.
    """

    tenant_id: uuid.UUID
    of_id: uuid.UUID
    kind: str = ""
    turn: int = 0


def written(of_id: uuid.UUID, *, kind: str = "", turn: int = 0) -> str:
    """The ``Message-ID`` of a message of the current tenant.  ``kind``: small letters."""
    settings = _settings()
    named = f"{of_id.hex}.{current_tenant_id().hex}"
    if kind:
        named = f"{kind}-{turn}-{named}"
    host = urlsplit(settings.public_url).hostname or "localhost"
    return f"<{named}.{_mark(named, settings.secret_key)}@{host}>"


def read(message_id: str) -> Number | None:
    """What a message is of; ``None`` when we did not write it."""
    named, _, mark = message_id.strip(" <>\r\n").partition("@")[0].rpartition(".")
    if not any(
        hmac.compare_digest(mark.encode(), _mark(named, key).encode()) for key in keys.secrets()
    ):
        return None
    told, tenant = named.split(".")
    *of, of_id = told.split("-")
    kind, turn = of or ("", "0")
    return Number(uuid.UUID(tenant), uuid.UUID(of_id), kind, int(turn))


def _mark(named: str, key: str) -> str:
    # As it was called when the first messages left, which may still come back.
    said = f"reminders.numbering {named}".encode()
    return hmac.new(key.encode(), said, hashlib.sha256).hexdigest()[:20]


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
