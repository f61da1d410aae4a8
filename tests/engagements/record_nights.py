"""Days that go by in the record's world, with the portal at work or down."""

from datetime import timedelta

import sqlalchemy as sa

from portal.engagements.models import Engagement
from portal.tracking.sweep import sweep
from tenants.db import db
from tests import make
from tests.engagements.record_world import World


def night(world: World) -> None:
    """A day goes by: what opens doors comes nearer its end, and the sweep does its work."""
    _swept(world, 1)


def down(world: World, days: int) -> None:
    """The portal is down for days: one sweep comes, late, for all of them.

    What lapsed meanwhile is told by its own dates.  What began is not: nobody counted on it, and
    evenings on which something began unseen are not read.
    """
    since, record = world.record.today, world.record
    _swept(world, days)
    begun = {one.begins for one in record.proofs if one.begins is not None}
    if begun & {since + timedelta(n) for n in range(1, days + 1)}:
        for n in range(1, days):
            del record.evenings[since + timedelta(n)]


def _swept(world: World, days: int) -> None:
    since, gone = world.record.today, timedelta(days=days)
    for _ in range(days):
        world.record.night()
    nearer = {"starts_at": Engagement.starts_at - gone, "ends_at": Engagement.ends_at - gone}
    db.session.execute(
        sa.update(Engagement).values(nearer).execution_options(synchronize_session=False)
    )
    sweep(make.EDITION, today=world.record.today, since=since, signature="Treize")
    db.session.commit()
