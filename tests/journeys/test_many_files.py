"""Many files in a browser: by keyboard alone, by dropping them, and one that does not arrive."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from portal.local import logins
from tests.journeys.conftest import Visits, grave_faults
from tests.journeys.hands import awake
from tests.vault import samples

pytestmark = pytest.mark.journey


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    held = {"essai.pdf": samples.PDF, "capture.png": samples.PNG, "piege.pdf": b"MZ\x90"}
    for name, content in held.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in held]


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what is wanted has the focus, as somebody without a mouse does."""
    for _ in range(150):
        if page.evaluate("(wanted) => document.activeElement?.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {selector}")


def test_files_are_deposited_and_linked_by_keyboard_alone(visit: Visits, files: list[Path]) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/preuves")
        tab_to(page, "a[href$='/preuves/plusieurs']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/preuves/plusieurs")
        awake(page)
        tab_to(page, "#files")
        with page.expect_file_chooser() as asked:
            page.keyboard.press("Space")
        asked.value.set_files(files)
        lines = page.locator("li.outcome")
        expect(lines).to_have_count(3)
        expect(lines.filter(has_text="refusé")).to_have_count(1)
        expect(lines.filter(has_text="déposé")).to_have_count(2, timeout=60_000)
        assert grave_faults(page) == []
        tab_to(page, ".sending button[type=submit]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/preuves/lier")
        tab_to(page, "#codes summary")
        page.keyboard.press("Enter")
        tab_to(page, "#codes input[type=checkbox]")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")

        expect(page.locator(".flashes .flash")).to_contain_text("2 preuves sont liées")


def test_what_did_not_arrive_is_sent_again_alone(visit: Visits, files: list[Path]) -> None:
    sent: list[str] = []

    def lose_one(route: Route) -> None:
        body = (route.request.post_data_buffer or b"")[:3000]
        name = next(path.name for path in files if f'filename="{path.name}"'.encode() in body)
        sent.append(name)
        if sent.count("capture.png") == 1 and name == "capture.png":
            route.abort()
        else:
            route.continue_()

    with visit(logins.PROVIDER) as page:
        page.goto("/demo/preuves/plusieurs")
        page.route("**/plusieurs/un", lose_one)
        page.locator("#files").set_input_files(files)
        again = page.get_by_role("button", name="Réessayer capture.png")
        expect(again).to_be_visible()
        expect(page.locator("li.outcome", has_text="essai.pdf").locator("a")).to_be_visible()
        again.click()

        expect(page.locator("li.outcome", has_text="capture.png").locator("a")).to_be_visible()
    assert sorted(sent) == ["capture.png", "capture.png", "essai.pdf", "piege.pdf"]


def test_files_are_dropped_anywhere_on_the_shelf(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/preuves")
        dropped = page.evaluate_handle(
            "() => { const held = new DataTransfer();"
            " held.items.add(new File(['un releve'], 'pose ici.txt', {type: 'text/plain'}));"
            " return held; }"
        )
        page.dispatch_event("h1", "drop", {"dataTransfer": dropped})

        expect(page.locator("li.outcome", has_text="pose ici.txt").locator("a")).to_be_visible()


def test_without_scripts_one_form_takes_them_all(visit: Visits, files: list[Path]) -> None:
    with visit(logins.PROVIDER, scripts=False) as page:
        page.goto("/demo/preuves/plusieurs")
        page.locator("#files").set_input_files(files)
        page.get_by_role("button", name="Déposer ces fichiers").click()

        expect(page.locator("li.outcome")).to_have_count(3)
        expect(page.locator("li.outcome a.name")).to_have_count(2)
