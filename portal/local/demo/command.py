"""``flask --app wsgi demo``: fill an empty development installation."""

import click

from portal.kit import clock
from portal.local.demo import build
from tenants import queries as tenancy
from tenants.db import db


@click.command("demo")
@click.option("--beside", is_flag=True, help="Build it beside the providers that are there.")
def demo(*, beside: bool) -> None:
    """Build the demo provider, unless it is there already, or others are: theirs is no toy."""
    there = {tenant.slug for tenant in tenancy.tenants()}
    db.session.rollback()
    if build.SLUG in there:
        click.echo("demo: already there")
        return
    if there and not beside:
        click.echo(f"demo: left out, for {len(there)} providers are there (TREIZE_DEMO=1 adds it)")
        return
    build.build(clock.today())
    click.echo(f"demo: {build.SIZE} establishments")
