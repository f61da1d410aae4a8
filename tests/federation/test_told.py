"""What is said when a directory fails: to its owner why, to a visitor what to do."""

import re

import pytest
from flask.testing import FlaskClient

from portal.federation import words
from portal.federation.models import Preset
from tenants.access import Actor
from tests.conftest import sign_in
from tests.federation.conftest import Walk, trust
from tests.federation.test_attacks import LIES, TROUBLES
from tests.oidc_server import CLIENT_ID, CLIENT_SECRET, Directory, Fault

_TRIAL = "/acme/annuaire/essai"


@pytest.mark.parametrize("fault", sorted(LIES | (TROUBLES - {Fault.SLOW, Fault.DRIPPING})))
def test_the_owner_reads_in_her_language_why_a_trial_failed(
    walk: Walk, directory: Directory, owner: Actor, fault: Fault
) -> None:
    trust(owner, directory)
    sign_in(walk.client, owner)
    directory.fault = fault

    answer = walk(_TRIAL)
    page = walk.client.get(answer.headers["Location"]).text

    said = re.search(r"L’essai a échoué\. ([^<]+)", page)
    assert said
    reason = said[1].strip()
    assert reason not in {*words.REASONS.values(), *words.OTHERWISE.values()}
    assert reason.endswith(".")
    assert not re.search(r"\b(the|token|claim|Error)\b", reason)


def test_the_owner_reads_why_an_address_is_refused(
    client: FlaskClient, directory: Directory, owner: Actor
) -> None:
    sign_in(client, owner)

    page = client.post(
        "/acme/annuaire",
        data={
            "preset": Preset.KEYCLOAK.value,
            "name": "Annuaire",
            "issuer": directory.issuer + "/",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        },
    ).text

    assert "Il se nomme autrement" in page
    assert "barre finale" in page


def test_a_card_that_is_tied_to_nobody_is_told_of_the_card(walk: Walk, card: Directory) -> None:
    page = walk("/connexion/pro-sante-connect/depart").text

    assert "Pro Santé Connect vous reconnaît" in page
    assert "prestataire" in page
    assert "annuaire" not in page.lower().partition("<main")[2].partition("</main")[0]


def test_whom_the_directory_of_a_provider_knows_asks_its_own_people(
    walk: Walk, directory: Directory, owner: Actor
) -> None:
    trust(owner, directory)
    directory.subject = "nobody"

    page = walk().text

    assert "Annuaire d’Acme vous reconnaît" in page
    assert "la personne qui gère cet espace" in page
    assert "votre prestataire" not in page


def test_a_directory_that_is_away_is_no_pause_of_ours(walk: Walk, trusted: Directory) -> None:
    trusted.fault = Fault.FAILING

    answer = walk()

    assert answer.status_code == 503
    assert "<title>L’annuaire ne répond pas" in answer.text
    assert "reprend son souffle" not in answer.text
