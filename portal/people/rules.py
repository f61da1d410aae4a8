"""Who may give which access, in one place: every path that grants or takes goes through here."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from portal.kit import clock
from portal.kit.errors import Refused
from portal.people import queries
from tenants.access import Actor
from tenants.roles import GRANTS, OUTSIDE_VOICES, PROVIDER_ROLES, Permission, Role

#: An auditor looks in for an engagement, not for ever.
LONGEST_AUDIT: Final = timedelta(days=180)


class NotYours(Refused):
    """Nobody hands out what she does not hold herself."""

    status = 403
    message = "You cannot give or take an access that goes beyond your own."


def may_grant(role: Role, granted: Role) -> bool:
    """Whether somebody with ``role`` may give, change or take ``granted``.

    An owner may do so for every role; others for roles whose every permission they hold.
    """
    if Permission.MEMBER_WRITE not in GRANTS[role]:
        return False
    return role is Role.OWNER or GRANTS[granted] - OUTSIDE_VOICES <= GRANTS[role]


def grantable(actor: Actor) -> list[Role]:
    return [role for role in Role if may_grant(actor.role, role)]


def check_role(actor: Actor, role: Role) -> None:
    """Raises :class:`NotYours`."""
    if not may_grant(actor.role, role):
        raise NotYours(field="role")


def check_grant(
    actor: Actor,
    role: Role,
    *,
    establishments: Collection[uuid.UUID],
    ends_at: datetime | None,
    at: datetime,
) -> list[uuid.UUID]:
    """Whether this access may be given now; returns the establishments that it reaches.

    Those of the current scope only: an id of elsewhere is refused as an unknown one.  The
    provider's own people see all of them, whatever was ticked.  Raises ``Refused``.
    """
    check_role(actor, role)
    check_end(role, ends_at, at)
    if role in PROVIDER_ROLES:
        return []
    wanted = set(establishments)
    if not wanted:
        raise Refused("Choose at least one establishment.", field="establishments")
    if queries.in_reach(wanted) != wanted:
        raise Refused("One of these establishments is not in your fleet.", field="establishments")
    return sorted(wanted)


def check_end(role: Role, ends_at: datetime | None, at: datetime) -> None:
    """Raises ``Refused`` on an access that is over already, or lasts longer than it may."""
    if ends_at is not None and ends_at <= at:
        raise Refused("This day is past.", field="ends_on")
    if role is not Role.AUDITOR:
        return
    if ends_at is None:
        raise Refused("An audit has a last day: say which.", field="ends_on")
    if clock.last_day(ends_at) > clock.day_of(at) + LONGEST_AUDIT:
        raise Refused("An audit lasts 180 days at most.", field="ends_on")
