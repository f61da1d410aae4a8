"""Handing out: one document, its data, or many as one ZIP.  What changed on the disk is kept in."""

import uuid
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.attestations import forms, queries, service
from portal.attestations.models import AttestationState
from portal.attestations.queries import Document
from portal.attestations.views.blueprint import HOME, bp
from portal.kit import archive, clock, csvfile, issued, storage
from portal.kit.errors import Conflict, DomainError, NotFound
from portal.kit.i18n import gettext
from tenants.access import requires
from tenants.http import current_actor
from tenants.roles import Permission

_LONGEST_NAME = 90
#: Letters that no file system takes, or that would end a header's quoted text.
_FORBIDDEN = '<>:"/\\|?*%;'


class NotReady(Conflict):
    message = "This document is being made. Come back in a moment."


@bp.get(f"{HOME}/<uuid:attestation_id>.pdf", endpoint="download")
@requires(Permission.ATTESTATION_READ)
def download(attestation_id: uuid.UUID) -> ResponseReturnValue:
    found = queries.documents(ids=[attestation_id])
    if not found:
        queries.attestation(attestation_id)
        raise NotReady
    content = issued.read(storage.current(), found[0].key, found[0].sha256)
    return _attachment(content, "application/pdf", file_name(found[0]))


@bp.get(f"{HOME}/<uuid:attestation_id>.json", endpoint="snapshot")
@requires(Permission.ATTESTATION_READ)
def snapshot(attestation_id: uuid.UUID) -> ResponseReturnValue:
    """The canonical JSON, byte for byte as the document carries it."""
    found = queries.attestation(attestation_id)
    if found.state is not AttestationState.READY or found.snapshot is None:
        raise NotReady
    return _attachment(found.snapshot.encode(), "application/json", f"{found.number}.json")


@bp.post(f"{HOME}/zip", endpoint="zip")
@requires(Permission.ATTESTATION_READ)
def download_many() -> ResponseReturnValue:
    """Those ticked, or a whole order; with a list of them and of their digests."""
    batch = forms.ids(request.form.getlist("batch"))
    if batch:
        found = queries.documents(batch_id=batch[0])
    else:
        found = queries.documents(ids=forms.ids(request.form.getlist("ids")))
    if not found:
        raise NotFound
    service.note_downloads(current_actor(), found)
    head = [gettext("Number"), gettext("Establishment"), "FINESS", gettext("File"), "SHA-256"]
    # Sent after the request is over: the pieces lean on nothing of it.
    files = _files(found, head, gettext("left out"), storage.current())
    pieces = archive.zipped(files, at=clock.now().astimezone(clock.PARIS))
    name = found[0].number if len(found) == 1 else f"{found[0].number} - {found[-1].number}"
    headers = {"Content-Disposition": _disposition(f"{name}.zip")}
    return Response(pieces, mimetype="application/zip", headers=headers)


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


def _attachment(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content,
        headers={
            "Content-Type": media_type,
            "Content-Disposition": _disposition(name),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )


def _disposition(name: str) -> str:
    """RFC 6266: the name as it is, and in plain letters for what cannot read that."""
    plain = "".join(c if " " <= c <= "~" else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
