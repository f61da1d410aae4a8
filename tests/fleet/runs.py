"""The shortest ways to take a file through an import."""

import io
import json
import uuid
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from portal.fleet import import_queries, importing
from portal.fleet.models import Establishment, ImportMode, ImportRun
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests.fleet.importer.samples import EHPAD, METADATA, text

TODAY = date(2026, 11, 23)


def taken_in(actor: Actor, data: bytes, *, listed: str | None = None) -> uuid.UUID:
    run = importing.upload(
        actor,
        file=io.BytesIO(data),
        size=len(data),
        file_name="parc.csv",
        mode=ImportMode.WHOLE_FILE if listed is None else ImportMode.LISTED,
        finess_list=listed or "",
        at=clock.now(),
    )
    return run.id


def previewed(actor: Actor, data: bytes, *, listed: str | None = None) -> ImportRun:
    run_id = taken_in(actor, data, listed=listed)
    importing.preview(run_id, today=TODAY)
    db.session.expire_all()
    return import_queries.run(run_id)


def applied(actor: Actor, data: bytes, *, listed: str | None = None) -> ImportRun:
    run_id = previewed(actor, data, listed=listed).id
    importing.confirm(actor, run_id=run_id, at=clock.now())
    importing.apply(run_id, today=TODAY, at=clock.now())
    db.session.expire_all()
    return import_queries.run(run_id)


def counted(run: ImportRun) -> dict[str, int]:
    return {kind: count for kind, count in run.counts.items() if count}


def one(finess: str = EHPAD) -> Establishment:
    return db.session.execute(
        select(Establishment).where(Establishment.finess == finess)
    ).scalar_one()


def extract(*lines: str) -> bytes:
    return text([METADATA, *lines])


def table(lines: Iterable[str], header: str = "finess;nom;ville") -> bytes:
    return text([header, *lines])


def flow_of(*, body: str, body_name: str, day: str) -> bytes:
    """A FINESS+ flow of one establishment, that says who manages it and hardly more."""
    place = {
        "informationsGeneralesEGE": {"numFinessEge": EHPAD, "nomEgeCourt": "EHPAD LES TILLEULS"},
        "dateDerniereMaj": day,
    }
    owner = {"numFinessPm": body, "denominationPm": body_name}
    return json.dumps({"pmej": [{"informationsGeneralesPMEJ": owner, "ege": [place]}]}).encode()
