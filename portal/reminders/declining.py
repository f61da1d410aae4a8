"""The link by which somebody wants no more reminders of a kind, without signing in (RFC 8058).

Signed, it names a person, a tenant and kinds, and can do nothing but stop messages: it may lie in a
mailbox for years.
"""

import uuid
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from portal.config import Settings
from portal.kit import keys
from portal.reminders.kinds import Kind, NoLongerSent


@dataclass(frozen=True)
class Refusal:
    """Who wants no more of what, where."""

    tenant_id: uuid.UUID
    user_id: uuid.UUID
    kinds: frozenset[Kind]


def written(refusal: Refusal) -> str:
    """As the link has it."""
    kinds = sorted(refusal.kinds)
    return str(_signer().dumps([refusal.tenant_id.hex, refusal.user_id.hex, *kinds]))


def read(token: str) -> Refusal | None:
    """``None`` when we did not write it.  Raises :class:`NoLongerSent`."""
    try:
        tenant, person, *kinds = _signer().loads(token)
    except BadData:
        return None
    known = frozenset(Kind(it) for it in kinds if it in set(Kind))
    if kinds and not known:
        raise NoLongerSent
    return Refusal(uuid.UUID(tenant), uuid.UUID(person), known)


def headers(refusal: Refusal) -> dict[str, str]:
    """What tells a mail reader to offer it as a button of its own."""
    if not refusal.kinds:
        return {}
    return {
        "List-Unsubscribe": f"<{address(refusal)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def address(refusal: Refusal) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.public_url}/rappels/desabonner/{written(refusal)}"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(keys.for_signing(), salt="reminders.declining")
