"""A director takes the record away and opens it without a network; a provider takes it over."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.local import logins
from tests.journeys.conftest import Visits, grave_faults, overflows
from tests.journeys.test_offline_room import opened

pytestmark = pytest.mark.journey


def taken(page: Page, into: Path) -> Path:
    """The archive of this page, as the person takes it away."""
    page.get_by_role("button", name="Préparer l’archive").click()
    expect(page.get_by_role("heading", name="L’archive est prête")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger (ZIP)").click()
    download.value.save_as(into / "dossier.zip")
    return into / "dossier.zip"


def test_a_record_leaves_opens_without_us_and_is_taken_over(
    visit: Visits, browser: Browser, tmp_path: Path
) -> None:
    with visit(logins.DIRECTOR) as page:
        page.get_by_role("link", name="Vue détaillée").first.click()
        page.get_by_role("link", name="Emporter le dossier").click()
        place = page.url.removesuffix("/emporter")
        assert grave_faults(page) == []
        archive = taken(page, tmp_path)
        assert grave_faults(page) == []

    _opens_from_the_disk(browser, archive, tmp_path / "dossier")

    with visit(logins.PROVIDER) as page:
        page.goto(f"{place}/dossiers-anterieurs")
        page.get_by_role("link", name="Reprendre un dossier").click()
        page.set_input_files("#file", archive)
        page.get_by_role("button", name="Lire l’archive").click()
        foreseen = page.get_by_role("heading", name="Ce que cette archive apporterait")
        expect(foreseen).to_be_visible(timeout=120_000)
        assert grave_faults(page) == []
        page.get_by_role("button", name="Reprendre ce dossier").click()
        expect(page.get_by_role("heading", name="Dossier antérieur", level=1)).to_be_visible()
        assert grave_faults(page) == []
        prior = page.url

    with visit(logins.DIRECTOR, width=390, dark=True) as page:
        page.goto(prior)
        expect(page.get_by_role("heading", name="Dossier antérieur", level=1)).to_be_visible()
        assert not overflows(page)

    with visit(logins.PROVIDER) as page:
        page.goto(prior.replace("/dossiers-anterieurs/", "/reprises/"))
        page.get_by_role("button", name="Annuler cette reprise").click()
        page.get_by_role("dialog").get_by_role("button").last.click()
        expect(page.get_by_text("rien n’en reste dans le dossier")).to_be_visible()


def _opens_from_the_disk(browser: Browser, archive: Path, into: Path) -> None:
    with zipfile.ZipFile(archive) as found:
        found.extractall(into)
    said: list[str] = []
    links: list[str] = []
    for width in (1440, 390):
        with opened(browser, into, width, said) as page:
            assert page.locator("h1").inner_text() == "EHPAD Les Ajoncs"
            assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("Inter")
            links = page.evaluate("[...document.links].map(it => it.getAttribute('href'))")
            page.locator("details.question > summary").nth(4).click()
            expect(page.locator("#AUTH-01")).to_be_visible()
            page.wait_for_load_state("networkidle")
            assert said == []
            assert not overflows(page)
            assert grave_faults(page) == []
            said.clear()  # axe itself asks for the style sheet, and is refused
    files = [link for link in links if not link.startswith("#")]
    assert files
    assert [link for link in files if not (into / link).is_file()] == []
    sums = (into / "SHA256SUMS").read_text().splitlines()
    assert [
        line
        for line in sums
        if hashlib.sha256((into / line[66:]).read_bytes()).hexdigest() != line[:64]
    ] == []
