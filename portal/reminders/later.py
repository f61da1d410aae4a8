"""The link by which somebody puts one reminder off, without signing in.

Signed, it names a person, a tenant and a subject, and can do nothing but delay what she is told of
it; it reads what her own message said, and nothing else.
"""

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from flask import current_app
from itsdangerous import BadData, Signer

from portal.config import Settings
from portal.kit import keys
from portal.reminders.kinds import NoLongerSent, Subject

#: Three ids of sixteen bytes, four signs for each three bytes.
_IDS: Final = 64


@dataclass(frozen=True)
class Delay:
    """Who wants to hear later of what, where."""

    tenant_id: uuid.UUID
    user_id: uuid.UUID
    subject: Subject
    subject_id: uuid.UUID


def written(delay: Delay) -> str:
    """As the link has it: short, since it is read in terminals too."""
    ids = b"".join(one.bytes for one in (delay.tenant_id, delay.user_id, delay.subject_id))
    named = f"{urlsafe_b64encode(ids).decode()}{delay.subject.value}"
    return _signer().sign(named).decode()


def read(token: str) -> Delay | None:
    """``None`` when we did not write it.  Raises :class:`NoLongerSent`."""
    try:
        named = _signer().unsign(token).decode()
    except BadData:
        return None
    ids = urlsafe_b64decode(named[:_IDS])
    if named[_IDS:] not in set(Subject):
        raise NoLongerSent
    tenant, person, subject_id = (uuid.UUID(bytes=ids[at : at + 16]) for at in (0, 16, 32))
    return Delay(tenant, person, Subject(named[_IDS:]), subject_id)


def address(delay: Delay) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.public_url}/rappels/plus-tard/{written(delay)}"


def _signer() -> Signer:
    return Signer(keys.for_signing(), salt="reminders.later")
