"""By keyboard alone, and without any script."""

import pytest
from playwright.sync_api import FilePayload, expect

from portal.local import logins
from tests.journeys.conftest import Visits
from tests.journeys.hands import awake

pytestmark = pytest.mark.journey


def test_the_board_is_walked_by_keyboard(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/parc?sort=name")
        second = page.locator("tr[data-row] a.name").nth(1).inner_text()
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_have_text(second)


def test_slash_searches_the_board_and_the_address_remembers(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/parc")
        awake(page)
        page.keyboard.press("/")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.type("ajoncs")
        page.wait_for_url("**/parc?*q=ajoncs*")
        page.reload()

        expect(page.locator("tr[data-row]").first).to_contain_text("Ajoncs")


def test_control_k_finds_an_establishment(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/exigences")
        awake(page)
        page.keyboard.press("Control+k")
        page.keyboard.type("ajoncs")
        page.locator("#search-results a").first.click()

        expect(page.get_by_role("heading", level=1)).to_contain_text("Ajoncs")


def test_without_scripts_one_declares_and_filters_all_the_same(visit: Visits) -> None:
    with visit(logins.PROVIDER, scripts=False) as page:
        page.goto("/demo/parc")
        page.fill("#q", "ajoncs")
        page.get_by_role("button", name="Filtrer").last.click()
        filtered = page.url
        page.goto("/demo/exigences/MAJ-05")
        form = page.locator("details.question form").first
        form.locator("select[name=status]").select_option("partial")
        form.get_by_role("button", name="Déclarer pour tous").click()

        expect(page.locator(".flashes .flash")).to_be_visible()
        assert "q=ajoncs" in filtered


def test_a_search_after_signing_out_leads_to_sign_in_and_back(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/parc?sort=name")
        awake(page)
        page.context.clear_cookies()
        page.keyboard.press("/")
        page.keyboard.type("ajoncs")
        page.fill("#email", logins.PROVIDER.email)
        page.fill("#password", logins.PASSWORD)
        page.click("main button[type=submit]")

        expect(page.locator("tr[data-row]").first).to_be_visible()
        assert page.url.endswith("/demo/parc?sort=name")


def test_what_is_typed_stays_on_the_page_after_signing_out(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/preuves/nouvelle")
        awake(page)
        page.locator("#title").fill("Tapé avec soin")
        page.context.clear_cookies()
        page.keyboard.press("Control+k")
        page.keyboard.type("ajoncs")

        expect(page.locator("#toast")).to_contain_text("Votre session est terminée")
        expect(page.locator("#title")).to_have_value("Tapé avec soin")


def test_a_file_too_large_is_told_before_it_is_sent_and_the_form_stays(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/preuves/nouvelle?code=SAUV-04")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        page.fill("#title", "Mon titre")
        page.locator("#file").set_input_files(
            FilePayload(name="gros.pdf", mimeType="application/pdf", buffer=bytes(25_000_001))
        )
        page.get_by_role("button", name="Déposer").last.click()

        expect(page.locator("#title")).to_have_value("Mon titre")
        told = page.locator("#file").evaluate("input => input.validationMessage")
        assert told.startswith("Ce fichier est trop lourd")
        assert "POST" not in sent
