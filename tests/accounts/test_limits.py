"""Guessing is slowed down: of one person, from one address, in one tenant; and no more."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kit import limits
from tenants.access import Actor
from tests import make
from tests.accounts.lost import half_way
from tests.conftest import sign_in
from tests.people.post import invite


def _missed(app: Flask, act: str, actor: Actor) -> None:
    with app.test_request_context():
        for _ in range(100):
            limits.missed(act, tenants=[actor.tenant_id])


def test_what_is_tried_under_a_tenant_s_name_from_outside_shuts_nobody_out(
    app: Flask, lost: list[str]
) -> None:
    """Anybody can name a tenant in an address: it is no reason to keep its people out."""
    for number in range(120):
        app.test_client().post(
            "/connexion?next=/acme/parc",
            data={"email": f"{number}@acme.example", "password": "x"},
            environ_base={"REMOTE_ADDR": f"198.51.100.{number}"},
        )

    client = half_way(app.test_client())

    assert "Deuxième vérification" in client.get("/connexion").text


def test_whose_tries_a_stranger_used_up_reads_when_and_which_other_ways_stay_open(
    app: Flask, owner: Actor
) -> None:
    said = {"email": "owner@acme.example", "password": "guessed at random"}
    for number in range(10):
        elsewhere = {"REMOTE_ADDR": f"198.51.100.{number}"}
        app.test_client().post("/connexion", data=said, environ_base=elsewhere)

    answer = app.test_client().post("/connexion", data=said)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "Trop d’essais en peu de temps" in answer.text
    assert 'value="owner@acme.example"' in answer.text
    assert "/connexion/annuaire" in answer.text


@pytest.mark.parametrize("page", ["/connexion/double", "/confirmer", "/double-verification"])
def test_a_tenant_whose_second_factors_are_guessed_at_is_held_back(
    app: Flask, lost: list[str], owner: Actor, stranger: Actor, page: str
) -> None:
    act = "factor" if page == "/connexion/double" else "confirm"
    _missed(app, act, stranger)
    client = half_way(app.test_client())
    if act == "confirm":
        sign_in(client, owner, strong=False)
    before = client.post(page, data={"code": "000000"}).status_code
    _missed(app, act, owner)

    assert before == 422
    assert client.post(page, data={"code": lost[0]}).status_code == 429


@pytest.mark.parametrize("page", ["/connexion/double", "/confirmer"])
def test_each_wrong_factor_counts_for_the_tenants_of_its_person_and_no_right_one(
    app: Flask, lost: list[str], owner: Actor, page: str
) -> None:
    client = half_way(app.test_client())
    if page == "/confirmer":
        sign_in(client, owner)
    act = "factor" if page == "/connexion/double" else "confirm"
    with app.test_request_context():
        for _ in range(99):
            limits.missed(act, tenants=[owner.tenant_id])
    right = client.post(page, data={"code": lost[0]}).status_code
    client = half_way(app.test_client())
    if page == "/confirmer":
        sign_in(client, owner)
    wrong = client.post(page, data={"code": "000000"}).status_code
    after = client.post(page, data={"code": lost[1]}).status_code

    assert (right, wrong, after) == (303, 422, 429)


def test_a_provider_s_name_carries_so_many_mails_and_no_more(
    client: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    sent = [invite(client, "manager", f"{number}@people.example") for number in range(101)]
    elsewhere = client.application.test_client()
    sign_in(elsewhere, stranger)
    data = {"email": "ann@people.example", "role": "manager"}

    assert sent == [303] * 100 + [429]
    assert elsewhere.post("/globex/equipe/inviter", data=data).status_code == 303


def test_a_team_together_is_held_back_as_well(app: Flask, owner: Actor) -> None:
    rule = limits.RULES["invite"].tenant
    assert rule
    with app.test_request_context():
        for number in range(rule.amount):
            limits.count("invite", person=str(number), tenant=str(owner.tenant_id))
    client, colleague = app.test_client(), make.member(owner.role)
    sign_in(client, colleague)

    assert invite(client, "manager") == 429


def test_the_page_says_once_when_to_come_back(app: Flask, lost: list[str]) -> None:
    client = half_way(app.test_client())
    for _ in range(10):
        client.post("/connexion/double", data={"code": "000000"})
    page = client.post("/connexion/double", data={"code": "000000"}).text
    main = page[page.index("<main") :]

    assert main.count("Rien n’a été perdu") == 1
    assert main.count("essayez") == 1
    assert main.count("Trop d’essais") == 1
