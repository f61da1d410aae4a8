"""Invitations: held out, sent again, withdrawn, taken up.  Flushes, never commits."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portal.audit import service as audit
from portal.calendars import service as calendars
from portal.kit import outbox, tokens
from portal.kit.errors import Conflict, Refused
from portal.people import queries, rules
from portal.people.models import Invitation, InvitationEstablishment, InvitationState
from portal.reminders import centre
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.models import Membership, UserAccount
from tenants.roles import PROVIDER_ROLES, Role

GOOD_FOR: Final = timedelta(days=14)
SEND: Final = "people.invite"


@dataclass(frozen=True, kw_only=True)
class Access:
    """What somebody is to be given: a role, for some establishments, for a time."""

    role: Role
    job_title: str = ""
    establishments: Collection[uuid.UUID] = ()
    ends_at: datetime | None = None


class AlreadyHere(Conflict):
    message = "This person has a role here already."


class AlreadyInvited(Conflict):
    message = "An invitation to this address is waiting already: send it again, or withdraw it."


class Void(Refused):
    """Used, withdrawn, lapsed, of another tenant or never written: never told apart."""

    status = 404
    heading = "This invitation opens nothing any more"
    message = "If you have accepted it, sign in; if not, ask whoever sent it to send it again."


def invite(actor: Actor, email: str, access: Access, *, at: datetime) -> Invitation:
    """Hold out an access to an address; the mail is promised.  Raises ``Refused``, ``Conflict``."""
    email = email.strip().lower()
    reached = rules.check_grant(
        actor, access.role, establishments=access.establishments, ends_at=access.ends_at, at=at
    )
    known = tenancy.user_by_email(email)
    if known is not None and queries.role_of(known.id, at) is not None:
        raise AlreadyHere(field="email")
    if queries.is_waiting(email, at):
        raise AlreadyInvited(field="email")
    row = Invitation(
        email=email,
        role=access.role,
        job_title=access.job_title,
        ends_at=access.ends_at,
        expires_at=at + GOOD_FOR,
        invited_by=actor.user_id,
        invited_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add_all(
        InvitationEstablishment(invitation_id=row.id, establishment_id=establishment_id)
        for establishment_id in reached
    )
    _send(row, at)
    _note(actor, "invitation.sent", row)
    return row


def resend(actor: Actor, invitation_id: uuid.UUID, *, at: datetime) -> Invitation:
    """Write again, with another link: the earlier one is dead from now on.

    Whoever sends it again answers for it: the invitation is hers from now on.
    """
    row = queries.invitation(invitation_id)
    rules.check_grant(
        actor,
        row.role,
        establishments=[place.id for place in queries.invited_to(row.id)],
        ends_at=row.ends_at,
        at=at,
    )
    row.digest, row.sent_at, row.undelivered = None, None, None
    row.expires_at = at + GOOD_FOR
    row.invited_by, row.invited_by_name = actor.user_id, actor.name
    row.resent += 1
    _send(row, at)
    _note(actor, "invitation.resent", row)
    return row


def withdraw(actor: Actor, invitation_id: uuid.UUID, *, at: datetime) -> Invitation:
    row = queries.invitation(invitation_id)
    rules.check_role(actor, row.role)
    row.state, row.digest, row.settled_at = InvitationState.REVOKED, None, at
    db.session.flush()
    _note(actor, "invitation.revoked", row)
    return row


def new_token(invitation_id: uuid.UUID, *, at: datetime) -> tuple[Invitation, str] | None:
    """The link's token, made as the mail is written: only its digest is ever kept.

    It follows from the invitation and from how often it was sent again: the same mail written again
    is the same.  ``None`` when nobody waits for it any more.
    """
    row = db.session.get(Invitation, (current_tenant_id(), invitation_id), with_for_update=True)
    if row is None or row.state is not InvitationState.OPEN or row.expires_at <= at:
        return None
    written, token = tokens.derived(row.tenant_id, SEND, str(row.id), str(row.resent))
    row.digest = token.digest
    db.session.flush()
    return row, written


def standing(digest: str, *, at: datetime, lock: bool = False) -> Invitation:
    """The invitation that a link opens.  Raises :class:`Void`.

    It stands while whoever sent it could still give as much.
    """
    row = queries.invitation_of(digest, at, lock=lock)
    if row is None or (row.ends_at is not None and row.ends_at <= at):
        raise Void
    host = queries.role_of(row.invited_by, at)
    if host is None or not rules.may_grant(host, row.role):
        raise Void
    return row


def accept(person: UserAccount, digest: str, *, at: datetime) -> Membership:
    """Take up an invitation as the person it was written to.  Raises :class:`Void`.

    Raises :class:`AlreadyHere` for somebody who got a role by another way meanwhile.
    """
    row = standing(digest, at=at, lock=True)
    if person.email != row.email:
        raise Void
    if queries.role_of(person.id, at) is not None:
        raise AlreadyHere
    places = [place.id for place in queries.invited_to(row.id)]
    if row.role not in PROVIDER_ROLES and not places:
        raise Void
    begin_anew(person.id)
    membership = tenants.admit(
        person.id,
        role=row.role,
        job_title=row.job_title,
        establishments=places,
        ends_at=row.ends_at,
    )
    row.state, row.digest, row.settled_at = InvitationState.ACCEPTED, None, at
    db.session.flush()
    _note(Actor(person.id, row.tenant_id, row.role, person.name), "invitation.accepted", row)
    return membership


def begin_anew(user_id: uuid.UUID) -> None:
    """Nothing of an access that she had here before comes back with the one she gets now."""
    centre.forget(user_id)
    calendars.forget(user_id)


def _send(row: Invitation, at: datetime) -> None:
    db.session.flush()
    outbox.promise(
        SEND,
        key=row.message_key,
        payload={"invitation_id": str(row.id), "turn": row.resent},
        run_at=at,
        queue=outbox.Queue.CRITICAL,
    )


def _note(actor: Actor, action: str, row: Invitation) -> None:
    audit.record(
        actor, action, subject="invitation", subject_id=row.id, to=row.email, role=row.role.value
    )
