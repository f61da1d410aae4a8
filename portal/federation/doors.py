"""The doors that somebody else's word opens: one for each tenant's directory, one for all."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from flask import current_app

from portal.config import Settings
from portal.federation import queries
from portal.federation.models import IdentityProvider
from portal.federation.oidc import Claims, Client
from portal.kit import keys
from portal.kit.gateway import Gateway
from tenants import queries as tenancy
from tenants.context import tenant_scope
from tenants.db import db

SECRET: Final = "identity provider"  # noqa: S105 -- the name of a purpose
PSC: Final = "pro-sante-connect"
_EIDAS: Final = "eidas1"


@dataclass(frozen=True)
class Door:
    """Whose word it is, and in which tenant it counts; ``None`` for Pro Santé Connect."""

    name: str
    client: Client
    slug: str = ""
    tenant_id: uuid.UUID | None = None
    provider_id: uuid.UUID | None = None
    strong_values: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Distinct for each directory: so is the address it answers to (RFC 9700, 4.4)."""
        return f"/{self.slug}/{self.provider_id}" if self.provider_id else PSC

    def is_strong(self, claims: Claims) -> bool:
        return bool(self.strong_values & claims.methods)


def of_tenant(slug: str, *, trial: bool = False) -> Door | None:
    """The door of a tenant whose directory is in use; an unknown tenant has none either.

    ``trial``: in use or not.
    """
    tenant = tenancy.tenant_by_slug(slug)
    if tenant is None or (tenant.directory_since is None and not trial):
        return None
    tenant_id = tenant.id
    with inside(tenant_id):
        row = queries.provider()
        return of_provider(row, slug) if row is not None and (row.enabled or trial) else None


def of_provider(row: IdentityProvider, slug: str) -> Door | None:
    """The door of a directory, in use or not; ``None`` when its secret cannot be read any more."""
    secret = keys.decipher(SECRET, row.client_secret)
    if secret is None:
        return None
    client = Client(row.issuer, row.client_id, secret, way_back(slug))
    return Door(row.name, client, slug, row.tenant_id, row.id, frozenset(row.strong_values))


def way_back(slug: str) -> str:
    """Where a tenant's directory sends people back to, as it has to know it beforehand."""
    return f"{_settings().public_url}/connexion/annuaire/{slug}/retour"


def of_platform() -> Door | None:
    """Pro Santé Connect, where this portal is known to it."""
    settings = _settings()
    if settings.psc_issuer is None:
        return None
    client = Client(
        settings.psc_issuer,
        settings.psc_client_id,
        settings.psc_client_secret,
        f"{settings.public_url}/connexion/{PSC}/retour",
        scope="openid scope_all",
        acr_values=_EIDAS,
    )
    return Door("Pro Santé Connect", client, strong_values=frozenset({_EIDAS}))


@contextmanager
def inside(tenant_id: uuid.UUID) -> Iterator[None]:
    """Look into one tenant in the midst of a request that is of none; what is not kept is lost."""
    db.session.rollback()
    with tenant_scope(tenant_id):
        yield
        db.session.rollback()


def gateway() -> Gateway:
    """To directories: their addresses are chosen by tenants."""
    return Gateway(anywhere=_settings().development)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
