"""What a script that sends a file is told, where a browser would be led."""

from flask.testing import FlaskClient

from tenants.access import Actor
from tests.conftest import sign_in

FORM = {"title": "Note", "body": "Vu.", "codes": "SAUV-04", "level": "tenant"}


def test_a_script_is_told_where_to_go_and_its_messages_wait_there(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    led = client.post("/acme/preuves/nouvelle", data=FORM)
    told = client.post("/acme/preuves/nouvelle", data=FORM, headers={"X-Upload": "1"})

    assert (led.status_code, "X-Next" in led.headers) == (303, False)
    assert (told.status_code, told.data, "Location" in told.headers) == (204, b"", False)
    page = client.get(told.headers["X-Next"])
    assert page.status_code == 200
    assert 'class="flash"' in page.text


def test_a_refusal_is_the_same_for_both(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    answer = client.post("/acme/preuves/nouvelle", data={}, headers={"X-Upload": "1"})

    assert answer.status_code == 422
    assert "X-Next" not in answer.headers
