"""Reads over the addresses of calendars."""

import uuid

from sqlalchemy import select

from portal.calendars.models import CalendarFeed
from tenants.db import db


def of_person(user_id: uuid.UUID) -> CalendarFeed | None:
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.user_id == user_id))


def by_digest(digest: str) -> CalendarFeed | None:
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.digest == digest))
