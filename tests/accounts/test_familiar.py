"""A stranger's tries shut nobody out of the browsers she has signed in with before."""

import dataclasses
import uuid
from datetime import timedelta

import pytest
from flask import Flask

from portal.accounts import familiar, service, sessions
from tenants import service as tenants
from tenants.access import Actor
from tenants.db import db
from tests.accounts.browsing import (
    ANN,
    BOB,
    OTHER,
    PASSWORD,
    WRONG,
    cookie,
    enter,
    known,
    out,
    used_up,
)
from tests.accounts.lost import half_way


def test_tries_of_strangers_leave_her_own_browsers_open(
    app: Flask, two: dict[str, uuid.UUID]
) -> None:
    hers = known(app)
    used_up(app)

    assert enter(app.test_client()) == 429
    assert enter(hers) == 303
    assert enter(app.test_client()) == 429  # her coming in gives strangers nothing


def test_her_own_browser_has_so_many_tries_and_no_more(
    app: Flask, two: dict[str, uuid.UUID]
) -> None:
    hers, another = known(app), known(app)

    tried = [enter(hers, password=WRONG) for _ in range(11)]

    assert tried == [422] * 10 + [429]
    assert enter(hers) == 429
    assert enter(another) == 303
    assert enter(app.test_client()) == 303


def test_the_browser_that_shut_the_others_out_stays_known(
    app: Flask, two: dict[str, uuid.UUID]
) -> None:
    her = app.test_client()
    enter(her)
    her.post("/confirmer", data={"password": PASSWORD})
    her.post("/mon-compte/mot-de-passe", data={"password": OTHER})
    out(her)
    used_up(app)

    assert enter(her, password=OTHER) == 303


def test_strangers_who_ask_for_codes_do_not_keep_her_from_asking(
    app: Flask, two: dict[str, uuid.UUID]
) -> None:
    hers = known(app)
    for _ in range(5):
        app.test_client().post("/mot-de-passe", data={"email": ANN})

    assert app.test_client().post("/mot-de-passe", data={"email": ANN}).status_code == 429
    assert hers.post("/mot-de-passe", data={"email": ANN}).status_code == 303


def test_who_has_her_password_and_guesses_at_her_app_leaves_her_browsers_open(
    app: Flask, lost: list[str]
) -> None:
    hers = half_way(app.test_client())
    assert hers.post("/connexion/double", data={"code": lost[0]}).status_code == 303
    half_way(out(hers))
    thief = half_way(app.test_client())
    guessed = [thief.post("/connexion/double", data={"code": "000000"}) for _ in range(11)]

    assert [it.status_code for it in guessed] == [422] * 10 + [429]
    assert hers.post("/connexion/double", data={"code": lost[1]}).status_code == 303


def test_a_shared_machine_knows_its_latest_people(app: Flask, two: dict[str, uuid.UUID]) -> None:
    hashed = service.hash_password(PASSWORD, memory_kib=8)
    several = [f"{number}@people.example" for number in range(familiar.MOST - 1)]
    for email in several:
        tenants.register_user(email=email, name="Somebody", password_hash=hashed)
    db.session.commit()
    shared = known(app)
    for email in several:
        enter(shared, email)
        out(shared)
    used_up(app)
    still = enter(shared, password=WRONG)
    enter(shared, BOB)
    out(shared)

    assert still == 422
    assert enter(shared, password=WRONG) == 429  # the earliest of them
    assert cookie(shared).count("~") == familiar.MOST - 1


def test_the_cookie_names_nobody_and_is_out_of_reach(
    app: Flask, two: dict[str, uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = dataclasses.replace(app.config["SETTINGS"], public_url="https://portal.example")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    answer = app.test_client().post(
        "https://portal.example/connexion", data={"email": ANN, "password": PASSWORD}
    )
    cookie = next(
        line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-browser=")
    )

    for needed in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Strict", "; Max-Age="):
        assert needed in cookie
    assert "Domain" not in cookie
    assert two[ANN].hex not in cookie
    assert str(two[ANN]) not in cookie


def test_a_directory_s_word_and_a_sign_in_that_only_adds_a_factor_leave_no_cookie(
    app: Flask, owner: Actor
) -> None:
    written = []
    for told in (
        {"only_tenant_id": owner.tenant_id},
        {"enrolling": timedelta(minutes=15)},
        {},
    ):
        with app.test_request_context("/"):
            sessions.open_session(owner.user_id, method="test", strong=True, **told)
            answer = app.process_response(app.make_response(""))
        written.append("browser=" in str(answer.headers.getlist("Set-Cookie")))

    assert written == [False, False, True]
