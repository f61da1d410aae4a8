"""Closing an account: what carries a person's name or is hers alone goes, what she did stays.

One transaction serves one scope: the caller commits after each tenant, then after her own rows.
Begun again after a failure, it goes on where it stopped.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, and_, delete, or_, select, update

from portal.actions import releasing
from portal.audit import service as audit
from portal.audit.models import AuditEvent, BulkAct
from portal.collecting.models import Collection
from portal.engagements.models import EngagementAuditor
from portal.people import queries, team
from portal.people.models import Invitation, InvitationState
from portal.reminders.models import Mail, MailSuppression
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import Base, db
from tenants.models import CLOSED, Membership, Tenant, UserAccount
from tenants.roles import Role

#: What stands for the name of who closed her account.
NAMELESS: Final = "—"
#: Where the details of a deed have an address.
_ADDRESSES: Final = ("address", "to", "label")
#: Rows that carry ``user_id`` and stay, without a name: they say that somebody was there.  The app
#: may not write ``operator``: its row names an account that opens nothing any more.  An approval
#: stays with the name it was given under, for it is the proof of it (GDPR, article 17.3.e).
STAYING: Final = frozenset({"membership", "operator", "attestation_approval"})


@dataclass(frozen=True)
class Belonging:
    """A tenant that she is or was in."""

    tenant_id: uuid.UUID
    slug: str
    provider: str
    membership_id: uuid.UUID
    role: Role
    valid: bool


def belongings(user_id: uuid.UUID, at: datetime) -> Sequence[Belonging]:
    """Every access she ever had, ended ones included; needs her own scope."""
    rows = db.session.execute(
        select(Membership, Tenant.slug, Tenant.name)
        .join(Tenant, Tenant.id == Membership.tenant_id)
        .where(Membership.user_id == user_id)
        .order_by(Tenant.name, Tenant.id)
    )
    return [
        Belonging(row.tenant_id, slug, name, row.id, row.role, valid=_is_valid(row, at))
        for row, slug, name in rows
    ]


def _is_valid(row: Membership, at: datetime) -> bool:
    lasting = row.ends_at is None or row.ends_at > at
    return row.revoked_at is None and row.starts_at <= at and lasting


def is_needed(there: Belonging, at: datetime) -> bool:
    """Whether the tenant would be left without an owner; in the tenant's scope."""
    owns = there.valid and there.role is Role.OWNER
    return owns and not [it for it in queries.lasting_owners(at) if it != there.membership_id]


def leave(actor: Actor, there: Belonging, *, email: str, at: datetime) -> None:
    """End her access to one tenant and erase her name in its journal; in the tenant's scope.

    Raises :class:`portal.people.team.LastOwner`.
    """
    if there.valid:
        team.revoke(actor, there.membership_id, at=at)
    # Taken up under an address that she has had before, too.
    taken_up = _hers(actor, "invitation.accepted")
    hers = db.session.scalars(
        select(Invitation.id).where(or_(Invitation.email == email, Invitation.id.in_(taken_up)))
    ).all()
    releasing.release(actor.user_id)
    about_her = _about(actor, there.membership_id, email=email, invitations=hers)
    audit.erase(actor.user_id, about=db.session.scalars(about_her).all())
    waiting = and_(Invitation.id.in_(hers), Invitation.state == InvitationState.OPEN)
    over = {"state": InvitationState.REVOKED, "digest": None, "settled_at": at}
    for model, condition, values in (
        # Nobody can take it up any more, nor should anybody send it again to nowhere.
        (Invitation, waiting, over),
        (Invitation, Invitation.id.in_(hers), {"email": _nowhere(), "undelivered": None}),
        (Invitation, Invitation.invited_by == actor.user_id, {"invited_by_name": NAMELESS}),
        # What was done to many rows at once: the journal keeps the deed, undoing asks for no name.
        (BulkAct, BulkAct.actor_id == actor.user_id, {"actor_name": NAMELESS}),
        (Collection, Collection.person_id == actor.user_id, {"person_name": NAMELESS}),
        # What named her before the last change is not put back.
        (Collection, Collection.before["person_id"].astext == str(actor.user_id), {"before": None}),
    ):
        asked = update(model).where(condition).values(values)
        db.session.execute(asked, execution_options={"synchronize_session": False})
    _delete(actor.user_id, inside=True)
    for kept, address in ((Mail, Mail.to_address), (MailSuppression, MailSuppression.address)):
        db.session.execute(
            delete(kept).where(address == email).execution_options(synchronize_session=False)
        )


def _about(
    actor: Actor, membership_id: uuid.UUID, *, email: str, invitations: Sequence[uuid.UUID]
) -> Select[uuid.UUID]:
    """The deeds whose details name her: done or sent to her, opened for her, or at her word."""
    e, m, s = AuditEvent, Mail, EngagementAuditor
    mails = select(m.id).where(m.user_id == actor.user_id)
    rooms = select(s.engagement_id).where(s.membership_id == membership_id)
    return select(e.id).where(
        or_(
            and_(e.subject_type == "member", e.subject_id == membership_id),
            and_(e.subject_type == "invitation", e.subject_id.in_(invitations)),
            and_(e.subject_type == "mail", e.subject_id.in_(mails)),
            # Whose room it is was said when it was opened, and formerly whatever was done to it.
            and_(e.subject_id.in_(rooms), e.details.has_key("to")),
            # A worker writes an import, and undoes it: who wanted it is told by a deed of hers.
            and_(e.action == "import.applied", e.subject_id.in_(_hers(actor, "import.uploaded"))),
            and_(
                e.action == "import.undone", e.subject_id.in_(_hers(actor, "import.undo_confirmed"))
            ),
            and_(e.action == "directory.tied", e.actor_id == actor.user_id),
            # A change of who collects says both names; of two alike, the other’s goes as well.
            and_(
                e.action.in_(("collection.changed", "collection.undone")),
                e.details["changes"]["person"].contains([actor.name]),
            ),
            *(e.details[name].astext == email for name in _ADDRESSES),
        )
    )


def _hers(actor: Actor, deed: str) -> Select[uuid.UUID]:
    """To what she did that."""
    e = AuditEvent
    return select(e.subject_id).where(e.actor_id == actor.user_id, e.action == deed)


def forget(user_id: uuid.UUID) -> None:
    """Erase what is hers alone, then her name, address and password; needs her own scope."""
    _delete(user_id, inside=False)
    db.session.execute(
        update(UserAccount)
        .where(UserAccount.id == user_id)
        .values(email=_nowhere(), name=NAMELESS, password_hash=None)
        .execution_options(synchronize_session=False)
    )


def _delete(user_id: uuid.UUID, *, inside: bool) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        columns = table.columns
        if "user_id" not in columns or table.name in STAYING:
            continue
        if inside and "tenant_id" in columns:
            here = and_(columns.tenant_id == current_tenant_id(), columns.user_id == user_id)
            db.session.execute(delete(table).where(here))
        elif not inside and "tenant_id" not in columns:
            db.session.execute(delete(table).where(columns.user_id == user_id))


def _nowhere() -> str:
    """An address that nobody can have (RFC 2606)."""
    return f"{uuid.uuid4().hex}{CLOSED}"
