"""Passkeys: each challenge once, for this portal, by her own key, never by a copy."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tenants.access import Actor
from tests.accounts.soft_key import PRESENT, SoftKey
from tests.conftest import sign_in


@pytest.fixture
def key(client: FlaskClient, owner: Actor) -> SoftKey:
    """The owner's, made from her account page by real requests; she is signed out again."""
    key = SoftKey()
    sign_in(client, owner)
    assert _add(client, key) == "/double-verification/codes"
    client.post("/deconnexion")
    return key


def _add(client: FlaskClient, key: SoftKey) -> str:
    options = client.post("/double-verification/cle/defi").get_json()
    answer = client.post("/double-verification/cle", data={"answer": key.make(options)})
    return answer.headers["Location"].split("?")[0]


def _answer(client: FlaskClient, key: SoftKey) -> str:
    return key.prove(client.post("/connexion/cle/defi").get_json())


def _enter(client: FlaskClient, answer: str) -> int:
    return client.post("/connexion/cle", data={"answer": answer}).status_code


def test_a_passkey_opens_a_strong_sign_in_by_itself(
    app: Flask, client: FlaskClient, key: SoftKey
) -> None:
    assert _enter(client, _answer(client, key)) == 303
    assert client.get("/acme/guide").status_code == 200


def test_an_answer_opens_once_even_to_a_copy_of_the_cookie(
    client: FlaskClient, key: SoftKey
) -> None:
    answer = _answer(client, key)
    with client.session_transaction() as session:
        before = dict(session)
    first = _enter(client, answer)
    client.post("/deconnexion")
    with client.session_transaction() as session:
        session.clear()
        session.update(before)

    assert (first, _enter(client, answer)) == (303, 422)


def test_an_answer_opens_nothing_in_another_browser(
    app: Flask, client: FlaskClient, key: SoftKey
) -> None:
    assert _enter(app.test_client(), _answer(client, key)) == 422


def test_a_key_whose_count_goes_back_is_a_copy(client: FlaskClient, key: SoftKey) -> None:
    key.count = 7
    first = _enter(client, _answer(client, key))
    client.post("/deconnexion")
    key.count = 3

    assert (first, _enter(client, _answer(client, key))) == (303, 422)


@pytest.mark.parametrize(
    "spoilt",
    [{"origin": "https://evil.example"}, {"party": "evil.example"}, {"flags": PRESENT}],
    ids=["another origin", "another party", "person not verified"],
)
def test_what_was_not_meant_for_us_opens_nothing(
    client: FlaskClient, key: SoftKey, spoilt: dict[str, object]
) -> None:
    for name, value in spoilt.items():
        setattr(key, name, value)

    assert _enter(client, _answer(client, key)) == 422


def test_another_key_under_her_name_opens_nothing(
    client: FlaskClient, key: SoftKey, owner: Actor
) -> None:
    thief = SoftKey(count=50)
    thief.user, thief.party = key.user, key.party

    assert _enter(client, _answer(client, thief)) == 422


NONSENSE = ("", "{}", "[]", "nothing", '{"rawId": 1}', '{"response": 1}', '{"response":' * 2_000)


@pytest.mark.parametrize("answer", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_is_refused_and_is_no_failure(
    client: FlaskClient, key: SoftKey, answer: str
) -> None:
    client.post("/connexion/cle/defi")

    assert _enter(client, answer) == 422


def test_a_passkey_of_somebody_else_is_no_second_factor(
    app: Flask, client: FlaskClient, key: SoftKey, stranger: Actor
) -> None:
    sign_in(client, stranger, strong=False)
    other = SoftKey(id=b"the stranger's own")
    _add(client, other)
    weak = app.test_client()
    sign_in(weak, stranger, strong=False)

    wrong = weak.post("/double-verification", data={"answer": _answer(weak, key)}).status_code
    right = weak.post("/double-verification", data={"answer": _answer(weak, other)}).status_code

    assert (wrong, right) == (422, 303)


def test_a_passkey_is_registered_for_one_account_only(
    client: FlaskClient, key: SoftKey, stranger: Actor
) -> None:
    sign_in(client, stranger)

    assert _add(client, key) == "/double-verification"
