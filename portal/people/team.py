"""What becomes of those who are in: another role, other establishments, an end, the door."""

import uuid
from datetime import datetime

from portal.audit import service as audit
from portal.kit.errors import Refused
from portal.people import queries, rules
from portal.people.service import Access
from portal.reminders import centre
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.models import Membership
from tenants.roles import Role


class LastOwner(Refused):
    message = "A provider keeps at least one owner: name another one first."


def change(actor: Actor, membership_id: uuid.UUID, access: Access, *, at: datetime) -> Membership:
    """Give somebody another role, other establishments, another end; her next page shows it.

    Raises ``NotFound``, ``Refused``; :class:`LastOwner` when no owner without an end would stay.
    """
    row, person = queries.member(membership_id, at, held=True)
    rules.check_role(actor, row.role)
    reached = rules.check_grant(
        actor, access.role, establishments=access.establishments, ends_at=access.ends_at, at=at
    )
    if access.role is not Role.OWNER or access.ends_at is not None:
        _keep_an_owner(row, at)
    before, one_of_us = _told(row), row.whole_tenant
    tenants.reassign(
        row,
        role=access.role,
        job_title=access.job_title,
        establishments=reached,
        ends_at=access.ends_at,
    )
    if one_of_us and not row.whole_tenant:
        centre.forget(row.user_id)
    audit.record(
        actor,
        "member.changed",
        subject="member",
        subject_id=row.id,
        to=person.name,
        before=before,
        after=_told(row),
    )
    return row


def revoke(actor: Actor, membership_id: uuid.UUID, *, at: datetime) -> Membership:
    """Shut the door on somebody, or on oneself.  Raises ``NotFound``, ``NotYours``, `LastOwner`."""
    row, person = queries.member(membership_id, at, held=True)
    leaves = row.user_id == actor.user_id
    if not leaves:
        rules.check_role(actor, row.role)
    _keep_an_owner(row, at)
    tenants.revoke(row, at=at)
    audit.record(
        actor,
        "member.left" if leaves else "member.revoked",
        subject="member",
        subject_id=row.id,
        to=person.name,
        role=row.role.value,
    )
    return row


def is_needed(row: Membership, at: datetime) -> bool:
    """Whether the tenant would be left without an owner whose access has no end."""
    if row.role is not Role.OWNER:
        return False
    return not [it for it in queries.lasting_owners(at) if it != row.id]


def _keep_an_owner(row: Membership, at: datetime) -> None:
    if is_needed(row, at):
        raise LastOwner


def _told(row: Membership) -> dict[str, str | int | None]:
    return {
        "role": row.role.value,
        "until": row.ends_at.isoformat() if row.ends_at else None,
        "establishments": len(tenancy.reached_establishments(row.id)),
    }
