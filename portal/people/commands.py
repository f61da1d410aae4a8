"""`flask operator`: who operates the portal.  Named from a terminal, as the database's owner.

Exit code 0: done; 1: nobody has this address, who is to be revoked does not operate the portal, or
the owner's address of the database is unknown.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from portal.config import MissingSettingError, Settings
from portal.kit import terminal
from portal.kit.i18n import gettext as _
from portal.people import operating


@click.group("operator", cls=terminal.Group)
def operator() -> None:
    """Who operates the portal."""


@operator.command("grant")
@click.argument("email")
def grant(email: str) -> None:
    """Let EMAIL see which tenants and accounts there are, never what is in them."""
    with _account(email) as (session, user_id):
        operating.grant(session, user_id)
    click.echo(email)


@operator.command("revoke")
@click.argument("email")
def revoke(email: str) -> None:
    """Let EMAIL see it no more, from the next page on; the rest of her account stays."""
    with _account(email) as (session, user_id):
        if not operating.revoke(session, user_id):
            raise click.ClickException(_("This person does not operate the portal."))
    click.echo(email)


@contextmanager
def _account(email: str) -> Iterator[tuple[Session, uuid.UUID]]:
    """The database's owner at work on the account with this address; kept when the block ends."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.owner_database_url is None:
        raise MissingSettingError("OWNER_DATABASE_URL")
    owner = create_engine(settings.owner_database_url, poolclass=NullPool)
    with Session(owner) as session, session.begin():
        if (user_id := operating.account(session, email)) is None:
            raise click.ClickException(_("Nobody has an account with this address."))
        yield session, user_id
