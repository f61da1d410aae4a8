"""One whole portal with its demo, one browser, and people who sign in."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from portal.local import logins
from portal.local.logins import Login
from tests.running import Running

ROOT = Path(__file__).parents[2]
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
GRAVE = {"serious", "critical"}


@dataclass(frozen=True)
class Portal:
    """A portal that runs, and commands beside it."""

    running: Running

    @property
    def address(self) -> str:
        return self.running.address

    def flask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`flask --app wsgi …` beside the portal, knowing no more than TREIZE_HOME."""
        hidden = (
            "DATABASE_URL",
            "REDIS_URL",
            "STORAGE_URL",
            "SECRET_KEY",
            "MASTER_KEY",
            "OWNER_DATABASE_URL",
        )
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env={**env, "TREIZE_HOME": str(self.running.home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    home = tmp_path_factory.mktemp("journeys")
    with Running(home, TREIZE_DEMO="1", PORT="8600") as running:
        yield Portal(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is needed: apt-get install chromium"
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


class Visits(Protocol):
    """Opens a page as somebody, or as nobody."""

    def __call__(
        self,
        who: Login | None = None,
        *,
        scripts: bool = True,
        width: int = 1440,
        dark: bool = False,
    ) -> AbstractContextManager[Page]: ...


@pytest.fixture
def visit(portal: Portal, browser: Browser) -> Visits:
    @contextmanager
    def visit(
        who: Login | None = None, *, scripts: bool = True, width: int = 1440, dark: bool = False
    ) -> Iterator[Page]:
        context = browser.new_context(
            base_url=portal.address,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            locale="fr-FR",
            accept_downloads=True,
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        if who is not None:
            sign_in(page, who)
        yield page
        context.close()

    return visit


def sign_in(page: Page, who: Login) -> None:
    page.goto("/connexion")
    page.fill("#email", who.email)
    page.fill("#password", logins.PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/connexion" not in address)


def grave_faults(page: Page) -> list[str]:
    """What axe finds serious or critical on the page, in words."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{fault['impact']} {fault['id']}: {json.dumps(fault['nodes'][0]['html'])[:160]}"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
    ]


def overflows(page: Page) -> bool:
    """Whether the page is wider than its window."""
    wider: bool = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return wider


def squeezed(page: Page) -> list[str]:
    """The words that a part leaves no more than a letter or two abreast."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter(it => [...it.childNodes].some(n => n.nodeType === 3 && n.data.trim().length > 8))
          .filter(it => !it.closest(".aside, svg, option, thead") && it.checkVisibility())
          .filter(it => it.clientWidth > 0 && it.clientWidth < 40)
          .map(it => it.textContent.trim())"""
    )
    return found
