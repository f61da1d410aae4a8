"""Open a provider and let people in, from a terminal: what an empty installation begins with."""

import secrets
import uuid

import click
from flask import current_app
from sqlalchemy import select

from portal.accounts import service as accounts
from portal.config import Settings
from portal.fleet.models import Establishment
from portal.guide import loader
from portal.kit import clock
from portal.kit.i18n import gettext as _
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import UserAccount
from tenants.roles import PROVIDER_ROLES, Role


@click.group("provider")
def provider() -> None:
    """Providers and the people who may enter."""


@provider.command("open")
@click.argument("slug")
@click.argument("name")
@click.option("--email", required=True, help="Address of the provider's owner.")
@click.option("--person", default="", help="Name of the owner; the address by default.")
@click.option("--siren", default=None, help="SIREN of the provider.")
def open_(slug: str, name: str, email: str, person: str, siren: str | None) -> None:
    """Open the provider NAME under the address SLUG, with its owner."""
    if tenancy.tenant_by_slug(slug) is not None:
        raise click.ClickException(_("There is a provider with this address already."))
    try:
        opened = tenants.open_tenant(
            slug=slug, name=name, siren=siren, edition_id=loader.current().id
        )
    except ValueError:
        words = _("An address is made of small letters, digits and hyphens, and is not reserved.")
        raise click.ClickException(words) from None
    tenant_id = opened.id
    user_id = _account(email, person)
    db.session.commit()
    with tenant_scope(tenant_id):
        tenants.admit(user_id, role=Role.OWNER)
        db.session.commit()
    settings: Settings = current_app.config["SETTINGS"]
    click.echo(f"{settings.public_url}/{slug}/")


@provider.command("admit")
@click.argument("slug")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--person", default="", help="The person's name; the address by default.")
@click.option("--finess", multiple=True, help="An establishment she sees; may be given again.")
def admit(slug: str, email: str, role: str, person: str, finess: tuple[str, ...]) -> None:
    """Give EMAIL a role at the provider SLUG; outsiders see the establishments named alone."""
    tenant = tenancy.tenant_by_slug(slug)
    if tenant is None:
        raise click.ClickException(_("There is no provider with this address."))
    outsider = Role(role) not in PROVIDER_ROLES
    if outsider and not finess:
        raise click.ClickException(_("Name the establishments she sees with --finess."))
    tenant_id = tenant.id
    db.session.rollback()
    with tenant_scope(tenant_id):
        reached = _establishments(finess) if outsider else []
        user_id = _account(email, person)
        if any(user_id == who.id for _membership, who in tenancy.members(clock.now())):
            raise click.ClickException(_("This person has a role here already."))
        tenants.admit(user_id, role=Role(role), establishments=reached)
        db.session.commit()


def _account(email: str, person: str) -> uuid.UUID:
    """The person behind an address; a new one gets a password, shown this once."""
    known: UserAccount | None = tenancy.user_by_email(email)
    if known is not None:
        return known.id
    password = secrets.token_urlsafe(12)
    hashed = accounts.hash_password(password)
    created = tenants.register_user(email=email, name=person or email, password_hash=hashed)
    click.echo(f"{created.email}  {password}")
    return created.id


def _establishments(numbers: tuple[str, ...]) -> list[uuid.UUID]:
    rows = db.session.execute(
        select(Establishment.finess, Establishment.id).where(Establishment.finess.in_(numbers))
    )
    found = {finess: establishment_id for finess, establishment_id in rows}  # noqa: C416 - rows are no pairs to mypy
    if missing := sorted(set(numbers) - set(found)):
        words = _("Not in this provider's fleet: %(numbers)s", numbers=", ".join(missing))
        raise click.ClickException(words)
    return list(found.values())
