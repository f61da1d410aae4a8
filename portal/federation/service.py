"""Setting up a tenant's directory, and tying people to it.  Flushes, never commits.

Somebody is tied by herself, signed in by other means, or by an invitation she takes up; never
because two addresses look alike.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from portal.audit import service as audit
from portal.federation import queries
from portal.federation.models import (
    ExternalIdentity,
    IdentityProvider,
    PlatformIdentity,
    Preset,
)
from portal.federation.oidc import Claims
from portal.kit.errors import Conflict, NotFound, Refused
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.db import db
from tenants.models import Tenant
from tenants.roles import PROVIDER_ROLES


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What an owner says of a directory; ``secret`` enciphered, ``None`` to keep the one there."""

    preset: Preset
    name: str
    issuer: str
    client_id: str
    secret: str | None
    strong_values: Sequence[str] = ()
    enabled: bool = False
    only: bool = False


class SecretNeeded(Refused):
    message = "The client secret is needed: it is what the directory knows us by."


class TakenIdentity(Conflict):
    message = "This identity opens another account already."


class NotForYou(Refused):
    """A provider that could speak for its client would judge its own word."""

    status = 403
    message = "A provider's directory vouches for the provider's own people alone."


def set_up(actor: Actor, setup: Setup, *, at: datetime) -> IdentityProvider:
    """Say what the directory is.  What another, or one trusted otherwise, opened is shut.

    Raises :class:`SecretNeeded`: another directory, or another client there, is not sent the secret
    of the one before.
    """
    row = queries.provider()
    moved = row is None or (row.issuer, row.client_id) != (setup.issuer, setup.client_id)
    if moved and setup.secret is None:
        raise SecretNeeded(field="client_secret")
    alike = row is not None and not moved and row.strong_values == list(setup.strong_values)
    row = row or IdentityProvider(client_secret="")
    row.preset, row.name, row.issuer = setup.preset, setup.name, setup.issuer
    row.client_id, row.enabled = setup.client_id, setup.enabled
    row.strong_values = list(setup.strong_values)
    if setup.secret is not None:
        row.client_secret = setup.secret
    db.session.add(row)
    tenant = _tenant(actor)
    if not (setup.enabled and alike and tenant.directory_since):
        tenant.directory_since = at if setup.enabled else None
    tenant.directory_only = setup.enabled and setup.only
    db.session.flush()
    audit.record(
        actor,
        "directory.configured",
        subject="directory",
        subject_id=row.id,
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        enabled=row.enabled,
        only=tenant.directory_only,
        strong_values=row.strong_values,
    )
    return row


def shut(actor: Actor) -> None:
    """Trust the directory no more: whoever came by it is out at her next page."""
    if (row := queries.provider()) is None:
        raise NotFound
    row.enabled = False
    tenant = _tenant(actor)
    tenant.directory_since, tenant.directory_only = None, False
    db.session.flush()
    audit.record(actor, "directory.shut", subject="directory", subject_id=row.id, name=row.name)


def tie(actor: Actor, provider_id: uuid.UUID, claims: Claims) -> ExternalIdentity:
    """Let the directory vouch for the actor from now on, instead of by what it called her before.

    Raises :class:`NotForYou`; :class:`TakenIdentity` when it means somebody else by this subject.
    """
    if actor.role not in PROVIDER_ROLES:
        raise NotForYou
    row = queries.identity(provider_id, issuer=claims.issuer, subject=claims.subject)
    if row is not None and row.user_id != actor.user_id:
        raise TakenIdentity
    _drop(actor.user_id, spared=row)
    if row is None:
        row = ExternalIdentity(
            provider_id=provider_id,
            issuer=claims.issuer,
            subject=claims.subject,
            user_id=actor.user_id,
        )
    row.label = claims.email or claims.name
    db.session.add(row)
    db.session.flush()
    audit.record(
        actor, "directory.tied", subject="directory", subject_id=provider_id, label=row.label
    )
    return row


def untie(actor: Actor) -> None:
    """Let the directory vouch for the actor no more."""
    if (row := queries.provider()) is None:
        raise NotFound
    _drop(actor.user_id)
    audit.record(actor, "directory.untied", subject="directory", subject_id=row.id)


def used(row: ExternalIdentity, *, at: datetime) -> None:
    row.used_at = at
    db.session.flush()


def note_refusal(provider_id: uuid.UUID, reason: str) -> None:
    """Tell the tenant that its directory answered with something that cannot be believed."""
    audit.record(
        None, "directory.refused", subject="directory", subject_id=provider_id, reason=reason
    )


def note_turned_away(provider_id: uuid.UUID, *, label: str) -> None:
    """Tell the tenant that its directory vouched for somebody who may not enter.

    ``label`` is what the directory calls her; whether anybody here knows her is not said.
    """
    audit.record(
        None, "directory.turned_away", subject="directory", subject_id=provider_id, label=label
    )


def tie_to_platform(user_id: uuid.UUID, digests: Sequence[str]) -> PlatformIdentity:
    """Let Pro Santé Connect vouch for a person; ``digests`` of her subject, the present one first.

    Raises :class:`TakenIdentity`.
    """
    row = queries.known_to_platform(digests)
    if row is not None and row.user_id != user_id:
        raise TakenIdentity
    untie_from_platform(user_id)
    row = PlatformIdentity(digest=digests[0], user_id=user_id)
    db.session.add(row)
    db.session.flush()
    return row


def untie_from_platform(user_id: uuid.UUID) -> None:
    db.session.execute(delete(PlatformIdentity).where(PlatformIdentity.user_id == user_id))


def _drop(user_id: uuid.UUID, *, spared: ExternalIdentity | None = None) -> None:
    gone = delete(ExternalIdentity).where(ExternalIdentity.user_id == user_id)
    db.session.execute(gone if spared is None else gone.where(ExternalIdentity.id != spared.id))


def _tenant(actor: Actor) -> Tenant:
    return tenancy.tenant(actor.tenant_id)
