"""A record is taken away, and one is brought and taken up, without a mouse; axe looks on."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.local import logins
from tests.journeys.conftest import Visits, grave_faults
from tests.journeys.hands import agree, press, reach

pytestmark = pytest.mark.journey


def looked_at(page: Page) -> None:
    assert grave_faults(page) == []


def taken(page: Page, into: Path) -> Path:
    """From the page of the archive, once it is ready."""
    expect(page.get_by_role("heading", name="L’archive est prête")).to_be_visible(timeout=60_000)
    looked_at(page)
    with page.expect_download() as download:
        reach(page, "Télécharger (ZIP)")
        page.keyboard.press("Enter")
    download.value.save_as(into / "dossier.zip")
    return into / "dossier.zip"


def test_a_record_leaves_and_is_brought_by_keyboard_alone(visit: Visits, tmp_path: Path) -> None:
    with visit(logins.DIRECTOR) as page:
        page.goto("/demo/")
        press(page, "Vue détaillée")
        press(page, "Emporter le dossier")
        place = page.url.removesuffix("/emporter")
        press(page, "Préparer l’archive")
        archive = taken(page, tmp_path)

    with visit(logins.PROVIDER) as page:
        page.goto(f"{place}/dossiers-anterieurs")
        press(page, "Reprendre un dossier")
        looked_at(page)
        reach(page, "L’archive")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files(archive)
        press(page, "Lire l’archive")
        foreseen = page.get_by_role("heading", name="Ce que cette archive apporterait")
        expect(foreseen).to_be_visible(timeout=120_000)
        looked_at(page)
        press(page, "Reprendre ce dossier")
        expect(page.get_by_role("heading", name="Dossier antérieur", level=1)).to_be_visible()
        _actions(page)
        press(page, "Dossiers antérieurs")
        press(page, "La reprise")
        agree(page, "Annuler cette reprise")
        expect(page.get_by_text("rien n’en reste dans le dossier")).to_be_visible()


def _actions(page: Page) -> None:
    """One of those that were left to do is ticked, taken up, and dropped again."""
    press(page, "restai")
    expect(page.get_by_role("heading", name="Actions à reprendre")).to_be_visible()
    looked_at(page)
    first = page.locator("input[name=ids]:enabled").first
    reach(page, first.locator("xpath=..").inner_text().split("\n")[0][:30])
    page.keyboard.press("Space")
    expect(first).to_be_checked()
    press(page, "Reprendre les actions cochées")
    expect(page.locator(".flashes .flash").first).to_contain_text("est dans le plan")
    looked_at(page)
    press(page, "Annuler")
    expect(page.locator(".flashes .flash").first).to_contain_text("abandonné")
