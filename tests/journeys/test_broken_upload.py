"""A large file whose connection breaks on the way: said clearly, nothing lost, sent again."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.local import logins
from tests.journeys.conftest import Portal, Visits, grave_faults
from tests.journeys.cutting import wire
from tests.vault import samples

pytestmark = pytest.mark.journey

BROKEN, AGAIN = "L’envoi s’est interrompu", "Choisissez de nouveau le fichier"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    made = tmp_path / "rapport complet.pdf"
    made.write_bytes(samples.carrying(("mesures.txt", os.urandom(4_000_000).hex().encode())))
    return made


def fill(page: Page, address: str, file: Path) -> None:
    page.goto(f"{address}/demo/preuves/nouvelle?code=SAUV-04")
    page.locator("#file").set_input_files(file)
    page.fill("#title", "Le rapport complet")


def test_a_broken_connection_is_told_and_the_same_form_sends_again(
    visit: Visits, portal: Portal, large: Path
) -> None:
    with wire(portal.address) as cut, visit(logins.PROVIDER) as page:
        fill(page, cut.address, large)
        cut.breaks_after(2_000_000)
        send = page.locator("main button.first[type=submit]")
        send.click()
        expect(page.get_by_role("alert").filter(has_text=BROKEN)).to_be_visible()
        assert cut.broke >= 1
        assert grave_faults(page) == []
        assert page.input_value("#title") == "Le rapport complet"
        cut.heals()
        send.click()

        page.wait_for_url("**/demo/preuves/*-*")
        expect(page.locator("h1")).to_contain_text("Le rapport complet")
        expect(page.locator(".flashes .flash")).to_be_visible()


def test_what_is_refused_is_told_in_place_and_the_file_stays_chosen(
    visit: Visits, portal: Portal, large: Path
) -> None:
    with visit(logins.PROVIDER) as page:
        fill(page, portal.address, large)
        page.fill("#covers_from", "2026-06-30")
        page.fill("#covers_until", "2026-06-01")
        page.locator("main button.first[type=submit]").click()

        expect(page.locator(".summary[role=alert]")).to_be_visible()
        assert page.locator("#file").evaluate("it => it.files[0].name") == large.name
        assert page.input_value("#title") == "Le rapport complet"
        assert AGAIN not in page.inner_text("main")


def test_without_scripts_what_is_refused_asks_for_the_file_again(
    visit: Visits, portal: Portal, large: Path
) -> None:
    with visit(logins.PROVIDER, scripts=False) as page:
        fill(page, portal.address, large)
        page.fill("#covers_from", "2026-06-30")
        page.fill("#covers_until", "2026-06-01")
        page.locator("main button.first[type=submit]").click()

        expect(page.locator(".note", has_text=AGAIN)).to_be_visible()


def test_without_scripts_the_browser_sends_it(visit: Visits, portal: Portal, large: Path) -> None:
    with visit(logins.PROVIDER, scripts=False) as page:
        fill(page, portal.address, large)
        page.locator("main button.first[type=submit]").click()

        page.wait_for_url("**/demo/preuves/*-*")


def test_a_store_that_is_away_is_told_above_the_same_form_which_sends_again(
    visit: Visits, portal: Portal, large: Path
) -> None:
    files = portal.running.home / "files"
    with visit(logins.PROVIDER) as page:
        fill(page, portal.address, large)
        send = page.locator("main button.first[type=submit]")
        files.rename(files.with_name("elsewhere"))
        try:
            send.click()
            expect(page.locator(".summary[role=alert]")).to_contain_text("Vous n’y êtes pour rien")
        finally:
            files.with_name("elsewhere").rename(files)
        assert BROKEN not in page.inner_text("main")
        assert page.locator("#file").evaluate("it => it.files[0].name") == large.name
        send.click()

        page.wait_for_url("**/demo/preuves/*-*")
        expect(page.locator("h1")).to_contain_text("Le rapport complet")


def test_one_of_many_that_could_not_be_kept_says_why_and_is_sent_again(
    visit: Visits, portal: Portal, large: Path
) -> None:
    files = portal.running.home / "files"
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/preuves/plusieurs")
        files.rename(files.with_name("elsewhere"))
        try:
            page.locator("#files").set_input_files(large)
            line = page.locator("li.outcome", has_text=large.name)
            expect(line).to_contain_text("Un service nécessaire ne répond pas en ce moment")
        finally:
            files.with_name("elsewhere").rename(files)
        line.get_by_role("button", name="Réessayer").click()

        expect(line.locator("a.name")).to_be_visible()
