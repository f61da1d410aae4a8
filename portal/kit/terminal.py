"""What commands typed in a terminal share: which providers they are about, and a database away."""

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from portal.kit import retries
from portal.kit.i18n import gettext
from tenants import queries as tenancy
from tenants.db import db

#: What a command ends with when it was told of a provider that is not there.
NOBODY = 2

Provider = tuple[str, uuid.UUID]


class Command(click.Command):
    """Ends with code 1 and words where PostgreSQL went away, or was not there."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do what was asked; what the driver said follows our words, for whoever set it up."""
        with _database_at_hand():
            return super().invoke(ctx)


class Group(Command, click.Group):
    """Commands under one name, each of them ending so."""


@contextmanager
def _database_at_hand() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if not retries.cut_off(error):
            raise
        told = gettext(
            "The database went away. What was under way is done whole or not at all:"
            " run the same command again."
        )
        raise click.ClickException(f"{told}\n{str(error.orig).strip()}") from error


def provider(slug: str) -> Provider:
    """The provider of that name; ends the command when there is none."""
    found = tenancy.tenant_by_slug(slug)
    if found is None:
        click.echo(f"There is no provider {slug}.", err=True)
        sys.exit(NOBODY)
    known = found.slug, found.id
    db.session.rollback()
    return known


def providers(slug: str | None = None) -> list[Provider]:
    """The one named, else all of them."""
    if slug is not None:
        return [provider(slug)]
    found = [(one.slug, one.id) for one in tenancy.tenants()]
    db.session.rollback()
    return found
