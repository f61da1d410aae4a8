"""A server that goes away under use is a pause, told in French; nothing is lost."""

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from portal.local import logins
from portal.local.process import wait_until
from tests.journeys.conftest import Portal, Visits

pytestmark = pytest.mark.journey


#: How often the page is asked for once the portal says it is ready: each process serves some.
AFTER = 12


def _ready(portal: Portal) -> bool:
    return portal.running.status("/readyz") == 200


def _status(page: Page) -> int:
    answer = page.goto("/demo/parc")
    return answer.status if answer else 0


@pytest.mark.parametrize("server", ["postgres", "valkey"])
def test_a_server_killed_under_use_is_a_pause_and_never_a_500(
    visit: Visits, portal: Portal, server: str
) -> None:
    with visit(logins.PROVIDER) as page:
        page.goto("/demo/exigences/RES-03")
        form = page.locator("details.question form").first
        form.locator("textarea").fill("Écrit pendant une panne.")
        os.kill(portal.running.pids()[server], signal.SIGKILL)
        statuses = set()
        for _ in range(40):
            answer = page.goto("/demo/parc")
            status = answer.status if answer else 0
            statuses.add(status)
            if status == 503:
                expect(page.locator("main")).to_contain_text("perdu")
            if _ready(portal):
                break
        wait_until(lambda: _ready(portal), 60)
        after = [_status(page) for _ in range(AFTER)]

    assert statuses <= {200, 503}
    assert after == [200] * AFTER
