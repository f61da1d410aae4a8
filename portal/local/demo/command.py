"""``flask --app wsgi demo``: fill an empty development installation."""

import click

from portal.kit import clock
from portal.local.demo import build
from tenants import queries as tenancy
from tenants.db import db


@click.command("demo")
def demo() -> None:
    """Build the demo provider, unless it is there already."""
    there = tenancy.tenant_by_slug(build.SLUG) is not None
    db.session.rollback()
    if there:
        click.echo("demo: already there")
        return
    build.build(clock.today())
    click.echo(f"demo: {build.SIZE} establishments")
