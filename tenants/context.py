"""For whom the current request, job or command works.  One transaction serves one scope.

A page's begins for its reader alone, and goes on in the tenant that lets her in
(:func:`tenants.scoping.go_on`).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: In the place of a tenant: what the portal owes to a person for her account, whatever her tenants.
NO_TENANT: Final = uuid.UUID(int=0)


class Reach(StrEnum):
    """How far a scope sees inside its tenant.  Unset sees nothing."""

    NOTHING = ""
    TENANT = "tenant"
    LISTED = "listed"


@dataclass(frozen=True)
class Scope:
    """What PostgreSQL is told at the start of each transaction (``tenants.scoping``)."""

    tenant_id: uuid.UUID | None = None
    reach: Reach = Reach.NOTHING
    membership_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    #: Which of her engagements an auditor works in: without one, her membership reaches nothing.
    engagement_id: uuid.UUID | None = None


NO_SCOPE = Scope()
_current: ContextVar[Scope] = ContextVar("scope", default=NO_SCOPE)


class NoTenantError(RuntimeError):
    """Tenant data was touched outside a scope."""


def current_scope() -> Scope:
    return _current.get()


def current_tenant_id() -> uuid.UUID:
    if (tenant_id := _current.get().tenant_id) is None:
        raise NoTenantError
    return tenant_id


@contextmanager
def entered(scope: Scope) -> Iterator[None]:
    """Work for ``scope`` until the block ends."""
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def tenant_scope(tenant_id: uuid.UUID) -> Iterator[None]:
    """Work for the whole of one tenant: jobs and commands, never a visitor."""
    with entered(Scope(tenant_id=tenant_id, reach=Reach.TENANT)):
        yield
