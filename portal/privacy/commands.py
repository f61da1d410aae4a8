"""`flask privacy`: the register of what is kept about people (GDPR, article 30)."""

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale

from portal.config import Settings
from portal.kit import terminal
from portal.kit.i18n import LOCALES
from portal.kit.i18n import gettext as _
from portal.privacy.register import REGISTER, Contact


@click.group("privacy", cls=terminal.Group)
def privacy() -> None:
    """What is kept about people."""


@privacy.command("register")
@click.option("--language", type=click.Choice(LOCALES), default=LOCALES[0], show_default=True)
@with_appcontext
def register(language: str) -> None:
    """Print the register as Markdown: what is kept, why, on what ground, how long, for whom."""
    with force_locale(language):
        click.echo("# " + _("Register of what is kept about people"))
        settings: Settings = current_app.config["SETTINGS"]
        if (contact := Contact.of(settings.data_protection_contact)) is not None:
            click.echo("\n" + _("Contact: %(contact)s", contact=contact.said))
        for it in REGISTER:
            lines = {
                _("Data"): it.data,
                _("Purpose"): it.purpose,
                _("Ground"): it.basis,
                _("Kept"): it.kept,
                _("Seen by"): it.seen_by,
            }
            click.echo(f"\n## {it.what}\n")
            for name, said in lines.items():
                click.echo(f"- **{name}** — {said}")
