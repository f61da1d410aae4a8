"""Somebody reads, puts off and takes back what she was told, and sets rules, without a mouse."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from portal.kit import clock
from portal.local import logins
from portal.reminders import workdays
from portal.reminders.workdays import Calendar
from tests.journeys.conftest import Portal, Visits, grave_faults
from tests.journeys.hands import choose, press, reach

pytestmark = pytest.mark.journey

CENTRE = "/demo/rappels/recus"


@pytest.fixture(scope="module", autouse=True)
def told(portal: Portal) -> None:
    """The day's messages were written, or those of the next day on which any are."""
    days = (clock.today() + timedelta(days=ahead) for ahead in range(10))
    day = next(day for day in days if not workdays.is_quiet(day, Calendar.FRANCE))
    done = portal.flask("remind", "demo", "--on", day.isoformat())
    assert done.returncode == 0, done.stderr


def _unread(page: Page) -> int:
    said = page.locator("nav .unread").first
    return int(said.inner_text().split()[0]) if said.count() else 0


def _said(page: Page, sentence: str) -> None:
    expect(page.locator(".flashes .flash").first).to_contain_text(sentence)
    assert grave_faults(page) == []


def _first(page: Page) -> str:
    name: str = page.locator("tbody button.name").first.inner_text()
    return name


def test_what_was_told_is_read_put_off_and_taken_back(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/")
        before = _unread(page)
        press(page, "Rappels")
        assert grave_faults(page) == []
        press(page, _first(page), exact=True)
        assert not page.url.endswith(CENTRE)
        page.goto(CENTRE)
        read, name = _unread(page), _first(page)
        press(page, "Plus tard")
        assert grave_faults(page) == []
        choose(page, "Dans", steps=1)
        press(page, "Me le rappeler alors")
        _said(page, "Cela vous sera rappelé de nouveau le")
        waiting = _unread(page)
        press(page, "Annuler")
        _said(page, "Cela vous est rappelé comme avant.")

        assert (read, waiting, _unread(page)) == (before - 1, before - 2, before - 1)
        expect(page.get_by_role("button", name=name, exact=True).first).to_be_visible()


def test_without_scripts_it_waits_and_is_taken_back_from_its_list(visit: Visits) -> None:
    with visit(logins.PROVIDER, scripts=False) as page:
        page.goto(CENTRE)
        before = _unread(page)
        page.locator("tbody").get_by_role("link", name="Plus tard").first.press("Enter")
        page.get_by_role("button", name="Me le rappeler alors").press("Enter")
        waiting = _unread(page)
        page.get_by_role("link", name="Remis à plus tard").press("Enter")
        expect(page.locator("tbody tr").first).to_contain_text("remis")
        page.get_by_role("button", name="Reprendre").first.press("Enter")

        assert (waiting, _unread(page)) == (before - 1, before)


def test_ticked_ones_are_marked_and_unmarked(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto(CENTRE)
        before = _unread(page)
        name = page.locator("tbody button.name").first.inner_text()
        reach(page, f"Cocher {name}")
        page.keyboard.press("Space")
        press(page, "Marquer comme lus")
        _said(page, "1 rappel lu")
        read = _unread(page)
        press(page, "Tous", exact=True)
        reach(page, f"Cocher {name}")
        page.keyboard.press("Space")
        press(page, "Marquer comme à lire")

        assert (read, _unread(page)) == (before - 1, before)


def test_rules_are_tried_before_they_are_kept(visit: Visits) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto(CENTRE)
        press(page, "Réglages")
        assert grave_faults(page) == []
        reach(page, "la semaine du parc")
        page.keyboard.press("Space")
        press(page, "Enregistrer mon choix")
        _said(page, "Votre choix est enregistré")
        expect(page.locator("input[name=kinds][value=weekly]")).not_to_be_checked()
        cell = page.locator("#proof_technician")
        was = cell.input_value()
        named = " ".join((cell.get_attribute("aria-label") or "").split())
        reach(page, named)
        page.keyboard.type("5")
        press(page, "Voir l’effet")
        expect(page.locator("#effet")).to_be_visible()
        assert grave_faults(page) == []
        expect(cell).to_have_value("5")
        press(page, "Enregistrer les règles")
        _said(page, "Les règles des rappels sont enregistrées")
        expect(cell).to_have_value("5")
        reach(page, "la semaine du parc")
        page.keyboard.press("Space")
        press(page, "Enregistrer mon choix")
        reach(page, named)
        page.keyboard.type(was)
        press(page, "Enregistrer les règles")

        expect(cell).to_have_value(was)
        expect(page.locator("input[name=kinds][value=weekly]")).to_be_checked()
