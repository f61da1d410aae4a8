"""`flask fleet import` and `undo-import`: as on screen, from a terminal or a script.

Exit code 0: the file was read (and written with --apply), refused lines included; 1: no such
tenant, nothing to undo, or the database went away; 2: the file or the list is refused whole, or the
report has no place to go, and nothing was written: so is a file that looks cut, unless
--despite-cut is given, and any while another one is written.
"""

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, NoReturn

import click

from portal.fleet import undo_queries, undoing
from portal.fleet.import_now import Given, import_now
from portal.fleet.import_pass import listed
from portal.fleet.importer import words
from portal.fleet.importer.plan import Fate
from portal.fleet.importer.records import FileReason, FileRefused
from portal.fleet.importer.tally import SAMPLE, WARNED, Tally, in_one, place
from portal.fleet.importing import AnotherImportRuns, FileTurnedAway, list_text
from portal.fleet.undo_queries import Undoing, Way
from portal.fleet.undo_words import said
from portal.kit import clock, terminal
from portal.kit.errors import Conflict
from portal.kit.i18n import gettext
from tenants import queries as tenancy
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db

_FILE_REFUSED = 2
_SAID = (Fate.REFUSED, Fate.NOT_FOUND, Fate.MISSING, WARNED)


@click.group("fleet", cls=terminal.Group)
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
@click.option("--despite-cut", is_flag=True, help="Write what is left of a file that looks cut.")
def import_file(
    tenant: str,
    file: Path,
    finess_list: Path | None,
    report: Path | None,
    *,
    writing: bool,
    despite_cut: bool,
) -> None:
    """Import FILE into the fleet of TENANT (its slug)."""
    with ExitStack() as stack:
        _enter(stack, tenant)
        given = replace(_given(stack, file, finess_list), despite_cut=despite_cut)
        _run(given, stack.enter_context(_report(report)), writing=writing)


@fleet.command("undo-import")
@click.argument("tenant")
@click.option("--apply", "writing", is_flag=True, help="Undo; without it, only say what would be.")
def undo_import(tenant: str, *, writing: bool) -> None:
    """Take back the last import written into the fleet of TENANT (its slug)."""
    with ExitStack() as stack:
        _enter(stack, tenant)
        run = undo_queries.last_undoable()
        if run is None:
            raise click.ClickException(gettext("There is no import to undo."))
        click.echo(run.file_name)
        foreseen = undo_queries.foreseen(run.id, first=SAMPLE)
        try:
            done = undoing.undo_at_once(run.id, at=clock.now()) if writing else foreseen
        except Conflict as error:
            raise click.ClickException(gettext(error.message)) from error
        db.session.commit()
        _tell_undone(done or foreseen, writing=writing)


def _tell_undone(done: Undoing, *, writing: bool) -> None:
    for way in Way:
        click.echo(f"{words.way(way)} : {done.counts[way]}")
    for row in done.first.get(Way.LEFT, ()):
        click.echo(f"{row.finess or row.name} : {' '.join(said(row))}")
    if not writing:
        click.echo(gettext("Nothing was written: add --apply to write."))


def _enter(stack: ExitStack, slug: str) -> None:
    """Work in the tenant of that name until the stack is left; exit code 1 if there is none."""
    with entered(NO_SCOPE):
        found = tenancy.tenant_by_slug(slug)
        tenant_id = found.id if found else None
        db.session.rollback()
    if tenant_id is None:
        raise click.ClickException(gettext("No provider is called “%(slug)s”.", slug=slug))
    stack.enter_context(tenant_scope(tenant_id))
    stack.callback(db.session.remove)


def _given(stack: ExitStack, file: Path, finess_list: Path | None) -> Given:
    try:
        numbers = list_text(finess_list.read_bytes()) if finess_list else None
    except FileTurnedAway as refused:
        _refuse(gettext(refused.message, **refused.values))
    if numbers is not None and not listed(numbers):
        _refuse(gettext("The list holds no FINESS number."))
    return Given(stack.enter_context(file.open("rb")), file.stat().st_size, file.name, numbers)


def _report(path: Path | None) -> IO[str]:
    try:
        if path is not None:
            return path.open("w", encoding="utf-8", newline="")
    except OSError:
        _refuse(gettext("The report cannot be written to “%(path)s”.", path=path))
    return tempfile.TemporaryFile("w", encoding="utf-8", newline="")


def _run(given: Given, report: IO[str], *, writing: bool) -> None:
    try:
        _, tally = import_now(
            given, report=report, writing=writing, at=clock.now(), progress=_show_progress
        )
    except FileRefused as refused:
        db.session.rollback()
        if refused.reason is FileReason.CUT:
            click.echo(gettext("With --despite-cut, what is left of it is written."), err=True)
        _refuse(words.file_refused(refused.reason, refused.values))
    except AnotherImportRuns:
        db.session.rollback()
        _refuse(gettext("Another import is being written. Wait until it is done, then try again."))
    if writing:
        db.session.commit()
    if sys.stderr.isatty():
        click.echo(err=True)
    _summarise(tally, writing=writing)


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    click.echo(gettext("Nothing was written."), err=True)
    sys.exit(_FILE_REFUSED)


def _show_progress(done: int, total: int, read: int) -> None:
    if sys.stderr.isatty():
        percent = min(100, done * 100 // max(total, 1))
        lines = gettext("%(count)s lines read", count=read)
        click.echo(f"\r{lines}, {percent} %", nl=False, err=True)


def _summarise(tally: Tally, *, writing: bool) -> None:
    counts = tally.counts
    for fate in Fate:
        click.echo(f"{words.fate(fate, written=writing)} : {counts[fate]}")
    click.echo(f"{gettext('to be checked')} : {counts[WARNED]}")
    for line in tally.sample:
        if line["kind"] in _SAID:
            where = f"{place(line)}, {line['line'] or line['finess']}"
            click.echo(f"{where} : {in_one(line)}")
    if tally.cut_at:
        click.echo(words.file_refused(FileReason.CUT, {"line": str(tally.cut_at)}))
    if writing:
        click.echo(gettext("The fleet is up to date."))
    elif tally.cut_at:
        click.echo(gettext("Nothing was written: --apply writes it with --despite-cut alone."))
    else:
        click.echo(gettext("Nothing was written: add --apply to write."))
