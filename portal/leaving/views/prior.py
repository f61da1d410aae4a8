"""Reading what another provider kept, with its origin, and fetching its files."""

import uuid
from urllib.parse import quote

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.fleet import queries as fleet
from portal.kit.errors import NotFound
from portal.leaving import drawn, queries
from portal.leaving.models import PriorRecord, PriorState
from portal.leaving.record import Record
from portal.vault import sealed
from tenants.access import requires
from tenants.roles import Permission


@requires(Permission.TRACKING_READ)
def index(establishment_id: uuid.UUID) -> ResponseReturnValue:
    return render_template(
        "leaving/priors.html",
        establishment=fleet.establishment(establishment_id),
        kept=queries.kept(establishment_id),
    )


@requires(Permission.TRACKING_READ)
def show(prior_id: uuid.UUID) -> ResponseReturnValue:
    found = _kept(prior_id)
    record = Record.from_json((found.record or "").encode())
    return render_template(
        "leaving/prior.html",
        prior=found,
        record=record,
        establishment=fleet.establishment(found.establishment_id),
        cards=[drawn.card(chapter) for chapter in record.chapters],
        files={
            it.place: url_for("leaving.file", prior_id=prior_id, file_id=it.id)
            for it in queries.files(prior_id)
        },
    )


@requires(Permission.EVIDENCE_READ)
def file(prior_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    _kept(prior_id)
    found = queries.file(prior_id, file_id)
    return Response(
        sealed.open_plain(found.file_key),
        headers={
            "Content-Type": found.media_type,
            "Content-Length": str(found.file_size),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


def _kept(prior_id: uuid.UUID) -> PriorRecord:
    """What was only brought, or was taken out again, is no part of the record."""
    found = queries.prior(prior_id)
    if found.state is not PriorState.KEPT:
        raise NotFound
    return found
