"""Every page of every address in Chromium, as five visitors, on the screen of a telephone.

Nothing is there for its policy to report, nor to slide sideways for; axe finds nothing grave.

The little world of the house, where every id of an address names a row, behind a real server.
"""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response
from werkzeug.serving import make_server

from portal.kit.headers import HEADERS, SANDBOX
from tests import conftest, live
from tests.house import routes, visitors
from tests.house.test_headers import BOXED
from tests.house.visitors import World
from tests.journeys.conftest import grave_faults, overflows
from tests.servers import servers

pytestmark = pytest.mark.journey

WHO: Final = ("owner", "director", "auditor", "operator", None)
PAGES: Final = [route for route in routes.known() if "GET" in route.methods]
#: Runs before anything of the page: what its policy keeps from happening is written down.
WITNESS: Final = """
    window.refused = [];
    document.addEventListener("securitypolicyviolation", (it) =>
        window.refused.push(`${it.violatedDirective} ${it.blockedURI} ${it.sourceFile}`));
"""
#: In pixels: the width that every screen is drawn for besides that of a desk.
NARROW: Final = 390
#: What a browser says of a page that was refused: its status, which is asked for here.
_STATUS: Final = "Failed to load resource: the server responded with a status of"


@dataclass
class Served:
    address: str
    world: World
    examined: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    storage = tmp_path_factory.mktemp("policy")
    with live.portal(f"file://{storage}") as app:
        world = visitors.build(app)
        _know(app, world)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Served(f"http://127.0.0.1:{server.server_port}", world)
        server.shutdown()
        thread.join()


def _know(app: Flask, world: World) -> None:
    """A technician operates the portal besides; the auditor audits what the world's one does."""
    database = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    assert database
    operator, auditor = world.people["technician"].user_id, world.people["auditor"].user_id
    engine = sa.create_engine(servers.admin_url(database))
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO operator (user_id) VALUES (:id)"), {"id": operator})
        connection.execute(
            sa.text(
                "INSERT INTO engagement_auditor (tenant_id, engagement_id, membership_id)"
                " SELECT tenant_id, :engagement, id FROM membership WHERE user_id = :user"
            ),
            {"engagement": world.inside.rows["engagement"]["id"], "user": auditor},
        )
    engine.dispose()


@dataclass
class Watch:
    """What one page's journey told: faults, and how many pages of HTML it saw."""

    address: str
    faults: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    grave: list[str] = field(default_factory=list)
    #: What axe has seen so far, whoever looked.
    examined: set[str] = field(default_factory=set)
    seen: int = 0
    here: str = ""

    def said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_STATUS):
            self.faults.append(f"{self.here}: {message.text}")

    def threw(self, error: Error) -> None:
        self.faults.append(f"{self.here}: {error}")

    def answered(self, response: Response) -> None:
        if not response.url.startswith(self.address) or BOXED & {self.here.split()[0]}:
            return
        found, wanted = response.headers, dict(HEADERS)
        if found.get("content-disposition", "").startswith("attachment"):
            wanted["Content-Security-Policy"] = SANDBOX
        lacking = [name for name, value in wanted.items() if found.get(name.lower()) != value]
        if lacking:
            self.faults.append(f"{self.here}: {response.url} lacks {lacking}")
        shown = found.get("content-type", "").startswith("text/html")
        if shown and "no-store" not in found.get("cache-control", ""):
            self.faults.append(f"{self.here}: {response.url} may be stored")
        # No worker stands by here, and no directory is where the rows say.
        expected = self.here.startswith("health.ready") or "annuaire" in response.url
        if response.status >= 500 and not expected:
            self.faults.append(f"{self.here}: {response.status}")


def _signed_in(browser: Browser, served: Served, who: str | None) -> BrowserContext:
    context = browser.new_context(
        base_url=served.address, locale="fr-FR", viewport={"width": NARROW, "height": 844}
    )
    context.add_init_script(WITNESS)
    if who is not None:
        client = served.world.app.test_client()
        conftest.sign_in(client, served.world.people["technician" if who == "operator" else who])
        name = served.world.app.config["SESSION_COOKIE_NAME"]
        held = client.get_cookie(name)
        assert held
        context.add_cookies([{"name": name, "value": held.value, "url": served.address}])
    return context


def _opened(page: Page, watch: Watch, address: str) -> None:
    try:
        answer = page.goto(address)
    except Error as error:
        # A file is taken away rather than shown; another site is not there.
        if not any(it in error.message for it in ("Download is starting", "net::ERR_")):
            raise
        return
    if answer and answer.headers.get("content-type", "").startswith("text/html"):
        refused: list[Any] = page.evaluate("window.refused || []")
        watch.faults += [f"{watch.here}: {it}" for it in refused]
        watch.wide += [watch.here] if overflows(page) else []
        watch.grave += _grave(page, watch) if answer.ok else []
        watch.seen += 1


def _grave(page: Page, watch: Watch) -> list[str]:
    """What axe finds, as the first visitor to whom it opens: it takes its time.

    Not in a box of its own, where no script gets an answer.
    """
    if watch.here in watch.examined or BOXED & {watch.here.split()[0]}:
        return []
    watch.examined.add(watch.here)
    return [f"{watch.here}: {it}" for it in grave_faults(page)]


@pytest.fixture(scope="module", params=WHO, ids=str)
def walk(request: pytest.FixtureRequest, browser: Browser, served: Served) -> Watch:
    """Every address once, as one visitor."""
    watch = Watch(served.address, examined=served.examined)
    with contextlib.closing(_signed_in(browser, served, request.param)) as context:
        page = context.new_page()
        page.on("console", watch.said)
        page.on("pageerror", watch.threw)
        page.on("response", watch.answered)
        for route in PAGES:
            watch.here = f"{route.endpoint} {route.rule}"
            _opened(page, watch, served.world.address(route.rule, served.world.inside))
    assert watch.seen > len(PAGES) / 2
    return watch


def test_no_page_does_what_its_policy_refuses(walk: Watch) -> None:
    assert walk.faults == []


def test_no_page_is_wider_than_a_telephone(walk: Watch) -> None:
    assert walk.wide == []


def test_no_page_has_a_grave_fault(walk: Watch) -> None:
    assert walk.grave == []


def test_the_watch_sees_what_a_policy_refuses_and_what_is_too_wide(
    browser: Browser, served: Served
) -> None:
    """Or nothing above could fail."""
    watch = Watch(served.address, here="itself -")
    with contextlib.closing(_signed_in(browser, served, None)) as context:
        page = context.new_page()
        page.on("console", watch.said)
        page.goto("/connexion")
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
        page.wait_for_function("window.refused.length > 0")

        assert not overflows(page)
        page.evaluate("document.body.append(document.createElement('pre'))")
        page.locator("body > pre").evaluate("it => { it.style.width = '500px' }")
        wide = overflows(page)

    assert any("Content Security Policy" in fault for fault in watch.faults)
    assert wide
