"""`flask operator`: who operates the portal.  Named from a terminal, as the database's owner.

Exit code 0: done; 1: nobody has this address, or the owner's address of the database is unknown.
"""

import click
from flask import current_app
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from portal.config import MissingSettingError, Settings
from portal.kit.i18n import gettext as _
from portal.people import operating


@click.group("operator")
def operator() -> None:
    """Who operates the portal."""


@operator.command("grant")
@click.argument("email")
def grant(email: str) -> None:
    """Let EMAIL see which tenants and accounts there are, never what is in them."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.owner_database_url is None:
        raise MissingSettingError("OWNER_DATABASE_URL")
    owner = create_engine(settings.owner_database_url, poolclass=NullPool)
    with Session(owner) as session, session.begin():
        known = operating.grant(session, email)
    if not known:
        raise click.ClickException(_("Nobody has an account with this address."))
    click.echo(email)
