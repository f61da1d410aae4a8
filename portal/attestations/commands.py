"""`flask seal try`: whether documents can be sealed as configured, told before anybody orders one.

Exit code 0: sealed; 1: not, and it is said why.
"""

import io
import sys
import time

import click
import pikepdf
from flask import current_app

from portal.config import Settings
from portal.kit import sealing, terminal


@click.group("seal", cls=terminal.Group)
def seal() -> None:
    """The seal of documents."""


@seal.command("try")
def try_once() -> None:
    """Seal an empty page as documents are sealed, and throw it away."""
    settings: Settings = current_app.config["SETTINGS"]
    began = time.monotonic()
    try:
        means = sealing.means(settings)
        sealing.seal(_page(), means)
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody at a terminal mends it
        click.echo(f"not sealed: {error}", err=True)
        sys.exit(1)
    worth = "qualified" if means.qualified else "of trial alone" if means.development else "given"
    seconds = time.monotonic() - began
    until = means.certificate.not_valid_after_utc.date()
    click.echo(
        f"{means.level} by « {means.subject} » ({worth}) in {seconds:.1f} s;"
        f" its certificate ends on {until}"
    )


def _page() -> bytes:
    made, page = io.BytesIO(), pikepdf.new()
    page.add_blank_page()
    page.save(made)
    return made.getvalue()
