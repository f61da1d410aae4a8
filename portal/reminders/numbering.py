"""The number of a message, by which what comes back is known again as ours.

It names the message and its tenant, under a secret of ours: who guesses ids can have nobody's
address struck off.  The same message has the same number however often it is written.
"""

import hashlib
import hmac
import uuid
from urllib.parse import urlsplit

from flask import current_app

from portal.config import Settings
from portal.kit import keys
from tenants.context import current_tenant_id


def written(mail_id: uuid.UUID) -> str:
    """The ``Message-ID`` of a message of the current tenant."""
    settings = _settings()
    named = f"{mail_id.hex}.{current_tenant_id().hex}"
    host = urlsplit(settings.public_url).hostname or "localhost"
    return f"<{named}.{_mark(named, settings.secret_key)}@{host}>"


def read(message_id: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The tenant and the message; ``None`` when we did not write it."""
    named, _, mark = message_id.strip(" <>\r\n").partition("@")[0].rpartition(".")
    if not any(
        hmac.compare_digest(mark.encode(), _mark(named, key).encode()) for key in keys.secrets()
    ):
        return None
    mail, tenant = named.split(".")
    return uuid.UUID(tenant), uuid.UUID(mail)


def _mark(named: str, key: str) -> str:
    said = f"reminders.numbering {named}".encode()
    return hmac.new(key.encode(), said, hashlib.sha256).hexdigest()[:20]


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
