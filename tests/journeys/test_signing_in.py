"""Two factors in a real browser: an app, codes on paper, a passkey of Chromium's own making."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from portal.local import logins
from tests.journeys.conftest import Portal, Visits, grave_faults, overflows

pytestmark = pytest.mark.journey

SLUG = "nouveau"
OWNER = "patronne@nouveau.example"


@pytest.fixture(scope="module")
def password(portal: Portal) -> str:
    """A provider opened from a terminal, and the password shown there once."""
    done = portal.flask("provider", "open", SLUG, "Nouveau Prestataire", "--email", OWNER)
    assert done.returncode == 0, done.stderr
    found = re.search(rf"^{re.escape(OWNER)}\s+(\S+)$", done.stdout, re.MULTILINE)
    assert found
    return found[1]


@contextmanager
def authenticator(page: Page) -> Iterator[Any]:
    """A security key inside Chromium, which knows its person."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield lambda: session.send(
        "WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]}
    )["credentials"]


def _type_password(page: Page, address: str, password: str) -> None:
    page.goto(address)
    page.fill("#email", OWNER)
    page.fill("#password", password)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def test_a_new_provider_adds_an_app_keeps_her_codes_and_comes_back_with_them(
    visit: Visits, password: str
) -> None:
    with visit() as page:
        _type_password(page, f"/connexion?next=/{SLUG}/guide", password)
        expect(page.get_by_role("heading", level=1)).to_have_text("Ajoutez une double vérification")
        page.get_by_role("link", name="Utiliser une application").click()
        assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 100
        app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
        page.fill("#code", app.now())
        page.get_by_role("button", name="Vérifier et ajouter").click()
        codes = page.locator(".codes code").all_inner_texts()
        faults = grave_faults(page)
        page.get_by_role("button", name=re.compile("Je les ai gardés")).click()
        expect(page).to_have_url(re.compile(rf"/{SLUG}/guide"))

    with visit(scripts=False) as page:
        _type_password(page, f"/connexion?next=/{SLUG}/guide", password)
        page.fill("#code", codes[3])
        page.get_by_role("button", name="Continuer").click()
        expect(page).to_have_url(re.compile(rf"/{SLUG}/guide"))

    assert len(codes) == 10
    assert faults == []


def test_a_passkey_is_made_and_opens_by_itself(visit: Visits, portal: Portal) -> None:
    """By name: browsers make no passkeys for a number."""
    here = portal.address.replace("127.0.0.1", "localhost")
    with visit() as page, authenticator(page) as credentials:
        page.goto(f"{here}/connexion?next=/mon-compte")
        page.fill("#email", logins.TECHNICIAN.email)
        page.fill("#password", logins.PASSWORD)
        page.get_by_role("button", name="Se connecter", exact=True).click()
        page.fill("form[data-passkey] #label", "Ordinateur du bureau")
        page.get_by_role("button", name="Ajouter une clé d’accès").click()
        page.get_by_role("button", name=re.compile("Je les ai gardés")).click()
        expect(page.locator("main")).to_contain_text("Ordinateur du bureau")
        made = credentials()
        page.fill("form[data-passkey] #label", "La même")
        page.get_by_role("button", name="Ajouter une clé d’accès").click()
        expect(page.locator("[data-passkey-said]")).to_contain_text("a déjà une clé")
        page.get_by_role("button", name="Se déconnecter").click()

        page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
        page.wait_for_url(lambda address: "/connexion" not in address)
        page.goto(f"{here}/mon-compte")
        alone = page.locator("main").inner_text()
        used = credentials()
        page.get_by_role("button", name=re.compile("Retirer")).click()
        page.locator("#confirm button[value=yes]").click()
        expect(page.locator("main")).not_to_contain_text("utilisée le")

    assert len(made) == 1
    assert made[0]["isResidentCredential"]
    assert used[0]["signCount"] > made[0]["signCount"]
    assert "clé d’accès" in alone


def test_a_browser_that_gives_up_is_told_and_may_try_again(visit: Visits, portal: Portal) -> None:
    here = portal.address.replace("127.0.0.1", "localhost")
    with visit() as page, authenticator(page):
        page.goto(f"{here}/connexion")
        button = page.get_by_role("button", name="Se connecter avec une clé d’accès")
        button.click()

        expect(page.locator("[data-passkey-said]")).to_contain_text("réessayer")
        expect(button).to_be_enabled()


def test_another_browser_is_shut_out_from_the_account_page(visit: Visits) -> None:
    with visit(logins.DIRECTOR) as here, visit(logins.DIRECTOR) as there:
        there.goto("/demo/guide")
        here.goto("/mon-compte")
        here.get_by_role("button", name="Fermer toutes les autres").click()
        expect(here.locator(".flashes")).to_contain_text("fermée")
        there.goto("/demo/guide")

        expect(there).to_have_url(re.compile("/connexion"))
        here.goto("/demo/guide")
        expect(here).to_have_url(re.compile("/demo/guide"))


@pytest.mark.parametrize(
    ("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)]
)
def test_the_pages_of_an_account_have_no_grave_fault(visit: Visits, width: int, dark: bool) -> None:
    paths = (
        "/mon-compte",
        "/mon-compte/mot-de-passe",
        "/double-verification",
        "/double-verification/application",
        "/confirmer?next=/mon-compte",
        "/mot-de-passe",
    )
    faults: list[str] = []
    with visit(logins.AUDITOR, width=width, dark=dark) as page:
        for path in paths:
            page.goto(path)
            faults += [f"{path}: {fault}" for fault in grave_faults(page)]
            faults += [f"{path}: wider than {width}"] if overflows(page) else []

    assert faults == []
