"""The page of an attestation offers first what is to be done with it."""

import uuid

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from tenants.access import Actor
from tenants.db import db
from tests.attestations import scene
from tests.attestations.conftest import HOME
from tests.conftest import sign_in


def test_only_one_that_stands_offers_its_pdf_first(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (one,) = scene.made(owner, fleet[0])
    db.session.rollback()
    before = _first_buttons(desk, one)

    desk.post(f"{HOME}/{one}/revoquer", data={"reason": "Zirconium"})

    assert before == ["Télécharger le PDF"]
    assert _first_buttons(desk, one) == []
    assert "Télécharger le PDF" in desk.get(f"{HOME}/{one}").text


def test_whoever_is_to_approve_is_offered_that_first(
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    (one,) = scene.made(owner, fleet[0])
    sign_in(client, scene.director_of(fleet[0]))

    assert _first_buttons(client, one) == ["Approuver cette attestation"]
    client.post(f"{HOME}/{one}/approuver")
    assert _first_buttons(client, one) == ["Télécharger le PDF"]


def _first_buttons(browser: FlaskClient, attestation_id: uuid.UUID) -> list[str]:
    page = BeautifulSoup(browser.get(f"{HOME}/{attestation_id}").data, "html5lib")
    return [it.text.strip() for it in page.select("main .first")]
