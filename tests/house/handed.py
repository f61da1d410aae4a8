"""One stored file of every kind that the portal hands out, with two people who may take it."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.engagements import queries as rooms
from portal.engagements import service as engagements
from portal.engagements.models import Conclusion
from portal.kit import clock
from portal.leaving import queries as leaving
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.attestations import scene as attested
from tests.briefs import ordering
from tests.conftest import sign_in
from tests.engagements import promised
from tests.engagements.conftest import as_auditor, engage
from tests.fleet import test_import_views as imports
from tests.leaving import archives
from tests.leaving import house as houses
from tests.leaving.house import House
from tests.leaving.nextdoor import Next, looked_at
from tests.tracking import scene
from tests.tracking.scene import CODE
from tests.vault import samples


@dataclass(frozen=True)
class Held:
    """``address``: the one that pages link to; ``reader`` and ``other`` may both take the file.

    ``form``: what says which of several are meant.
    """

    endpoint: str
    address: str
    reader: Actor
    other: Actor
    method: str = "GET"
    form: tuple[tuple[str, str], ...] = ()


def browser(app: Flask, actor: Actor) -> FlaskClient:
    client = app.test_client()
    sign_in(client, actor)
    return client


def asked(client: FlaskClient, file: Held, *, follow_redirects: bool = False) -> TestResponse:
    """As a page does it."""
    return client.open(
        file.address,
        method=file.method,
        data=dict(file.form) or None,
        follow_redirects=follow_redirects,
    )


def all_of_them(app: Flask, owner: Actor, stranger: Actor) -> list[Held]:
    house = houses.built(owner)
    colleague = make.member(Role.MANAGER)
    houses.filed(owner, samples.PDF, "Procès-verbal.pdf", establishment_ids=[house.place])
    return [
        *_proofs(house, colleague),
        *_room(house),
        *_documents(app, house, colleague),
        _imported(app, owner, colleague),
        *_left(app, house, stranger),
    ]


def _proofs(house: House, colleague: Actor) -> Iterator[Held]:
    other = houses.filed(house.owner, samples.PDF, "Autre.pdf", establishment_ids=[house.beside])
    for evidence_id in (house.file, other):
        address = f"/acme/preuves/{evidence_id}/fichier"
        yield Held("evidence.download", address, house.owner, colleague)


def _room(house: House) -> Iterator[Held]:
    """Two auditors read it, and one conclusion is in its report."""
    lasting = clock.now() + timedelta(60)
    first, second = (
        make.member(Role.AUDITOR, establishments=[house.place], ends_at=lasting) for _ in range(2)
    )
    room_id = engage(house.owner, first, second, places=[house.place])
    with as_auditor(first, room_id):
        found = rooms.engagement(room_id)
        engagements.conclude(
            first, found, establishment_id=house.place, code=CODE,
            conclusion=Conclusion.CONFORM, words="", version=0,
        )  # fmt: skip
        engagements.close(first, found)
        db.session.commit()
    promised.done()
    room = f"/acme/audits/{room_id}"
    proof = f"{room}/{house.place}/{CODE}/preuves/{house.file}"
    yield Held("engagements.download", proof, first, second)
    yield Held("engagements.export", f"{room}/export.zip", first, second, "POST")
    yield Held("engagements.report", f"{room}/{house.place}/rapport.pdf", first, second)


def _documents(app: Flask, house: House, colleague: Actor) -> Iterator[Held]:
    (attestation_id,) = attested.made(house.owner, house.place)
    address = f"/acme/attestations/{attestation_id}.pdf"
    yield Held("attestations.download", address, house.owner, colleague)
    ticked = (("ids", str(attestation_id)),)
    yield Held("attestations.zip", "/acme/attestations/zip", house.owner, colleague, "POST", ticked)
    page = ordering.order(browser(app, house.director), house.place)
    ordering.made()
    yield Held("briefs.download", f"{page}.pdf", house.director, house.owner)


def _imported(app: Flask, owner: Actor, colleague: Actor) -> Held:
    page = imports.send(browser(app, owner), imports.EXTRACT).headers["Location"]
    imports.work(owner, "preview", page)
    return Held("fleet.import_report", f"{page}/rapport.csv", owner, colleague)


def _left(app: Flask, house: House, stranger: Actor) -> Iterator[Held]:
    """The archive that its establishment takes away, and a file of it at the next provider's."""
    second = make.member(Role.DIRECTOR, establishments=[house.place])
    entries = houses.taken(browser(app, house.director), house.url)
    (archive,) = leaving.archives(house.place, for_house=True)
    address = f"/acme/archives/{archive.id}.zip"
    db.session.rollback()
    yield Held("leaving.fetch", address, house.director, second, "POST")
    yield _brought(app, archives.zipped(entries), stranger)


def _brought(app: Flask, archive: bytes, stranger: Actor) -> Held:
    with tenant_scope(stranger.tenant_id):
        offering = make.offering(carries=[CODE])
        place = scene.client(offering, name="Les Ajoncs", finess=houses.FINESS)
        director = make.member(Role.DIRECTOR, establishments=[place])
    after = Next(stranger, director, place, uuid.uuid4())
    hers = browser(app, stranger)
    url = looked_at(hers, after, archive)
    assert hers.post(f"{url}/reprendre").status_code == 303
    with tenant_scope(stranger.tenant_id):
        (kept,) = leaving.kept(place)
        address = f"/globex/dossiers-anterieurs/{kept.id}/fichiers/{leaving.files(kept.id)[0].id}"
        db.session.rollback()
    return Held("leaving.file", address, stranger, director)
