"""One's own data as files to take away (GDPR, articles 15 and 20): one JSON per kind.

No secret is among them: what opens the account is of use to nobody but a thief.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Table, select

from portal.accounts.models import AccountEvent, AddressChange, Comeback, Factor
from portal.attestations.models import Approval
from portal.audit.models import AuditEvent
from portal.calendars.models import CalendarFeed
from portal.federation.models import ExternalIdentity, PlatformIdentity
from portal.reminders.models import (
    Mail,
    Notice,
    Reminder,
    ReminderChoice,
    ReminderClock,
    ReminderSnooze,
)
from tenants import service as tenants
from tenants.db import Base, db
from tenants.models import Membership, SignIn, Tenant, UserAccount

_SECRET: Final = frozenset(
    {"password_hash", "secret", "last_step", "credential_id", "public_key", "sign_count", "digest"}
)

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


def hers(user_id: uuid.UUID) -> dict[str, Rows]:
    """What belongs to the person alone, by the name of its file; needs her own scope."""
    account = UserAccount.metadata.tables[UserAccount.__tablename__]
    return {
        "account": _rows(account, account.c.id == user_id),
        "memberships": _memberships(user_id),
        **{name: _of(model, user_id) for name, model in HERS.items()},
    }


def inside(user_id: uuid.UUID, email: str) -> dict[str, Rows]:
    """What she did in the present tenant and what it keeps of her, as far as she may see it.

    ``email``: a message that she had written to somebody else, an invitation, is not hers.
    """
    deeds = _table(AuditEvent)
    kept = {name: _of(model, user_id) for name, model in KEPT_THERE.items()}
    kept["messages"] = [row for row in kept["messages"] if row["to_address"] == email]
    return {"journal": _rows(deeds, deeds.c.actor_id == user_id), **kept}


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


def _of(model: type[Base], user_id: uuid.UUID) -> Rows:
    table = _table(model)
    return _rows(table, table.c.user_id == user_id)


def _rows(table: Table, condition: Any) -> Rows:
    columns = [column for column in table.columns if column.name not in _SECRET]
    found = db.session.execute(select(*columns).where(condition).order_by(*table.primary_key))
    return [dict(row) for row in found.mappings()]


def _table(model: type[Base]) -> Table:
    return model.metadata.tables[model.__tablename__]


def _said(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
