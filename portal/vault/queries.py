"""Reads over a tenant's keys."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from portal.vault.models import TenantKey
from tenants.db import db


def serving_key() -> TenantKey | None:
    """The key that seals new files; ``None`` before the first file."""
    found: TenantKey | None = db.session.scalar(select(TenantKey).where(TenantKey.serving))
    return found


def key(key_id: uuid.UUID) -> TenantKey | None:
    found: TenantKey | None = db.session.scalar(select(TenantKey).where(TenantKey.id == key_id))
    return found


def all_keys(*, lock: bool = False) -> Sequence[TenantKey]:
    """All keys of the tenant, the oldest first."""
    wanted = select(TenantKey).order_by(TenantKey.created_at, TenantKey.id)
    return db.session.scalars(wanted.with_for_update() if lock else wanted).all()
