"""Establishments whose requirements are followed."""

import uuid

from portal.kit import clock
from portal.tracking import effective, scores
from portal.tracking.effective import Area
from tenants.db import db
from tests import make


def followed() -> uuid.UUID:
    """A client of which nothing is said yet, so that all that applies is a gap."""
    place, today = make.establishment(), clock.today()
    area = Area(make.EDITION, [place])
    effective.open_files(area, today)
    scores.count(area, today)
    db.session.commit()
    return place
