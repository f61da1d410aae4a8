"""Browsers that somebody signed in with before, and strangers who try her password."""

from flask import Flask
from flask.testing import FlaskClient

ANN, BOB, NOBODY = "ann@people.example", "bob@people.example", "eve@people.example"
PASSWORD, OTHER = "lampe cuivre onze girafe", "zut mollusque pinson neuf"
WRONG = "guessed at random"


def enter(client: FlaskClient, email: str = ANN, password: str = PASSWORD) -> int:
    return client.post("/connexion", data={"email": email, "password": password}).status_code


def out(client: FlaskClient) -> FlaskClient:
    client.post("/deconnexion")
    return client


def known(app: Flask, email: str = ANN) -> FlaskClient:
    """A browser in which somebody signed in, and out again."""
    client = app.test_client()
    assert enter(client, email) == 303
    return out(client)


def used_up(app: Flask, email: str = ANN) -> None:
    """By strangers, each at an address of its own."""
    for number in range(10):
        app.test_client().post(
            "/connexion",
            data={"email": email, "password": WRONG},
            environ_base={"REMOTE_ADDR": f"198.51.100.{number}"},
        )


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("browser")
    return found.value if found else ""


def with_cookie(app: Flask, cookie: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("browser", cookie)
    return client
