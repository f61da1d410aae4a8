"""Reading what another provider kept, with its origin, and fetching its files."""

import uuid
from urllib.parse import quote

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.fleet import queries as fleet
from portal.leaving import drawn, queries, reopening
from portal.leaving.models import PriorRecord
from portal.leaving.record import Record
from portal.vault import sealed
from tenants.access import requires
from tenants.http import current_actor
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
    found = queries.kept_one(prior_id)
    record = Record.from_json((found.record or "").encode())
    return render_template(
        "leaving/prior.html",
        prior=found,
        record=record,
        establishment=fleet.establishment(found.establishment_id),
        to_take_up=_to_take_up(found),
        cards=[drawn.card(chapter) for chapter in record.chapters],
        files={
            it.place: url_for("leaving.file", prior_id=prior_id, file_id=it.id)
            for it in queries.files(prior_id)
        },
    )


def _to_take_up(found: PriorRecord) -> int:
    """How many actions wait there, for whoever may take them up."""
    return reopening.count(found) if current_actor().may(Permission.RECORD_RECEIVE) else 0


@requires(Permission.EVIDENCE_READ)
def file(prior_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    queries.kept_one(prior_id)
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
