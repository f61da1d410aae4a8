"""Open a provider and let people in, from a terminal: what an empty installation begins with."""

import secrets
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import click
from flask import current_app
from sqlalchemy import select

from portal.accounts import service as accounts
from portal.audit import service as audit
from portal.config import Settings
from portal.fleet.models import Establishment
from portal.guide import loader
from portal.kit import clock, terminal
from portal.kit.errors import DomainError, Refused
from portal.kit.i18n import gettext as _
from portal.people import rules, signup
from portal.people import service as people
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.context import current_tenant_id, tenant_scope
from tenants.db import db
from tenants.models import UserAccount
from tenants.roles import PROVIDER_ROLES, Role
from tenants.scoping import new_id

#: How long an auditor looks in where no day is said.
USUAL_AUDIT: Final = timedelta(days=30)
_NAMELESS: Final = "Without it her address stands for it, and mail greets her by none."


@click.group("provider", cls=terminal.Group)
def provider() -> None:
    """Providers and the people who may enter."""


@provider.command("open")
@click.argument("slug")
@click.argument("name")
@click.option("--email", required=True, help="Address of the provider's owner.")
@click.option("--person", "--name", "person", default="", help="Name of the owner. " + _NAMELESS)
@click.option("--siren", default=None, help="SIREN of the provider.")
def open_(slug: str, name: str, email: str, person: str, siren: str | None) -> None:
    """Open the provider NAME under the address SLUG, with its owner."""
    with _in_words():
        signup.check_slug(slug)
        number = siren and signup.siren(siren)
    db.session.rollback()
    with tenant_scope(new_id()):
        opened = tenants.open_tenant(
            slug=slug,
            name=name,
            siren=number,
            edition_id=loader.current().id,
            tenant_id=current_tenant_id(),
        )
        audit.record(
            None, "tenant.opened", subject="tenant", subject_id=opened.id, name=name, siren=number
        )
        _admit(_account(email, person), Role.OWNER)
        db.session.commit()
    settings: Settings = current_app.config["SETTINGS"]
    click.echo(f"{settings.public_url}/{slug}/")


@provider.command("admit")
@click.argument("slug")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--person", "--name", "person", default="", help="Her name. " + _NAMELESS)
@click.option("--finess", multiple=True, help="An establishment she sees; may be given again.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Her last day; an auditor's is 30 days from now by default, 180 at most.",
)
def admit(
    slug: str, email: str, role: str, person: str, finess: tuple[str, ...], until: datetime | None
) -> None:
    """Give EMAIL a role at the provider SLUG; outsiders see the establishments named alone."""
    tenant = tenancy.tenant_by_slug(slug)
    if tenant is None:
        raise click.ClickException(_("There is no provider with this address."))
    given, at = Role(role), clock.now()
    outsider = given not in PROVIDER_ROLES
    if outsider and not finess:
        raise click.ClickException(_("Name the establishments she sees with --finess."))
    ends_at = _end(given, until, at=at)
    tenant_id = tenant.id
    db.session.rollback()
    with tenant_scope(tenant_id):
        reached = _establishments(finess) if outsider else []
        who = _account(email, person)
        if any(who.id == known.id for _membership, known in tenancy.members(at)):
            raise click.ClickException(_("This person has a role here already."))
        _admit(who, given, establishments=reached, ends_at=ends_at)
        db.session.commit()
    if ends_at is not None:
        click.echo(clock.last_day(ends_at).isoformat())


def _admit(
    who: UserAccount,
    role: Role,
    *,
    establishments: Collection[uuid.UUID] = (),
    ends_at: datetime | None = None,
) -> None:
    """Let her in, and note it: whoever has the terminal is nobody that the portal knows."""
    people.begin_anew(who.id)
    row = tenants.admit(who.id, role=role, establishments=establishments, ends_at=ends_at)
    audit.record(
        None,
        "member.admitted",
        subject="member",
        subject_id=row.id,
        to=who.name,
        role=role.value,
        establishments=sorted(str(it) for it in establishments),
        until=ends_at and clock.last_day(ends_at).isoformat(),
    )


def _end(role: Role, until: datetime | None, *, at: datetime) -> datetime | None:
    """When this access ends: an auditor's always does."""
    day = until and until.date()
    if day is None and role is Role.AUDITOR:
        day = clock.day_of(at) + USUAL_AUDIT
    with _in_words():
        if day is not None and not clock.is_within_reach(day):
            raise Refused("This is no date.")
        ends_at = clock.end_of(day) if day else None
        rules.check_end(role, ends_at, at)
    return ends_at


@contextmanager
def _in_words() -> Iterator[None]:
    """Tell a refusal, and do nothing."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(_(error.message, **error.values)) from error


def _account(email: str, person: str) -> UserAccount:
    """The person behind an address; a new one gets a password, shown this once."""
    known: UserAccount | None = tenancy.user_by_email(email)
    if known is not None:
        return known
    password = secrets.token_urlsafe(12)
    hashed = accounts.hash_password(password)
    created = tenants.register_user(email=email, name=person or email, password_hash=hashed)
    click.echo(f"{created.email}  {password}")
    return created


def _establishments(numbers: tuple[str, ...]) -> list[uuid.UUID]:
    rows = db.session.execute(
        select(Establishment.finess, Establishment.id).where(Establishment.finess.in_(numbers))
    )
    found = {finess: establishment_id for finess, establishment_id in rows}  # noqa: C416 - rows are no pairs to mypy
    if missing := sorted(set(numbers) - set(found)):
        words = _("Not in this provider's fleet: %(numbers)s", numbers=", ".join(missing))
        raise click.ClickException(words)
    return list(found.values())
