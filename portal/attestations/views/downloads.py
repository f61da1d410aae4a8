"""Handing out: one document, its data, or many as one ZIP.  What changed on the disk is kept in."""

import uuid
from collections.abc import Iterator, Sequence
from functools import partial

from flask import request
from flask.typing import ResponseReturnValue

from portal.attestations import forms, queries, service
from portal.attestations.models import AttestationState
from portal.attestations.queries import Document
from portal.attestations.views.blueprint import HOME, bp
from portal.kit import archive, clock, csvfile, handing, issued, storage
from portal.kit.errors import Conflict, DomainError, NotFound, Refused
from portal.kit.handing import File
from portal.kit.i18n import gettext
from portal.kit.transactions import keep
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission

_LONGEST_NAME = 90
#: Twice what a page of the list shows.  Their ids make an address of some 3,000 letters; servers
#: take 4,000.
_MOST_TICKED = 100
#: Letters that no file system takes, or that would end a header's quoted text.
_FORBIDDEN = '<>:"/\\|?*%;'


class NotReady(Conflict):
    message = "This document is being made. Come back in a moment."


class TooManyTicked(Refused):
    message = "At most %(limit)s documents at a time; an order can be taken whole."


@requires(Permission.ATTESTATION_READ)
def download(attestation_id: uuid.UUID) -> File:
    """As it was issued, to the byte, or not at all."""
    found = queries.documents(ids=[attestation_id])
    if not found:
        queries.attestation(attestation_id)
        raise NotReady
    content = partial(issued.read, storage.current(), found[0].key, found[0].sha256)
    return File(file_name(found[0]), "application/pdf", content)


handing.add(bp, "GET", f"{HOME}/<uuid:attestation_id>.pdf", "download", download)


@bp.get(f"{HOME}/<uuid:attestation_id>.json", endpoint="snapshot")
@requires(Permission.ATTESTATION_READ)
def snapshot(attestation_id: uuid.UUID) -> ResponseReturnValue:
    """The canonical JSON, byte for byte as the document carries it."""
    found = queries.attestation(attestation_id)
    if found.state is not AttestationState.READY or found.snapshot is None:
        raise NotReady
    return handing.answer(File(f"{found.number}.json", "application/json", found.snapshot.encode))


def _chosen() -> dict[str, list[str]]:
    """A whole order, or those ticked: as many as one address can name."""
    batch = forms.ids(request.form.getlist("batch"))
    if batch:
        return {"batch": [batch[0].hex]}
    ids = forms.ids(request.form.getlist("ids"))
    if len(ids) > _MOST_TICKED:
        raise TooManyTicked(limit=_MOST_TICKED)
    return {"ids": [one.hex for one in ids]}


@requires(Permission.ATTESTATION_READ)
def download_many(ids: Sequence[str] = (), batch: Sequence[str] = ()) -> File:
    """Those ticked, or a whole order; with a list of them and of their digests."""
    if batch:
        found = queries.documents(batch_id=uuid.UUID(batch[0]))
    else:
        found = queries.documents(ids=forms.ids(ids))
    if not found:
        raise NotFound
    name = found[0].number if len(found) == 1 else f"{found[0].number} - {found[-1].number}"
    return File(f"{name}.zip", "application/zip", partial(_zipped, found))


handing.add(bp, "POST", f"{HOME}/zip", "zip", download_many, _chosen)


def _zipped(documents: Sequence[Document]) -> Iterator[bytes]:
    """Noted first; sent after the request is over: the pieces lean on nothing of it."""
    service.note_downloads(current_actor(), documents)
    keep()
    head = [gettext("Number"), gettext("Establishment"), "FINESS", gettext("File"), "SHA-256"]
    files = _files(documents, head, gettext("left out"), storage.current())
    return archive.zipped(files, at=clock.now().astimezone(clock.PARIS))


def _files(
    documents: Sequence[Document], head: Sequence[str], left_out: str, store: storage.Storage
) -> Iterator[tuple[str, bytes]]:
    """The documents, then the list; what can no longer be vouched for is named there only."""
    told = []
    for document in documents:
        name = file_name(document)
        try:
            yield name, issued.read(store, document.key, document.sha256)
        except DomainError:
            name = left_out
        told.append(
            (document.number, document.establishment, document.finess, name, document.sha256)
        )
    yield "SHA256.csv", "".join(csvfile.lines(head, told)).encode()


def file_name(document: Document) -> str:
    """« ATT-2026-0001 EHPAD Les Ajoncs.pdf », without what file systems refuse."""
    name = "".join(c for c in document.establishment if c.isprintable() and c not in _FORBIDDEN)
    return f"{document.number} {' '.join(name.split())[:_LONGEST_NAME]}".rstrip(" .") + ".pdf"
