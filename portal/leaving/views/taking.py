"""Taking a record away: ask for its archive, follow the work, fetch it."""

import uuid
from collections.abc import Iterator

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.fleet import queries as fleet
from portal.kit import clock, progress
from portal.kit.errors import NotFound
from portal.kit.handing import File
from portal.kit.i18n import gettext
from portal.kit.pages import is_fragment
from portal.kit.transactions import keep
from portal.leaving import queries, service
from portal.leaving.models import RecordArchive
from portal.vault import sealed
from tenants.access import confirmed, requires, sent_from
from tenants.http import current_actor
from tenants.roles import PROVIDER_ROLES, Permission


@requires(Permission.RECORD_TAKE)
def place(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return render_template(
        "leaving/place.html",
        establishment=fleet.establishment(establishment_id),
        archives=queries.archives(establishment_id, for_house=_of_the_house()),
        house=_of_the_house(),
    )


@requires(Permission.RECORD_TAKE)
@confirmed
@sent_from("leaving.place")
def ask(establishment_id: uuid.UUID) -> ResponseReturnValue:
    fleet.establishment(establishment_id)
    found = service.ask(current_actor(), establishment_id, at=clock.now())
    return redirect(url_for("leaving.archive", archive_id=found.id), 303)


@requires(Permission.TENANT_TAKE)
def register() -> ResponseReturnValue:
    return render_template("leaving/register.html", archives=queries.archives(None))


@requires(Permission.TENANT_TAKE)
@confirmed
@sent_from("leaving.register")
def ask_all() -> ResponseReturnValue:
    found = service.ask(current_actor(), None, at=clock.now())
    return redirect(url_for("leaving.archive", archive_id=found.id), 303)


@requires(Permission.RECORD_TAKE)
def show(archive_id: uuid.UUID) -> ResponseReturnValue:
    """One archive; a page that asks again and again gets the part that moves."""
    found = _reached(archive_id)
    of = found.establishment_id
    return render_template(
        "leaving/_archive_state.html" if is_fragment() else "leaving/archive.html",
        archive=found,
        establishment=fleet.establishment(of) if of else None,
        advance=progress.of(archive_id),
        now=clock.now(),
    )


@requires(Permission.RECORD_TAKE)
@confirmed
@sent_from("leaving.archive")
def fetch(archive_id: uuid.UUID) -> File:
    """As it was written; sealed in the store, it is opened piece by piece as it leaves."""
    found = service.ready(_reached(archive_id))
    key, size, name = found.file_key, found.file_size, _name(found)

    def content() -> Iterator[bytes]:
        service.fetch(current_actor(), found)
        keep()
        return sealed.open_plain(key)

    return File(name, "application/zip", content, size)


@requires(Permission.RECORD_TAKE)
def repack(archive_id: uuid.UUID) -> ResponseReturnValue:
    _reached(archive_id)
    service.retry(current_actor(), archive_id, at=clock.now())
    return redirect(url_for("leaving.archive", archive_id=archive_id), 303)


@requires(Permission.RECORD_TAKE)
def discard(archive_id: uuid.UUID) -> ResponseReturnValue:
    of = _reached(archive_id).establishment_id
    service.discard(current_actor(), archive_id, at=clock.now())
    flash(gettext("The archive is deleted. What it told stays in the record."))
    back = url_for("leaving.place", establishment_id=of) if of else url_for("leaving.register")
    return redirect(back, 303)


def _reached(archive_id: uuid.UUID) -> RecordArchive:
    """Raises :class:`NotFound`, also for what is not for this person to take.

    That is the whole register where she may take one place, and what an establishment's people
    had made for themselves.
    """
    found = queries.archive(archive_id)
    whole = found.establishment_id is None and not current_actor().may(Permission.TENANT_TAKE)
    if whole or (found.by_house and not _of_the_house()):
        raise NotFound
    return found


def _of_the_house() -> bool:
    return current_actor().role not in PROVIDER_ROLES


def _name(found: RecordArchive) -> str:
    """« dossier-290000017-2026-11-29.zip »: by FINESS number where there is one."""
    day = clock.day_of(found.ready_at or found.created_at)
    if found.establishment_id is None:
        return f"registre-{day}.zip"
    finess = fleet.establishment(found.establishment_id).finess
    return f"dossier-{finess}-{day}.zip" if finess else f"dossier-{day}.zip"
