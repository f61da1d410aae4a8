"""The verifiers that need no server, in a folder beside a document of the portal."""

import base64
import importlib.util
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from flask.testing import FlaskClient
from playwright.sync_api import Page, sync_playwright

from portal.kit import clock, storage
from portal.publiclog import growing, jobs
from tenants.access import Actor
from tenants.db import db
from tests.attestations import scene

VALID, ALTERED, UNKNOWN, NOT_IN_FORCE, UNUSABLE = range(5)
NAMES = ("treize_verifier.py", "treize_verifier.html")


def module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("offline", path)
    assert spec is not None
    assert spec.loader is not None
    made: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@dataclass
class Case:
    """A folder with the two verifiers, a document, and what the portal publishes later."""

    folder: Path
    owner: Actor
    client: FlaskClient
    attestation_id: uuid.UUID

    @property
    def pdf(self) -> bytes:
        return (self.folder / "a.pdf").read_bytes()

    @property
    def verifier(self) -> Any:
        return module(self.folder / "treize_verifier.py")

    def publish(self) -> None:
        """What the log is by now, as anybody downloads it."""
        growing.advance(jobs.desk(), clock.now())
        db.session.rollback()
        size = self.verifier.carried(self.pdf)[0]["log"]["size"]
        later = self.client.get(f"/journal/coherence.json?de={size}")
        (self.folder / "later.json").write_bytes(later.data)
        (self.folder / "log.bin").write_bytes(self.client.get("/journal/entier.bin").data)

    def ask(self, *options: str, pdf: str = "a.pdf") -> tuple[int, str]:
        """In an interpreter that has no package, no site and no environment."""
        found = subprocess.run(
            [sys.executable, "-I", "-S", "treize_verifier.py", pdf, *options],
            cwd=self.folder, env={}, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert not found.stderr or found.returncode == UNUSABLE, found.stderr
        return found.returncode, found.stdout


def made(client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], folder: Path) -> Case:
    """The second of two documents, and both verifiers as anybody downloads them."""
    scene.issued(owner, fleet[1])
    (made,) = scene.issued(owner, fleet[0])
    (folder / "a.pdf").write_bytes(storage.current().read(scene.one(made).pdf_key or ""))
    db.session.rollback()
    for name in NAMES:
        handed = client.get(f"/verifier/hors-ligne/{name}")
        assert handed.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        (folder / name).write_bytes(handed.data)
    found = Case(folder, owner, client, made)
    found.publish()
    return found


@contextmanager
def opened(case: Case) -> Iterator[Page]:
    """The page as a file of one's own, with the network off; its errors fail the test.

    What is to be sealed was sealed before: both keep a loop of their own in this thread.
    """
    wrong: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        found = chromium.new_context(locale="fr-FR", offline=True).new_page()
        found.on("pageerror", lambda error: wrong.append(str(error)))
        found.goto((case.folder / "treize_verifier.html").as_uri())
        yield found
        chromium.close()
    assert wrong == []


def answer(page: Page, case: Case, pdf: str = "a.pdf", **more: str) -> tuple[int, str]:
    page.locator("details").evaluate("it => { it.open = true; }")
    page.set_input_files("#pdf", [])
    page.wait_for_selector("#answer:empty", state="attached")
    for name in ("journal", "later", "stamp"):
        page.set_input_files(f"#{name}", case.folder / more[name] if name in more else [])
    page.set_input_files("#pdf", case.folder / pdf)
    page.wait_for_selector("#answer h2")
    found = page.locator("#answer")
    return int(found.get_attribute("data-code") or -1), found.inner_text()


def answers(case: Case, *documents: bytes, journal: bool = False) -> list[int]:
    """Of the program, once the page was found to say the same of each, for the same reason."""
    log_ = (case.folder / "log.bin").read_bytes() if journal else None
    verifier = case.verifier
    found = [verifier.answered(each, list(verifier.KEYS), journal=log_).args for each in documents]
    given = [base64.b64encode(each).decode() for each in documents]
    whole = base64.b64encode(log_).decode() if log_ else ""
    with opened(case) as page:
        told = page.evaluate(
            "async ([all, log]) => { const made = []; for (const each of all) {"
            "const whole = log ? unb64(log) : null;"
            "const it = await answered(unb64(each), KEYS, null, whole, null);"
            "made.push([it.code ?? 0, it.why ?? null]);"
            "} return made; }",
            [given, whole],
        )
    assert [_said(*each) for each in told] == [_said(*each[:2]) for each in found]
    return [each[0] for each in found]


def _said(code: int, why: object) -> tuple[int, str]:
    """The answer with its reason, where the answer has one of several."""
    told = code in {UNKNOWN, NOT_IN_FORCE, UNUSABLE}
    return code, str(why).partition(" ")[0] if told else ""
