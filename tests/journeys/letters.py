"""What the portal writes to people, found where a portal without a mail server keeps it."""

import re
from datetime import date, timedelta
from typing import Final

from playwright.sync_api import Page, expect

from portal.kit import clock
from portal.reminders.workdays import Calendar, is_quiet
from tests.journeys.conftest import Portal

_CODE: Final = re.compile(r"\b\d{4} \d{4}\b")
_LINK: Final = re.compile(r"/invitation/[\w=-]+")


def code(portal: Portal) -> str:
    """Where no mail server is connected, the console says what would have left."""
    output = portal.running.process.stdout
    assert output
    for line in output:
        if found := _CODE.search(line):
            return found.group()
    raise AssertionError


def invitation(page: Page, email: str, space: str = "demo") -> str:
    """The link that an invitation to this address holds, once it is written."""
    letters = page.locator("main tr", has_text=email).get_by_role("link", name="vous invite")
    for _ in range(60):
        page.goto(f"/{space}/courrier")
        if letters.count():
            break
        page.wait_for_timeout(250)
    letters.first.click()
    letter = page.locator("pre.letter")
    expect(letter).to_be_visible()
    found = _LINK.search(letter.inner_text())
    assert found
    return found.group()


def told_on() -> date:
    """The next day on which reminders leave: today, unless nobody works."""
    day = clock.today()
    while is_quiet(day, Calendar.FRANCE):
        day += timedelta(days=1)
    return day


def reminder(page: Page, title: str, space: str = "demo", to: str = "@") -> str:
    """The words of the first mail to them that names it: several leave at once, in any order."""
    lines = page.locator("main tr", has_text=to)
    reminders = lines.locator("a[href*='courrier/']").filter(has_not_text="invite")
    for _ in range(30):
        page.goto(f"/{space}/courrier")
        for address in [str(it.get_attribute("href")) for it in reminders.all()]:
            page.goto(address)
            if title in (words := page.locator("main").inner_text()):
                return words
        page.wait_for_timeout(1000)
    raise AssertionError(f"no mail says « {title} »")
