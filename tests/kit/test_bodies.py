"""How much is taken in, by real requests: what is too large is refused before it is read."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.evidence import intake
from portal.kit import bodies
from tenants.access import Actor
from tests.conftest import sign_in

HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'


class Unread(io.RawIOBase):
    """A body that nobody is to read."""

    def readable(self) -> bool:
        return True

    def seek(self, _offset: int, _whence: int = 0) -> int:
        return 0

    def tell(self) -> int:
        return 0

    def readinto(self, _buffer: object) -> int:
        raise AssertionError("read")


def announce(client: FlaskClient, path: str, size: int) -> TestResponse:
    return client.post(
        path,
        content_type="multipart/form-data; boundary=x",
        input_stream=Unread(),
        environ_overrides={"CONTENT_LENGTH": str(size)},
    )


@pytest.mark.parametrize("token", [False, True], ids=["without token", "with token"])
def test_a_proof_announced_too_large_is_refused_unread_and_the_limit_is_told(
    app: Flask, client: FlaskClient, owner: Actor, monkeypatch: pytest.MonkeyPatch, token: bool
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", token)
    sign_in(client, owner)

    answer = announce(client, "/acme/preuves/nouvelle", intake.LIMIT + bodies.FORM + 1)

    assert answer.status_code == 413
    assert "10 Mo" in answer.text.replace("\u00a0", " ")


def test_a_proof_too_large_without_a_length_is_refused_on_the_way(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    body = HEAD + b"0" * (intake.LIMIT + bodies.FORM) + b"\r\n--x--\r\n"

    answer = client.post(
        "/acme/preuves/nouvelle",
        content_type="multipart/form-data; boundary=x",
        input_stream=io.BytesIO(body),
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert answer.status_code == 413


def test_a_form_without_files_takes_no_more_than_forms_send(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)

    assert announce(client, "/mon-compte", bodies.FORM + 1).status_code == 413


@pytest.mark.parametrize(
    ("language", "told"), [("fr", "Ce formulaire est trop long"), ("en", "This form is too long")]
)
@pytest.mark.parametrize("token", [False, True], ids=["without token", "with token"])
def test_a_stranger_s_form_takes_what_is_typed_at_a_door_and_its_refusal_is_a_page(
    app: Flask,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    told: str,
    token: bool,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", token)
    answer = client.post(
        "/connexion",
        data={"email": "x" * 3_000_000, "password": "x"},
        headers={"Accept-Language": language},
    )

    assert answer.status_code == 413
    assert f"<h1>{told}</h1>" in answer.text
    assert "fichier" not in answer.text
    assert (
        client.post("/connexion", data={"email": "x" * 60_000, "password": "x"}).status_code != 413
    )


def test_nothing_is_read_of_whoever_may_not_enter(
    app: Flask, client: FlaskClient, stranger: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    nobody = announce(client, "/globex/parc/import", 1_000_000).status_code
    sign_in(client, stranger)

    assert nobody == 401
    assert announce(client, "/acme/parc/import", 1_000_000).status_code == 404
