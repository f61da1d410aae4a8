"""The pages of attestations, by real requests."""

import csv
import io
import json
import re
import uuid
import zipfile
from contextvars import Context
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.attestations import service
from portal.attestations.models import Attestation, AttestationBatch, AttestationState
from portal.audit.models import AuditEvent
from portal.fleet.models import Establishment, Stage
from portal.kit import clock, storage
from portal.kit.canonical import sha256_hex
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.attestations import scene
from tests.attestations.scene import CODE
from tests.conftest import sign_in
from tests.counting import counted

HOME = "/acme/attestations"
ORDER = f"{HOME}/commander"


@pytest.fixture
def fleet(owner: Actor) -> list[uuid.UUID]:
    """Three clients under one offering, declared and proven."""
    offering = make.offering(carries=[CODE])
    ids = scene.clients(offering, ["EHPAD Les Ajoncs", "IME L’Écluse", "SSIAD du Bourg"])
    scene.declare(owner, offering)
    scene.prove(owner, offering_id=offering)
    return ids


@pytest.fixture
def desk(client: FlaskClient, owner: Actor) -> FlaskClient:
    """The owner's browser."""
    sign_in(client, owner)
    return client


def typed(*ids: uuid.UUID, **changes: str) -> dict[str, object]:
    today = clock.today()
    return {
        "batch": str(uuid.uuid4()),
        "since": f"{today.year}-01-01",
        "until": today.isoformat(),
        "ids": [str(each) for each in ids],
        **changes,
    }


def made(owner: Actor, *places: uuid.UUID) -> list[uuid.UUID]:
    found = scene.issued(owner, *places)
    db.session.rollback()
    return found


def director_of(place: uuid.UUID) -> Actor:
    actor = make.member(Role.DIRECTOR, establishments=[place])
    db.session.rollback()
    return actor


def count(model: type[Attestation] | type[AttestationBatch]) -> int:
    db.session.rollback()
    found = db.session.scalar(select(func.count()).select_from(model)) or 0
    db.session.rollback()
    return found


def test_the_order_page_offers_every_client_and_the_year_so_far(
    desk: FlaskClient, fleet: list[uuid.UUID]
) -> None:
    page = desk.get(ORDER)

    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "Éditer 3 attestations" in text
    assert f'value="{clock.today().year}-01-01"' in text
    assert f'value="{clock.today().isoformat()}"' in text


def test_the_board_s_choice_is_shown_before_anything_is_written(
    desk: FlaskClient, fleet: list[uuid.UUID]
) -> None:
    page = desk.post(ORDER, data={"ids": [str(each) for each in fleet[:2]]})

    text = page.get_data(as_text=True)
    assert "Éditer 2 attestations" in text
    assert text.count('name="ids"') == 2
    assert count(AttestationBatch) == 0


def test_the_whole_list_of_the_board_is_named_by_its_filter(
    desk: FlaskClient, fleet: list[uuid.UUID]
) -> None:
    data = {"all": "1", "filter": "q=ajoncs&sort=nonsense"}
    page = desk.post(ORDER, data=data)

    desk.post(HOME, data={**typed(), **data})

    assert "EHPAD Les Ajoncs" in page.get_data(as_text=True)
    assert count(Attestation) == 1


def test_a_prospect_is_left_aside_with_the_reason(
    desk: FlaskClient, fleet: list[uuid.UUID]
) -> None:
    prospect = make.establishment("Clinique du Cap", stage=Stage.PROSPECT)

    text = desk.get(ORDER, query_string={"ids": [fleet[0], prospect]}).get_data(as_text=True)

    assert "Éditer l’attestation" in text
    assert "Clinique du Cap" in text
    assert "prospect, sans contrat" in text


def test_an_unknown_establishment_and_another_provider_s_are_told_alike(
    desk: FlaskClient, fleet: list[uuid.UUID], stranger: Actor
) -> None:
    db.session.remove()
    with tenant_scope(stranger.tenant_id):
        foreign = make.establishment("Étranger")
        db.session.remove()

    pages = [
        re.sub(
            r"[0-9a-f-]{36}", "", desk.get(ORDER, query_string={"ids": each}).get_data(as_text=True)
        )
        for each in (foreign, uuid.uuid4())
    ]

    assert pages[0] == pages[1]
    assert "n’existe plus ici" in pages[0]


@pytest.mark.parametrize("ids", ["", "x", "%00", "1;drop"])
def test_nonsense_for_a_choice_is_an_empty_choice(
    desk: FlaskClient, fleet: list[uuid.UUID], ids: str
) -> None:
    page = desk.get(f"{ORDER}?ids={ids}")

    assert page.status_code == 200
    assert "Aucun de ces établissements n’est suivi" in page.get_data(as_text=True)


def test_an_order_leads_to_the_page_that_follows_it(
    desk: FlaskClient, fleet: list[uuid.UUID]
) -> None:
    wish = typed(*fleet)

    answer = desk.post(HOME, data=wish)

    assert answer.status_code == 303
    assert answer.location == f"{HOME}/lots/{wish['batch']}"
    text = desk.get(answer.location).get_data(as_text=True)
    assert 'value="0"' in text
    assert 'max="3"' in text
    assert 'hx-trigger="every 1s"' in text
    assert 'http-equiv="refresh"' in text


