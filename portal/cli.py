"""What ``flask --app wsgi …`` can do."""

import signal
import threading

import click
from flask import Flask, current_app
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from portal import dispatcher, providers, worker
from portal.attestations.commands import seal
from portal.config import MissingSettingError, Settings
from portal.evidence.commands import vault
from portal.fleet.commands import fleet
from portal.guide import loader
from portal.guide import service as guide
from portal.journal.commands import audit
from portal.kit import terminal
from portal.people.commands import operator
from portal.privacy.commands import privacy
from portal.reminders.commands import mail, remind


def init_app(app: Flask) -> None:
    commands = (
        guide_group,
        providers.provider,
        fleet,
        remind,
        mail,
        operator,
        audit,
        privacy,
        vault,
        seal,
        work,
        dispatch,
    )
    for command in commands:
        app.cli.add_command(command)


@click.group("guide", cls=terminal.Group)
def guide_group() -> None:
    """The editions of the guide."""


@guide_group.command("publish")
def publish_guide() -> None:
    """Check the current edition and put it into the database, as the owner role."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.owner_database_url is None:
        raise MissingSettingError("OWNER_DATABASE_URL")
    with Session(create_engine(settings.owner_database_url)) as session, session.begin():
        click.echo(guide.publish(session, loader.current()))


@click.command("worker")
@click.option("--burst", is_flag=True, help="Stop when nothing is left to do.")
@click.option("--no-bulk", is_flag=True, help="Leave to others what is long, or not waited for.")
def work(*, burst: bool, no_bulk: bool) -> None:
    """Run promised work."""
    worker.run(current_app, burst=burst, bulk=not no_bulk)


@click.command("dispatcher")
def dispatch() -> None:
    """Hand due work to the workers."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    dispatcher.run(current_app._get_current_object(), stopped=stop.is_set)  # type: ignore[attr-defined]  # noqa: SLF001 - the app behind the proxy
