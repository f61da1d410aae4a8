"""`flask fleet import`: the same import as on screen, from a terminal or a script.

Exit code 0: the file was read (and written with --apply), refused lines included; 1: no such
tenant; 2: the file or the list is refused whole, and nothing was written.
"""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NoReturn

import click

from portal.fleet.import_now import Given, import_now
from portal.fleet.importer import words
from portal.fleet.importer.plan import Fate
from portal.fleet.importer.records import FileRefused
from portal.fleet.importer.tally import WARNED, Tally, detail
from portal.fleet.importing import FileTurnedAway, list_text
from portal.kit import clock
from portal.kit.i18n import gettext
from tenants import queries as tenancy
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db

_FILE_REFUSED = 2
_SAID = (Fate.REFUSED, Fate.NOT_FOUND, WARNED)


@click.group("fleet")
def fleet() -> None:
    """A tenant's establishments."""


@fleet.command("import")
@click.argument("tenant")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--finess-list",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take only the establishments whose numbers this file gives.",
)
@click.option("--report", type=click.Path(path_type=Path), help="Write the line by line CSV here.")
@click.option("--apply", "writing", is_flag=True, help="Write; without it, only say what would be.")
def import_file(
    tenant: str, file: Path, finess_list: Path | None, report: Path | None, *, writing: bool
) -> None:
    """Import FILE into the fleet of TENANT (its slug)."""
    with entered(NO_SCOPE):
        found = tenancy.tenant_by_slug(tenant)
        tenant_id = found.id if found else None
        db.session.rollback()
    if tenant_id is None:
        raise click.ClickException(gettext("No provider is called “%(slug)s”.", slug=tenant))
    with ExitStack() as stack:
        stack.enter_context(tenant_scope(tenant_id))
        stack.callback(db.session.remove)
        given = _given(stack, file, finess_list)
        _run(given, stack.enter_context(_report(report)), writing=writing)


def _given(stack: ExitStack, file: Path, finess_list: Path | None) -> Given:
    try:
        numbers = list_text(finess_list.read_bytes()) if finess_list else None
    except FileTurnedAway as refused:
        _refuse(gettext(refused.message, **refused.values))
    return Given(stack.enter_context(file.open("rb")), file.stat().st_size, file.name, numbers)


def _report(path: Path | None) -> IO[str]:
    if path is not None:
        return path.open("w", encoding="utf-8", newline="")
    return tempfile.TemporaryFile("w", encoding="utf-8", newline="")


def _run(given: Given, report: IO[str], *, writing: bool) -> None:
    try:
        _, tally = import_now(
            given, report=report, writing=writing, at=clock.now(), progress=_show_progress
        )
    except FileRefused as refused:
        db.session.rollback()
        _refuse(words.file_refused(refused.reason, refused.values))
    if writing:
        db.session.commit()
    _summarise(tally, writing=writing)


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    click.echo(gettext("Nothing was written."), err=True)
    sys.exit(_FILE_REFUSED)


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        click.echo(f"\r{done * 100 // total} %{end}", nl=False, err=True)


def _summarise(tally: Tally, *, writing: bool) -> None:
    counts = tally.counts
    for fate in Fate:
        click.echo(f"{words.fate(fate, written=writing)} : {counts[fate]}")
    click.echo(f"{gettext('to be checked')} : {counts[WARNED]}")
    for line in tally.sample:
        if line["kind"] in _SAID:
            place = gettext("list") if line["listed"] else gettext("file")
            click.echo(f"{place}, {line['line']} : {' '.join(detail(line))}")
    if writing:
        click.echo(gettext("The fleet is up to date."))
    else:
        click.echo(gettext("Nothing was written: add --apply to write."))