def test_an_order_sent_twice_is_one_order(desk: FlaskClient, fleet: list[uuid.UUID]) -> None:
    wish = typed(*fleet)

    answers = [desk.post(HOME, data=wish) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert count(Attestation) == 3


@pytest.mark.parametrize(
    "changes",
    [{"since": "hier"}, {"until": "2999-01-01"}, {"since": "2026-12-31", "until": "2026-01-01"},
     {"batch": "1"}, {"since": ""}],
)  # fmt: skip
def test_a_wrong_order_comes_back_as_it_was_typed_and_writes_nothing(
    desk: FlaskClient, fleet: list[uuid.UUID], changes: dict[str, str]
) -> None:
    answer = desk.post(HOME, data=typed(*fleet, **changes))

    assert answer.status_code == 422
    assert "Rien n’a été perdu" in answer.get_data(as_text=True)
    assert count(Attestation) == 0


def test_an_order_for_nobody_is_refused(desk: FlaskClient, fleet: list[uuid.UUID]) -> None:
    answer = desk.post(HOME, data=typed(uuid.uuid4()))

    assert answer.status_code == 422
    assert count(AttestationBatch) == 0


def test_a_technician_reads_and_does_not_issue(
    client: FlaskClient, fleet: list[uuid.UUID], technician: Actor
) -> None:
    sign_in(client, technician)

    statuses = [
        client.get(HOME).status_code,
        client.get(ORDER).status_code,
        client.post(HOME, data=typed(*fleet)).status_code,
        client.post(f"{HOME}/relancer", data={}).status_code,
    ]

    assert statuses == [200, 403, 403, 403]


def test_progress_moves_and_ends_with_the_download(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    wish = typed(*fleet)
    place = desk.post(HOME, data=wish).location
    with tenant_scope(owner.tenant_id):
        ids = list(db.session.scalars(select(Attestation.id).order_by(Attestation.number)))
        scene.compile_now(ids[0])
        db.session.rollback()
    halfway = desk.get(place, headers={"HX-Request": "true"}).get_data(as_text=True)
    with tenant_scope(owner.tenant_id):
        scene.compile_now(*ids[1:])
        db.session.rollback()

    done = desk.get(place, headers={"HX-Request": "true"}).get_data(as_text=True)

    assert "<html" not in halfway
    assert 'value="1"' in halfway
    assert "every 1s" in halfway
    assert "every 1s" not in done
    assert "Télécharger les 3 documents (ZIP)" in done


def test_a_failure_is_shown_with_its_remedy(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    ids = scene.order(owner, *fleet)
    service.give_up(ids[0])
    batch_id = scene.one(ids[0]).batch_id
    scene.compile_now(*ids[1:])
    db.session.rollback()

    text = desk.get(f"{HOME}/lots/{batch_id}").get_data(as_text=True)
    answer = desk.post(f"{HOME}/relancer", data={"ids": str(ids[0]), "batch": str(batch_id)})

    assert "Un document n’a pas pu être fait" in text
    assert "Relancer" in text
    assert answer.location == f"{HOME}/lots/{batch_id}"
    assert scene.one(ids[0]).state is AttestationState.REQUESTED


def test_the_list_is_read_in_as_many_statements_for_one_as_for_fifty(
    desk: FlaskClient, owner: Actor
) -> None:
    places = scene.clients(make.offering(carries=[CODE]), [f"EHPAD {n:02}" for n in range(50)])
    scene.order(owner, places[0])
    db.session.rollback()
    desk.get(HOME)
    with counted() as for_one:
        desk.get(HOME)
    scene.order(owner, *places)
    db.session.rollback()

    with counted() as for_fifty:
        page = desk.get(HOME)

    assert page.get_data(as_text=True).count("<tr data-row>") == 50
    assert len(for_fifty) == len(for_one) <= 6


def test_the_list_is_filtered_and_exported(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    made(owner, fleet[0])
    scene.order(owner, *fleet)
    db.session.rollback()

    shown = {
        query: desk.get(f"{HOME}?{query}").get_data(as_text=True).count("<tr data-row>")
        for query in (
            "", "q=ssiad", "q=0001", "state=ready", "state=nonsense", f"establishment={fleet[2]}",
            "year=2001", "page=9",
        )
    }  # fmt: skip
    rows = list(
        csv.reader(
            io.StringIO(desk.get(f"{HOME}.csv?state=ready").get_data().decode("utf-8-sig")),
            delimiter=";",
        )
    )

    assert shown == {
        "": 4, "q=ssiad": 1, "q=0001": 1, "state=ready": 1, "state=nonsense": 4,
        f"establishment={fleet[2]}": 1, "year=2001": 0, "page=9": 0,
    }  # fmt: skip
    assert [row[:2] for row in rows[1:]] == [[f"ATT-{clock.today().year}-0001", "EHPAD Les Ajoncs"]]


def test_a_document_is_downloaded_under_its_number_and_name(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (attestation_id,) = made(owner, fleet[1])

    answer = desk.get(f"{HOME}/{attestation_id}.pdf")

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
    (attestation_id,) = made(owner, place)

    answer = desk.get(f"{HOME}/{attestation_id}.pdf")

    disposition = answer.headers["Content-Disposition"]
    assert "\n" not in disposition
    assert disposition.count('"') == 2
    assert "/" not in disposition
    assert "Set-Cookie: x=1" not in str(answer.headers)


def test_the_data_are_the_frozen_bytes(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (attestation_id,) = made(owner, fleet[0])

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
    (attestation_id,) = made(owner, fleet[0])
    key = scene.one(attestation_id).pdf_key or ""
    content = storage.current().read(key)
    storage.current().delete(key)
    storage.current().put(key, content[:-1] + b" ", limit=len(content))
    db.session.rollback()

    answer = desk.get(f"{HOME}/{attestation_id}.pdf")

    assert answer.status_code == 409


def test_a_director_downloads_hers_and_no_other(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    mine, theirs = made(owner, *fleet[:2])
    batch_id = scene.one(mine).batch_id
    sign_in(client, director_of(fleet[0]))

    listed = client.get(HOME).get_data(as_text=True)
    answers = {
        "mine": client.get(f"{HOME}/{mine}.pdf").status_code,
        "theirs": client.get(f"{HOME}/{theirs}.pdf").status_code,
        "data": client.get(f"{HOME}/{theirs}.json").status_code,
        "unknown": client.get(f"{HOME}/{uuid.uuid4()}.pdf").status_code,
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
        (foreign,) = made(stranger, scene.client(make.offering(carries=[CODE])))
        db.session.remove()

    answers = [desk.get(f"{HOME}/{each}.pdf") for each in (foreign, uuid.uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_holds_every_document_and_the_list_of_their_digests(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    ids = made(owner, *fleet)
    rows = [scene.one(each) for each in ids]
    expected, batch_id = {row.number: row.pdf_sha256 for row in rows}, rows[0].batch_id
    db.session.rollback()

    answer = desk.post(f"{HOME}/zip", data={"batch": str(batch_id)})

    files = unzipped(answer.data)
    listed = list(
        csv.reader(io.StringIO(files.pop("SHA256.csv").decode("utf-8-sig")), delimiter=";")
    )
    assert answer.mimetype == "application/zip"
    assert {name[:13]: sha256_hex(content) for name, content in files.items()} == expected
    assert {row[0]: row[4] for row in listed[1:]} == expected
    assert {row[3] for row in listed[1:]} == set(files)
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "attestation.downloaded")
    ).one()
    assert (event.actor_id, event.details["count"]) == (owner.user_id, 3)


def test_a_zip_of_ticked_lines_leaves_out_what_is_not_ready_or_not_ours(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (ready,) = made(owner, fleet[0])
    (waiting,) = scene.order(owner, fleet[1])
    db.session.rollback()

    answer = desk.post(
        f"{HOME}/zip", data={"ids": [str(ready), str(waiting), str(uuid.uuid4()), "x"]}
    )

    assert len(unzipped(answer.data)) == 2


def test_a_zip_is_sent_after_the_request_is_over(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    """As a server does: in a context that knows neither the request nor the app."""
    ids = made(owner, *fleet)
    answer = desk.post(f"{HOME}/zip", data={"ids": [str(each) for each in ids]})

    pieces = Context().run(list, answer.response)

    assert len(unzipped(b"".join(pieces))) == 4


def test_a_zip_of_nothing_is_not_found(desk: FlaskClient, fleet: list[uuid.UUID]) -> None:
    assert desk.post(f"{HOME}/zip", data={"ids": "x"}).status_code == 404


def test_a_zip_names_what_it_cannot_vouch_for(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    ids = made(owner, *fleet)
    batch_id = scene.one(ids[0]).batch_id
    storage.current().delete(scene.one(ids[0]).pdf_key or "")
    db.session.rollback()

    files = unzipped(desk.post(f"{HOME}/zip", data={"batch": str(batch_id)}).data)

    assert len(files) == 3
    assert files["SHA256.csv"].decode().count("ATT-") == 5


def test_a_director_s_zip_holds_hers_and_is_journalled_at_her_establishment(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    ids = made(owner, *fleet)
    sign_in(client, director_of(fleet[0]))

    answer = client.post(f"{HOME}/zip", data={"ids": [str(each) for each in ids]})

    assert len(unzipped(answer.data)) == 2
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "attestation.downloaded")
    ).one()
    assert event.establishment_id == fleet[0]


def test_a_name_changed_since_does_not_hide_the_document(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (attestation_id,) = made(owner, fleet[0])
    db.session.execute(
        Establishment.__table__.update()
        .where(Establishment.id == fleet[0])
        .values(name="Nouveau nom", archived_at=clock.now() - timedelta(days=1))
    )
    db.session.commit()

    assert desk.get(f"{HOME}/{attestation_id}.pdf").status_code == 200
