"""Taking actions back from somebody who is no longer there.  Flushes, never commits."""

import uuid

from sqlalchemy import update

from portal.actions.models import LIVE, Action
from portal.audit import service as audit
from tenants.db import db


def release(user_id: uuid.UUID) -> int:
    """Leave to whoever takes it what this person still had to do; her name goes from there.

    Each action's history tells it, and so does the provider's journal; what is closed stays as it
    was.  Returns how many were hers; twice is once.
    """
    hers = db.session.scalars(
        update(Action)
        .where(Action.owner_id == user_id, Action.state.in_(LIVE))
        .values(owner_id=None, owner_name="", version=Action.version + 1)
        .returning(Action)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    audit.record_all(
        None,
        "action.released",
        [
            audit.Deed(
                "action", it.id, it.establishment_id, it.requirement_code, {"title": it.title}
            )
            for it in hers
        ],
    )
    return len(hers)
