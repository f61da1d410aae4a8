"""Reading what another provider kept, with its origin, and fetching its files."""

import uuid
from functools import partial

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.fleet import queries as fleet
from portal.kit.handing import File
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
def file(prior_id: uuid.UUID, file_id: uuid.UUID) -> File:
    queries.kept_one(prior_id)
    found = queries.file(prior_id, file_id)
    content = partial(sealed.open_plain, found.file_key)
    return File(found.name, found.media_type, content, found.file_size)
