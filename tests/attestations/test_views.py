"""The pages of attestations, by real requests."""

import csv
import io
import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.attestations.models import Attestation, AttestationBatch, AttestationState
from portal.fleet.models import Stage
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.attestations import scene
from tests.attestations.scene import CODE
from tests.conftest import sign_in
from tests.counting import counted

HOME = "/acme/attestations"
ORDER = f"{HOME}/commander"


def typed(*ids: uuid.UUID, **changes: str) -> dict[str, object]:
    today = clock.today()
    return {
        "batch": str(uuid.uuid4()),
        "since": f"{today.year}-01-01",
        "until": today.isoformat(),
        "ids": [str(each) for each in ids],
        **changes,
    }


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
    scene.given_up(ids[0])
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
    # Seven with the frame: one of them counts what is unread.
    assert len(for_fifty) == len(for_one) <= 7


def test_the_list_is_filtered_and_exported(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    scene.made(owner, fleet[0])
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
    assert rows[0][:5] == ["Numéro", "Établissement", "FINESS", "Ville", "État"]
    assert rows[1][4] == "émise"
    assert all(re.fullmatch(r"\d+,\d", share) for share in rows[1][8:11])
