"""Handing documents out, to whom they concern, as they were issued."""

import json
import uuid
from datetime import timedelta

from flask.testing import FlaskClient

from portal.fleet.models import Establishment
from portal.kit import clock, storage
from portal.kit.canonical import sha256_hex
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.attestations import scene
from tests.attestations.scene import CODE
from tests.conftest import sign_in

HOME = "/acme/attestations"
ORDER = f"{HOME}/commander"


def test_a_document_is_downloaded_under_its_number_and_name(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (attestation_id,) = scene.made(owner, fleet[1])

    answer = desk.get(f"{HOME}/{attestation_id}.pdf", follow_redirects=True)

    number = f"ATT-{clock.today().year}-0001"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="{number} IME L__cluse.pdf"; '
        f"filename*=UTF-8''{number}%20IME%20L%E2%80%99%C3%89cluse.pdf"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert sha256_hex(answer.data) == scene.one(attestation_id).pdf_sha256


def test_hostile_names_stay_names(desk: FlaskClient, owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(
        offering, 'A"; filename=evil.exe\r\nSet-Cookie: x=1 ../../etc/passwd \u202e'
    )
    (attestation_id,) = scene.made(owner, place)

    answer = desk.get(f"{HOME}/{attestation_id}.pdf", follow_redirects=True)

    disposition = answer.headers["Content-Disposition"]
    assert "\n" not in disposition
    assert disposition.count('"') == 2
    assert "/" not in disposition
    assert "Set-Cookie: x=1" not in str(answer.headers)


def test_the_data_are_the_frozen_bytes(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (attestation_id,) = scene.made(owner, fleet[0])

    answer = desk.get(f"{HOME}/{attestation_id}.json")

    assert sha256_hex(answer.data) == scene.one(attestation_id).snapshot_sha256
    assert json.loads(answer.data)["establishment"]["name"] == "EHPAD Les Ajoncs"


def test_what_is_not_made_yet_is_said_so(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (attestation_id,) = scene.order(owner, fleet[0])
    db.session.rollback()

    statuses = [desk.get(f"{HOME}/{attestation_id}.{kind}").status_code for kind in ("pdf", "json")]

    assert statuses == [409, 409]


def test_a_file_changed_on_the_disk_is_not_handed_out(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (attestation_id,) = scene.made(owner, fleet[0])
    key = scene.one(attestation_id).pdf_key or ""
    content = storage.current().read(key)
    storage.current().delete(key)
    storage.current().put(key, content[:-1] + b" ", limit=len(content))
    db.session.rollback()

    answer = desk.get(f"{HOME}/{attestation_id}.pdf", follow_redirects=True)

    assert answer.status_code == 409


def test_a_director_downloads_hers_and_no_other(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    mine, theirs = scene.made(owner, *fleet[:2])
    batch_id = scene.one(mine).batch_id
    sign_in(client, scene.director_of(fleet[0]))

    listed = client.get(HOME).get_data(as_text=True)
    answers = {
        "mine": client.get(f"{HOME}/{mine}.pdf", follow_redirects=True).status_code,
        "theirs": client.get(f"{HOME}/{theirs}.pdf", follow_redirects=True).status_code,
        "data": client.get(f"{HOME}/{theirs}.json").status_code,
        "unknown": client.get(f"{HOME}/{uuid.uuid4()}.pdf", follow_redirects=True).status_code,
        "batch": client.get(f"{HOME}/lots/{batch_id}").status_code,
        "order": client.get(ORDER).status_code,
    }

    assert "EHPAD Les Ajoncs" in listed
    assert "IME L’Écluse" not in listed
    assert answers == {
        "mine": 200, "theirs": 404, "data": 404, "unknown": 404, "batch": 404, "order": 403
    }  # fmt: skip


def test_a_foreign_attestation_is_answered_as_an_unknown_one(
    desk: FlaskClient, stranger: Actor
) -> None:
    db.session.remove()
    with tenant_scope(stranger.tenant_id):
        (foreign,) = scene.made(stranger, scene.client(make.offering(carries=[CODE])))
        db.session.remove()

    answers = [
        desk.get(f"{HOME}/{each}.pdf", follow_redirects=True) for each in (foreign, uuid.uuid4())
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data


def test_a_name_changed_since_does_not_hide_the_document(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (attestation_id,) = scene.made(owner, fleet[0])
    db.session.execute(
        Establishment.__table__.update()
        .where(Establishment.id == fleet[0])
        .values(name="Nouveau nom", archived_at=clock.now() - timedelta(days=1))
    )
    db.session.commit()

    assert desk.get(f"{HOME}/{attestation_id}.pdf", follow_redirects=True).status_code == 200
