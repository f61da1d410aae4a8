"""`flask remind`: one tenant's day by hand, for operators and demonstrations.

Exit code 0: planned, and the number of messages said; 1: no such tenant.
"""

from datetime import date, datetime

import click

from portal.audit.service import SYSTEM
from portal.kit import clock
from portal.kit.i18n import gettext, ngettext
from portal.reminders import planning
from portal.reminders.jobs import departure
from portal.tracking.sweep import catch_up
from tenants import queries as tenancy
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db


@click.command("remind")
@click.argument("tenant")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Plan this day; today by default.")
def remind(tenant: str, on: datetime | None) -> None:
    """Sweep TENANT (its slug) and write a day's reminders, as the dispatcher does every day.

    Scores follow the real day whatever the day planned; what is told for another day is told.
    """
    with entered(NO_SCOPE):
        found = tenancy.tenant_by_slug(tenant)
        tenant_id = found.id if found else None
        db.session.rollback()
    if tenant_id is None:
        raise click.ClickException(gettext("No provider is called “%(slug)s”.", slug=tenant))
    with tenant_scope(tenant_id):
        written = _run(on.date() if on else clock.today())
        db.session.remove()
    click.echo(ngettext("%(num)s message written.", "%(num)s messages written.", written))


def _run(day: date) -> int:
    now, today = clock.now(), clock.today()
    catch_up(today=today, signature=SYSTEM)
    db.session.commit()
    written = planning.plan(day, at=now, send_at=departure(today, now))
    db.session.commit()
    return written
