"""Audits that ended without anybody closing them: their reports are made all the same."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from portal.engagements.models import Engagement
from portal.engagements.service import REMAKE
from portal.kit import outbox
from tenants.db import db


def ended(at: datetime) -> Sequence[uuid.UUID]:
    """Those past their last day that nobody closed or took back."""
    g = Engagement
    return db.session.scalars(
        select(g.id)
        .where(g.ends_at <= at, g.closed_at.is_(None), g.revoked_at.is_(None))
        .order_by(g.ends_at, g.id)
    ).all()


def promise_reports(at: datetime) -> None:
    """Of every such audit; one that was promised already stays so.

    A closing that somebody had asked for, and that was given up, is tried once more in her name.
    """
    for engagement_id in ended(at):
        outbox.promise(
            REMAKE,
            key=f"{engagement_id}:ended",
            payload={"engagement": str(engagement_id)},
            run_at=at,
        )
