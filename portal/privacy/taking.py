"""One's own data as files to take away (GDPR, articles 15 and 20): one JSON per kind.

No secret is among them: what opens the account is of use to nobody but a thief.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, func, or_, select, true

from portal.accounts.models import AccountEvent, AddressChange, Comeback, Factor
from portal.actions.models import Action
from portal.attestations.models import Approval
from portal.audit.models import AuditEvent
from portal.calendars.models import CalendarFeed
from portal.collecting.models import Collection, FileRequest
from portal.engagements.models import AuditFinding, AuditRequest, Engagement, EngagementAuditor
from portal.federation.models import ExternalIdentity, PlatformIdentity
from portal.fleet.models import Establishment
from portal.people.models import Invitation, InvitationState
from portal.reminders.models import (
    Mail,
    Notice,
    Reminder,
    ReminderChoice,
    ReminderClock,
    ReminderSnooze,
)
from tenants import service as tenants
from tenants.context import Reach, current_scope
from tenants.db import Base, db
from tenants.models import Membership, SignIn, Tenant, UserAccount

_SECRET: Final = frozenset(
    {"password_hash", "secret", "last_step", "credential_id", "public_key", "sign_count", "digest"}
)
#: Whom a collection was given to before her is nothing of hers.
_OF_OTHERS: Final = frozenset({"before"})

Rows = Sequence[Mapping[str, Any]]

#: What belongs to the person alone, by the name of its file.
HERS: Final[Mapping[str, type[Base]]] = {
    "sign-ins": SignIn,
    "account-events": AccountEvent,
    "second-factors": Factor,
    "former-addresses": AddressChange,
    "comebacks": Comeback,
    "pro-sante-connect": PlatformIdentity,
}
#: What a tenant keeps of her, besides her access and her deeds.
KEPT_THERE: Final[Mapping[str, type[Base]]] = {
    "approvals": Approval,
    "calendar": CalendarFeed,
    "directory": ExternalIdentity,
    "messages": Mail,
    "reminders": Reminder,
    "reminder-choices": ReminderChoice,
    "reminder-clock": ReminderClock,
    "reminders-put-off": ReminderSnooze,
    "notices": Notice,
}
#: What is given to a person to do there, and the column that names her.
GIVEN: Final[Mapping[str, tuple[type[Base], str]]] = {
    "actions": (Action, "owner_id"),
    "collections": (Collection, "person_id"),
}
#: What somebody says in the room of an audit, and the column that names her.
SAID: Final[Mapping[str, tuple[type[Base], str]]] = {
    "audit-requests": (AuditRequest, "asked_by"),
    "audit-findings": (AuditFinding, "found_by"),
}

#: Where she is written to: each address that is known to be or to have been hers, until when.
Addresses = Mapping[str, datetime | None]


def hers(user_id: uuid.UUID) -> dict[str, Rows]:
    """What belongs to the person alone, by the name of its file; needs her own scope."""
    account = UserAccount.metadata.tables[UserAccount.__tablename__]
    return {
        "account": _rows(account, account.c.id == user_id),
        "memberships": _memberships(user_id),
        **{name: _of(model, user_id) for name, model in HERS.items()},
    }


def addresses(user_id: uuid.UUID, email: str) -> Addresses:
    """Her present address and those that she may still take back; needs her own scope."""
    it = AddressChange
    former = db.session.execute(
        select(it.former, it.changed_at).where(it.user_id == user_id).order_by(it.changed_at)
    )
    return {**{row.former: row.changed_at for row in former}, email: None}


def inside(user_id: uuid.UUID, written_to: Addresses) -> dict[str, Rows]:
    """What she did in the present tenant and what it keeps of her, as far as she may see it.

    Of invitations and of requests for a file there is none where a list sees none: an empty one
    would say that none is kept.  Of an audit that is over its auditor sees nothing any more.
    """
    deeds = _table(AuditEvent)
    there = {
        "journal": _rows(deeds, deeds.c.actor_id == user_id),
        "messages": _messages(user_id, written_to),
        **{name: _of(it, user_id) for name, it in KEPT_THERE.items() if it is not Mail},
        "notices": _notices(user_id),
        **{name: _of(it, user_id, by=column) for name, (it, column) in GIVEN.items()},
        "rooms": _rooms(),
        **_said_there(user_id),
    }
    if current_scope().reach is Reach.TENANT:
        there["invitations"] = _invitations(user_id, written_to)
        there["file-requests"] = _file_requests(written_to)
    return there


def in_room(user_id: uuid.UUID) -> dict[str, Rows]:
    """What an auditor did and said in the room that the present scope names, and sees there alone.

    By the same names as :func:`inside` has it.
    """
    deeds = _table(AuditEvent)
    hers = and_(deeds.c.actor_id == user_id, deeds.c.establishment_id.is_not(None))
    return {"journal": _rows(deeds, hers), **_said_there(user_id)}


def joined(one: Rows, more: Rows) -> Rows:
    """Both, each row once: a place may be in two audits."""
    return [*{row["id"]: row for row in (*one, *more)}.values()]


def opens(membership: Membership, tenant: Tenant, *, strong: bool, demanded: bool) -> bool:
    """Whether this sign-in would be let into the tenant: no file says more than its pages."""
    by_directory = tenants.takes_a_directory(tenant, membership.role)
    return not by_directory and (strong or not demanded)


def written(rows: Rows) -> bytes:
    return json.dumps(rows, default=_said, ensure_ascii=False, indent=1).encode()


def _memberships(user_id: uuid.UUID) -> Rows:
    m = _table(Membership)
    wanted = (m.c.role, m.c.job_title, m.c.starts_at, m.c.ends_at, m.c.revoked_at)
    found = db.session.execute(
        select(Tenant.name.label("provider"), Tenant.slug, *wanted)
        .join_from(m, Tenant, Tenant.id == m.c.tenant_id)
        .where(m.c.user_id == user_id)
        .order_by(Tenant.slug)
    )
    return [dict(row) for row in found.mappings()]


def _of(model: type[Base], user_id: uuid.UUID, *, by: str = "user_id") -> Rows:
    table = _table(model)
    return _rows(table, table.c[by] == user_id)


def _messages(user_id: uuid.UUID, written_to: Addresses) -> Rows:
    """What she was told, at whichever address she had.

    An invitation kept for the mailbox page is under the name of who sent it, and another's to read.
    """
    kept, told = _table(Mail), _table(Reminder)
    reminds = select(told.c.mail_id).where(told.c.user_id == user_id)
    to_her = or_(kept.c.to_address.in_([*written_to]), kept.c.weekly, kept.c.id.in_(reminds))
    return _rows(kept, and_(kept.c.user_id == user_id, to_her))


def _notices(user_id: uuid.UUID) -> Rows:
    """As far as her page of them goes: of a place that she reaches no more it shows none."""
    told, places = _table(Notice), _table(Establishment)
    here = or_(told.c.place_id.is_(None), told.c.place_id.in_(select(places.c.id)))
    return _rows(told, and_(told.c.user_id == user_id, here))


def _invitations(user_id: uuid.UUID, written_to: Addresses) -> Rows:
    """Those that she took up, and of the others those sent to an address while it was hers.

    What was taken up by somebody else, who had the address before her, tells nothing of her.
    """
    held_out, deeds = _table(Invitation), _table(AuditEvent)
    taken_up = select(deeds.c.subject_id).where(
        deeds.c.actor_id == user_id, deeds.c.action == "invitation.accepted"
    )
    to_her = _to_her(held_out.c.email, held_out.c.created_at, written_to)
    left = held_out.c.state != InvitationState.ACCEPTED
    return _rows(held_out, or_(held_out.c.id.in_(taken_up), and_(left, to_her)))


def _file_requests(written_to: Addresses) -> Rows:
    """Those that were mailed to an address while it was hers."""
    asked = _table(FileRequest)
    return _rows(asked, _to_her(func.lower(asked.c.to_email), asked.c.created_at, written_to))


def _to_her(address: Any, sent_at: Any, written_to: Addresses) -> ColumnElement[bool]:
    return or_(
        *(
            and_(address == hers, sent_at < until if until else true())
            for hers, until in written_to.items()
        )
    )


def _rooms() -> Rows:
    """The audits whose auditor she is by her present access."""
    room, named = _table(Engagement), _table(EngagementAuditor)
    hers = select(named.c.engagement_id).where(
        named.c.membership_id == current_scope().membership_id
    )
    return _rows(room, room.c.id.in_(hers))


def _said_there(user_id: uuid.UUID) -> dict[str, Rows]:
    return {name: _of(it, user_id, by=column) for name, (it, column) in SAID.items()}


def _rows(table: Table, condition: Any) -> Rows:
    columns = [it for it in table.columns if it.name not in _SECRET | _OF_OTHERS]
    found = db.session.execute(select(*columns).where(condition).order_by(*table.primary_key))
    return [dict(row) for row in found.mappings()]


def _table(model: type[Base]) -> Table:
    return model.metadata.tables[model.__tablename__]


def _said(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
