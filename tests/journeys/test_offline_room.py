"""The archive of an audit's room, unpacked and opened from the disk, the network cut."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from portal.local import logins
from portal.local.logins import Login
from tests.briefs.ordering import words
from tests.journeys.conftest import Visits, grave_faults, overflows

pytestmark = pytest.mark.journey


def unpacked(visit: Visits, who: Login, into: Path) -> Path:
    """The room of last year's audit, as this person takes it away."""
    with visit(who) as page:
        page.goto("/demo/audits")
        page.get_by_role("link", name="Évaluation de l’an dernier").click()
        with page.expect_download() as taken:
            page.get_by_role("button", name="Emporter la salle").click()
        taken.value.save_as(into / "room.zip")
    with zipfile.ZipFile(into / "room.zip") as archive:
        archive.extractall(into / "room")
    return into / "room"


@contextmanager
def opened(browser: Browser, room: Path, width: int, said: list[str]) -> Iterator[Page]:
    context = browser.new_context(offline=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("requestfailed", lambda request: said.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((room / "index.html").as_uri())
    yield page
    context.close()


@pytest.mark.parametrize("who", [logins.AUDITOR, logins.PROVIDER], ids=["auditor", "provider"])
def test_it_opens_from_the_disk_with_its_style_and_every_file(
    visit: Visits, browser: Browser, tmp_path: Path, who: Login
) -> None:
    room, said = unpacked(visit, who, tmp_path), list[str]()

    with opened(browser, room, 1440, said) as page:
        title = page.locator("h1").inner_text()
        drawn = page.evaluate("getComputedStyle(document.body).fontFamily")
        plain = page.evaluate("getComputedStyle(document.createElement('p')).fontFamily")
        links = page.evaluate("[...document.links].map(link => link.getAttribute('href'))")
        page.wait_for_load_state("networkidle")
        complaints = list(said)  # axe itself asks for the style sheet, and is refused
        faults = grave_faults(page)
        page.screenshot(path=tmp_path / "room.png")

    assert title == "Évaluation de l’an dernier"
    assert drawn != plain
    assert faults == []
    assert complaints == []
    assert links
    assert [link for link in links if not (room / link).is_file()] == []
    reports = [link for link in links if link.endswith(".pdf") and link.startswith("reports/")]
    assert reports
    copies = [words((room / link).read_bytes()).count("Copie de") > 0 for link in reports]
    assert set(copies) == {who is logins.AUDITOR}


def test_it_fits_a_phone_and_its_digests_hold(
    visit: Visits, browser: Browser, tmp_path: Path
) -> None:
    room, said = unpacked(visit, logins.AUDITOR, tmp_path), list[str]()

    with opened(browser, room, 390, said) as page:
        wide = overflows(page)

    sums = (room / "SHA256SUMS").read_text().splitlines()
    wrong = [
        line
        for line in sums
        if hashlib.sha256((room / line[66:]).read_bytes()).hexdigest() != line[:64]
    ]
    assert not wide
    assert said == []
    assert wrong == []
    files = {str(path.relative_to(room)) for path in room.rglob("*") if path.is_file()}
    assert files - {"SHA256SUMS"} == {line[66:] for line in sums}
