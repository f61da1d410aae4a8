"""The pages of actions by real requests: list, board, plan, files, undo."""

import io
import uuid
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.actions import places
from tests.briefs.ordering import words
from tests.conftest import sign_in
from tests.counting import counted

DUE = (clock.today() + timedelta(days=20)).isoformat()


def _form(**said: str) -> dict[str, str]:
    return {"title": "Changer la porte", "side": "provider", "due_on": DUE, **said}


@pytest.fixture
def place(client: FlaskClient, owner: Actor) -> uuid.UUID:
    place = places.followed()
    sign_in(client, owner)
    return place


def _open(client: FlaskClient, place: uuid.UUID, **said: str) -> str:
    """The address of a new action."""
    sent = client.post(f"/acme/etablissements/{place}/plan/nouvelle", data=_form(**said))
    assert sent.status_code == 303, sent.text
    page = client.get(f"/acme/etablissements/{place}/plan").text
    start = page.index("/acme/actions/")
    return page[start : start + len("/acme/actions/") + 36]


def test_what_is_opened_is_in_the_plan_the_list_and_the_board(
    client: FlaskClient, place: uuid.UUID
) -> None:
    _open(client, place)

    for address in (f"etablissements/{place}/plan", "actions", "actions?view=board"):
        assert "Changer la porte" in client.get(f"/acme/{address}").text


def test_where_nothing_is_to_do_none_is_counted(client: FlaskClient, place: uuid.UUID) -> None:
    page = client.get("/acme/actions").text

    assert "Aucune action ouverte." in page
    assert "0 action" not in page


def test_a_form_without_a_title_loses_nothing(client: FlaskClient, place: uuid.UUID) -> None:
    answer = client.post(
        f"/acme/etablissements/{place}/plan/nouvelle",
        data={"side": "establishment", "note": "Par la cave", "due_on": DUE},
    )

    assert answer.status_code == 422
    assert "Par la cave" in answer.text
    assert DUE in answer.text


def test_what_was_done_by_mistake_is_undone_by_the_flash(
    client: FlaskClient, place: uuid.UUID
) -> None:
    one = _open(client, place)

    page = client.post(f"{one}/etat/done", follow_redirects=True).text
    assert f'action="{one}/etat/todo"' in page

    client.post(f"{one}/etat/todo")
    assert "Changer la porte" in client.get("/acme/actions").text


def test_a_state_that_is_none_is_not_found(client: FlaskClient, place: uuid.UUID) -> None:
    assert client.post(f"{_open(client, place)}/etat/burnt").status_code == 404


def test_the_second_of_two_writers_finds_her_words(client: FlaskClient, place: uuid.UUID) -> None:
    one = _open(client, place)
    client.post(one, data=_form(title="La première", version="1"))

    answer = client.post(one, data=_form(title="La seconde", version="1"))

    assert answer.status_code == 409
    assert "La seconde" in answer.text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("side=provider", True),
        ("side=establishment", False),
        ("priority=high", False),
        ("late=1", False),
        ("closed=1", False),
        ("mine=1", False),
        ("side=nonsense&question=99&establishment=x", True),
    ],
)
def test_filters_live_in_the_address(
    client: FlaskClient, place: uuid.UUID, asked: str, *, shown: bool
) -> None:
    _open(client, place)

    for view in ("", "&view=board"):
        page = client.get(f"/acme/actions?{asked}{view}").text
        assert ("Changer la porte" in page) is shown


def test_gaps_ticked_in_the_plan_become_actions(client: FlaskClient, place: uuid.UUID) -> None:
    page = client.get(f"/acme/etablissements/{place}/plan").text
    start = page.index('name="codes"')
    code = page[page.index('value="', start) + 7 :].split('"')[0]

    client.post(f"/acme/etablissements/{place}/plan/ecarts", data={"codes": code, "due_on": DUE})

    assert code in client.get("/acme/actions").text


def test_the_plan_is_a_document_and_a_workbook(client: FlaskClient, place: uuid.UUID) -> None:
    _open(client, place, title="=1+1", note="à voir")

    document = client.get(f"/acme/etablissements/{place}/plan.pdf")
    workbook = client.get(f"/acme/etablissements/{place}/plan.xlsx")

    assert document.data.startswith(b"%PDF-")
    with zipfile.ZipFile(io.BytesIO(workbook.data)) as parts:
        assert "=1+1" in parts.read("xl/sharedStrings.xml").decode()
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_the_plan_on_paper_says_what_is_left_on_each_side_then_what_was_done(
    client: FlaskClient, place: uuid.UUID
) -> None:
    today = clock.today()
    done = _open(client, place, title="Poser un verrou", side="establishment")
    client.post(f"{done}/etat/done")
    _open(client, place, title="Relire le contrat", due_on=(today + timedelta(9)).isoformat())
    _open(client, place, priority="high", effort="weeks", note="Avec le serrurier.")
    _open(client, place, title="Former les veilleurs", side="establishment", priority="low")
    db.session.execute(
        sa.text("UPDATE action SET due_on = :day WHERE title = 'Relire le contrat'"),
        {"day": today - timedelta(3)},
    )
    db.session.commit()

    told = words(client.get(f"/acme/etablissements/{place}/plan.pdf").data)

    at = [told.index(title) for title in ("Le prestataire", "L’établissement", "Fait depuis un an")]
    assert at == sorted(at)
    ours, theirs, past = told[at[0] : at[1]], told[at[1] : at[2]], told[at[2] :]
    late, due = (f"{day:%d/%m/%Y}" for day in (today - timedelta(3), today + timedelta(20)))
    assert ours.index("Relire le contrat") < ours.index("Changer la porte")
    assert f"normale {late} · en retard" in ours
    assert "quelques semaines" in ours
    assert "Avec le serrurier." in ours
    assert f"haute {due}" in ours
    assert "Former les veilleurs" in theirs
    assert f"basse {due}" in theirs
    assert f"Poser un verrou · le {today.day}" in past
    assert told.count("Poser un verrou") == 1


def test_the_list_as_a_file_says_all_of_it(client: FlaskClient, place: uuid.UUID) -> None:
    _open(client, place)

    assert "Changer la porte" in client.get("/acme/actions.csv").text


def test_an_auditor_reads_no_plan(client: FlaskClient, owner: Actor) -> None:
    place = places.followed()
    sign_in(client, make.member(Role.AUDITOR, establishments=[place]))

    assert client.get("/acme/actions").status_code == 403


@pytest.mark.parametrize("address", ["actions", "actions?view=board"])
def test_a_longer_list_asks_no_more_of_the_database(
    client: FlaskClient, place: uuid.UUID, address: str
) -> None:
    counts = []
    for _ in range(2):
        _open(client, place)
        client.get(f"/acme/{address}")
        with counted() as sent:
            client.get(f"/acme/{address}")
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 7
