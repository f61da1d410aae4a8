"""Giving a calendar an address, another one, none; knowing who reads by it.  Never commits."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.audit import service as audit
from portal.calendars import queries
from portal.calendars.entries import Reader
from portal.calendars.models import CalendarFeed
from portal.kit import clock, tokens
from portal.kit.errors import NotFound
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.db import db
from tenants.models import Membership, Tenant, UserAccount
from tenants.roles import Role


def open_(actor: Actor, *, wide: bool) -> str:
    """A new secret for her address, told this once; a former one opens nothing any more."""
    written, token = tokens.make(actor.tenant_id)
    before = queries.of_person(actor.user_id)
    feed = before or CalendarFeed(user_id=actor.user_id)
    feed.digest, feed.wide, feed.read_on = token.digest, wide, None
    db.session.add(feed)
    db.session.flush()
    _note(actor, feed, "calendar.opened" if before is None else "calendar.renewed")
    return written


def close(actor: Actor) -> None:
    """Her address opens nothing any more.  Raises :class:`NotFound` when there is none."""
    if (feed := queries.of_person(actor.user_id)) is None:
        raise NotFound
    _note(actor, feed, "calendar.closed")
    db.session.delete(feed)
    db.session.flush()


def forget(user_id: uuid.UUID) -> None:
    """The address that she had by an access that she has no more: it opens nothing again."""
    if (feed := queries.of_person(user_id)) is not None:
        db.session.delete(feed)
        db.session.flush()


def _note(actor: Actor, feed: CalendarFeed, deed: str) -> None:
    """Whoever holds such an address reads without signing in: that there is one is a deed.

    Not an auditor's: hers tells nothing of the fleet, and outside of a room she adds to no journal.
    """
    if actor.role is not Role.AUDITOR:
        audit.record(actor, deed, subject="calendar", subject_id=feed.id)


@dataclass(frozen=True)
class Subscriber:
    """Who reads by an address, and how: ``whole`` when her reach is all of the tenant."""

    reader: Reader
    whole: bool
    locale: str
    provider: str


def subscriber(digest: str, *, at: datetime) -> Subscriber:
    """Whose address it is, while she has access.

    In the scope of its tenant.  Raises :class:`NotFound`, for an access that ended as for an
    address that never was.
    """
    if (feed := queries.by_digest(digest)) is None:
        raise NotFound
    row = db.session.execute(
        select(Membership, UserAccount, Tenant)
        .join(UserAccount, UserAccount.id == Membership.user_id)
        .join(Tenant, Tenant.id == Membership.tenant_id)
        .where(Membership.user_id == feed.user_id, tenancy.valid(at))
    ).first()
    if row is None:
        raise NotFound
    if feed.read_on != (today := clock.day_of(at)):
        feed.read_on = today
        db.session.flush()
    member, person, tenant = row
    actor = Actor(person.id, member.tenant_id, member.role, person.name)
    return Subscriber(
        Reader(actor, member.id, tenant.slug, feed.wide),
        member.whole_tenant,
        person.locale,
        tenant.name,
    )
