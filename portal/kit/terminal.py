"""Which providers a command typed in a terminal is about."""

import sys
import uuid

import click

from tenants import queries as tenancy
from tenants.db import db

#: What a command ends with when it was told of a provider that is not there.
NOBODY = 2

Provider = tuple[str, uuid.UUID]


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
