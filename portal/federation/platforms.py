"""Whom Pro Santé Connect means.  Only digests of its subjects are kept."""

import uuid
from typing import Final

from portal.federation import queries
from portal.federation.oidc import Claims
from portal.kit import keys

_PURPOSE: Final = "platform identity"


def digests(claims: Claims) -> list[str]:
    """How this subject is kept, under each secret known, the present one first."""
    return keys.digests(_PURPOSE, claims.issuer, claims.subject)


def whom(claims: Claims) -> uuid.UUID | None:
    row = queries.known_to_platform(digests(claims))
    return None if row is None else row.user_id
