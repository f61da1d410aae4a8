"""Through a directory in a real browser: an invitation is accepted by it, then it signs her in."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from portal.local import logins
from tests import oidc_server
from tests.journeys import letters
from tests.journeys.conftest import Visits, grave_faults, overflows
from tests.oidc_server import CLIENT_ID, CLIENT_SECRET, Directory

pytestmark = pytest.mark.journey


@pytest.fixture
def directory() -> Iterator[Directory]:
    with oidc_server.running() as directory:
        directory.subject, directory.name = "yann", "Yann Exemple"
        directory.email = "yann@autre.example"
        yield directory


def _trust(page: Page, directory: Directory) -> None:
    page.goto("/demo/annuaire")
    page.select_option("#preset", "keycloak")
    page.fill("#name", "Annuaire de démonstration")
    page.fill("#issuer", directory.issuer)
    page.fill("#client_id", CLIENT_ID)
    page.fill("#client_secret", CLIENT_SECRET)
    page.fill("#strong_values", "mfa")
    page.get_by_label("Mettre en service").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("annuaire")


def _invited(page: Page, email: str) -> str:
    page.goto("/demo/equipe/inviter")
    page.fill("#email", email)
    page.get_by_label("Équipe technique").check()
    page.get_by_role("button", name="Envoyer l’invitation").last.click()
    return letters.invitation(page, email)


@pytest.mark.parametrize("scripts", [True, False])
def test_she_accepts_by_the_directory_and_comes_back_by_it(
    visit: Visits, directory: Directory, scripts: bool
) -> None:
    directory.subject = f"yann {scripts}"
    with visit(logins.PROVIDER) as page:
        _trust(page, directory)
        link = _invited(page, f"yann-{scripts}@demo.treize.example".lower())

    with visit(scripts=scripts, width=390) as page:
        page.goto(link)
        faults = (grave_faults(page), overflows(page)) if scripts else ([], False)
        page.get_by_role("link", name="Continuer par Annuaire de démonstration").click()
        expect(page.locator(".note")).to_contain_text("yann@autre.example")
        page.get_by_role("button", name="Accepter avec cette identité").click()
        expect(page).to_have_url(re.compile(r"/demo/parc"))

    with visit(scripts=scripts) as page:
        page.goto("/connexion/annuaire/demo")
        page.get_by_role("link", name="Continuer vers Annuaire de démonstration").click()
        expect(page).to_have_url(re.compile(r"/demo/parc"))
        expect(page.locator(".whose")).to_contain_text("Yann Exemple")
        refused = page.goto("/demo/annuaire")
        assert refused
        assert refused.status == 403
    assert faults == ([], False)

    with visit(logins.PROVIDER) as page:
        page.goto("/demo/equipe")
        page.get_by_role("link", name="Yann Exemple").first.click()
        page.get_by_role("button", name="Retirer").first.click()
        page.locator("#confirm button.danger").click()
        expect(page.get_by_role("status")).to_contain_text("La porte")
