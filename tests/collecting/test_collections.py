"""The pages of collections, for the provider and for the people of an establishment."""

import re
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from portal.collecting.models import Collection, Collector
from portal.guide import loader
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests.collecting.turns import CODE, FORM, HERE, TITLE, only, proves, sets_up, the
from tests.counting import counted
from tests.evidence import proofs


def test_a_collection_is_set_up_paused_taken_up_stopped_and_each_is_undone(
    at_work: FlaskClient, owner: Actor
) -> None:
    empty = at_work.get(HERE).text
    asked = at_work.get(f"{HERE}/nouvelle?code={CODE}").text
    made = at_work.post(f"{HERE}/nouvelle", data=FORM)
    page = at_work.get(made.location).text
    found = []
    for deed in ("pause", "reprendre", "arreter", "reprendre"):
        answer = at_work.post(f"{made.location}/{deed}")
        after = at_work.get(answer.location).text
        undo = re.findall(
            rf'action="({made.location}/\w+)">\s*<input[^>]*>\s*<button class="link"', after
        )
        found.append((only().pace.value, undo[0].rsplit("/", 1)[1]))

    assert "Aucune collecte" in empty
    assert re.search(rf'value="{CODE}"\s+selected', asked)
    assert made.status_code == 303, made.text
    assert loader.current().requirement(CODE).title in page
    assert "tous les 3 mois" in page
    assert found == [
        ("paused", "reprendre"), ("running", "pause"), ("stopped", "reprendre"),
        ("running", "pause"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "ZZZ"},
        {"code": ""},
        {"months": "0"},
        {"months": "61"},
        {"months": "9" * 30},
        {"months": "x"},
        {"first_on": "2020-01-01"},
        {"first_on": "9999-12-31"},
        {"first_on": "demain"},
        {"collector": "nobody"},
        {"collector": "supplier"},
        {"collector": "establishment"},
        {"person": str(uuid.UUID(int=7))},
        {"title": "x" * 201},
        {"collector": "supplier", "supplier": "Ouest", "to_email": "nobody"},
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_kept(
    at_work: FlaskClient, owner: Actor, wrong: dict[str, str]
) -> None:
    answer = at_work.post(f"{HERE}/nouvelle", data={**FORM, "title": "Relevé", **wrong})
    db.session.rollback()

    assert answer.status_code == 422
    assert "Rien n’a été perdu" in answer.text
    assert not db.session.scalar(sa.select(sa.func.count()).select_from(Collection))


@pytest.mark.parametrize("field", ["offering", "establishment"])
def test_a_target_that_is_not_there_is_not_found(
    at_work: FlaskClient, owner: Actor, field: str
) -> None:
    answer = at_work.post(f"{HERE}/nouvelle", data={**FORM, field: str(uuid.UUID(int=7))})

    assert answer.status_code == 404


def test_a_change_is_kept_unless_somebody_changed_it_meanwhile(
    at_work: FlaskClient, owner: Actor
) -> None:
    made = sets_up(owner, first_in=60)
    page = at_work.get(f"{HERE}/{made}/modifier").text
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    form = {"title": "Le relevé", "months": "6", "collector": "colleague", "version": version}
    saved = at_work.post(f"{HERE}/{made}/modifier", data=form)
    late = at_work.post(f"{HERE}/{made}/modifier", data={**form, "title": "Autrement"})

    assert (saved.status_code, late.status_code) == (303, 409)
    assert (the(made).title, the(made).months) == ("Le relevé", 6)
    assert "Quelqu’un a modifié" in late.text
    assert "Autrement" in late.text


def test_the_list_tells_states_apart_and_its_file_says_the_same(
    at_work: FlaskClient, owner: Actor
) -> None:
    sets_up(owner, first_in=0)
    sets_up(owner, first_in=90, code="SAUV-01")
    sets_up(owner, first_in=5, code="SAUV-02", collector=Collector.SUPPLIER, supplier="=Ouest")
    db.session.execute(sa.text("UPDATE collection_turn SET due_on = due_on - 1 WHERE due_on <= :d"),
                       {"d": clock.today()})  # fmt: skip
    db.session.commit()
    page = at_work.get(HERE).text
    late = at_work.get(f"{HERE}?state=late").text
    file = at_work.get(f"{HERE}/export.csv").text

    assert "Une preuve en retard." in page
    for word in ("En retard (1)", "À collecter (1)", "À venir (1)", "En cours (3)"):
        assert word in page.replace("\u00a0", " ")
    assert "SAUV-01" not in re.sub(r"<select.*?</select>", "", late, flags=re.DOTALL)
    assert file.count("\r\n") == 4
    assert "'=Ouest" in file
    assert at_work.get(f"{HERE}?state=nonsense&mine=%00&establishment=x").status_code == 200


def test_the_list_takes_the_same_few_statements_whatever_its_length(
    at_work: FlaskClient, owner: Actor
) -> None:
    sets_up(owner, first_in=60)
    with counted() as few:
        at_work.get(HERE)
    for code in list(loader.current().by_code)[:30]:
        if code != CODE:
            sets_up(owner, first_in=5, code=code)
    with counted() as many:
        at_work.get(HERE)

    assert len(many) == len(few)


def test_turns_stand_in_the_calendar_of_whoever_brings_the_proof(
    app: Flask, at_work: FlaskClient, hers: FlaskClient, owner: Actor, place: uuid.UUID,
    technician: Actor,
) -> None:  # fmt: skip
    sets_up(owner, first_in=5)
    sets_up(technician, first_in=6, code="SAUV-01")
    sets_up(
        owner, first_in=7, code="SAUV-02", establishment_id=place,
        collector=Collector.ESTABLISHMENT,
    )  # fmt: skip
    days = {
        name: clock.today() + timedelta(n) for name, n in (("me", 5), ("other", 6), ("house", 7))
    }
    found = {}
    for name, client, form in (
        ("mine", at_work, {}),
        ("wide", at_work, {"wide": "1"}),
        ("hers", hers, {}),
    ):
        page = client.post("/acme/calendrier", data=form).text
        address = re.findall(r"http://[^/]+(/calendrier/[\w=-]+/evenements\.ics)", page)[0]
        entries = Calendar.from_ical(app.test_client().get(address).data).subcomponents
        found[name] = sorted(one["DTSTART"].dt for one in entries)

    assert found == {
        "mine": [days["me"]],
        "wide": [days["me"], days["other"], days["house"]],
        "hers": [days["house"]],
    }


def test_what_was_done_is_told_as_done_for_a_while(
    app: Flask, at_work: FlaskClient, owner: Actor
) -> None:
    sets_up(owner, first_in=5)
    page = at_work.post("/acme/calendrier").text
    address = re.findall(r"http://[^/]+(/calendrier/[\w=-]+/taches\.ics)", page)[0]
    proves(owner)
    (entry,) = Calendar.from_ical(app.test_client().get(address).data).subcomponents

    assert (str(entry["SUMMARY"]), str(entry["STATUS"])) == (TITLE, "COMPLETED")


def test_pages_lead_to_collections(
    at_work: FlaskClient, hers: FlaskClient, owner: Actor, place: uuid.UUID
) -> None:
    proof = proofs.note(owner, CODE, today=clock.today(), valid_until=clock.today())
    point = f"/acme/etablissements/{place}/exigences/{CODE}"

    assert f"{HERE}?" not in at_work.get("/acme/preuves").text
    assert f'href="{HERE}"' in at_work.get("/acme/preuves").text
    assert f"{HERE}/nouvelle?code={CODE}" in at_work.get(f"/acme/exigences/{CODE}").text
    assert f"{HERE}/nouvelle?code={CODE}" in hers.get(point).text
    assert f"/acme/demandes/nouvelle?replaces={proof}" in at_work.get(f"/acme/preuves/{proof}").text
