"""`flask mail read`: what came back.  `flask remind`: one tenant's day, by hand.

Exit code 0: planned, and the number of messages said; 1: no such tenant.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click
from flask import current_app

from portal.audit.service import SYSTEM
from portal.kit import clock, returned, terminal
from portal.kit.i18n import gettext, ngettext
from portal.kit.mail import Post
from portal.reminders import planning, returns
from portal.tracking.sweep import catch_up
from tenants import queries as tenancy
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db


@click.group("mail", cls=terminal.Group)
def mail() -> None:
    """What comes back of the portal's messages."""


@mail.command("read")
@click.argument("source", type=click.Path(exists=True, allow_dash=True, path_type=Path))
def read_returns(source: Path) -> None:
    """Read reports from SOURCE: a Maildir, whose new messages become read, a file, or -."""
    noted = sum(returns.take(returned.read(raw), at=clock.now()) for raw in _messages(source))
    click.echo(ngettext("%(num)s return noted.", "%(num)s returns noted.", noted))


def _messages(source: Path) -> Iterator[bytes]:
    if not source.is_dir():
        with click.open_file(str(source), "rb") as file:
            yield file.read()
        return
    for path in sorted((source / "new").iterdir()):
        yield path.read_bytes()
        # Once noted: one that stops us is read again.
        path.rename(source / "cur" / f"{path.name}:2,S")


@click.command("remind", cls=terminal.Command)
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
    post: Post = current_app.extensions["post"]
    written = planning.plan(day, at=now, keeps_hours=post.keeps_hours)
    db.session.commit()
    return written
