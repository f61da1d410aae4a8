"""A file dropped on « Vérifier » is read in the browser: its digest and its code travel alone."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page, Request, sync_playwright
from werkzeug.serving import make_server

from portal.kit import storage
from portal.kit.canonical import sha256_hex
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make
from tests.attestations import scene
from tests.attestations.forging import saved_again
from tests.attestations.scene import CODE
from tests.attestations.test_verify import ALTERED, OURS, UNKNOWN

live = alive.live


@pytest.fixture
def files(live: Flask, tmp_path: Path) -> dict[str, Path]:
    """What was issued; what became of it; something of somebody else's."""
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        (made,) = scene.issued(owner, scene.client(make.offering(carries=[CODE])))
        pdf = storage.current().read(scene.one(made).pdf_key or "")
        db.session.remove()
    kinds = {
        "ours": pdf,
        "changed": pdf[:-1],
        "packed": saved_again(pdf),
        "alien": b"%PDF-1.7\nstream\nx\x9c\nendstream\n",
    }
    for name, content in kinds.items():
        (tmp_path / f"{name}.pdf").write_bytes(content)
    return {name: tmp_path / f"{name}.pdf" for name in kinds}


@pytest.fixture
def page(live: Flask, files: dict[str, Path]) -> Iterator[Page]:
    """Nobody's browser; what is to be sealed was sealed before, for both keep a loop of theirs."""
    server = make_server("127.0.0.1", 0, live, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        found = chromium.new_page(locale="fr-FR")
        found.goto(f"http://127.0.0.1:{server.port}/verifier")
        yield found
        chromium.close()
    server.shutdown()
    serving.join()
    server.server_close()


def test_a_dropped_file_stays_where_it_is_and_its_code_is_read(
    live: Flask, page: Page, files: dict[str, Path]
) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - it takes no builtin
    told = {}
    for name, path in files.items():
        page.set_input_files("input[type=file]", path)
        digest = sha256_hex(path.read_bytes())
        page.wait_for_function("digest => location.search.includes(digest)", arg=digest)
        told[name] = page.locator("#reponse").inner_text(), parse_qs(urlsplit(page.url).query)

    answers = {name: answer for name, (answer, _) in told.items()}
    assert answers == {"ours": OURS, "changed": ALTERED, "packed": ALTERED, "alien": UNKNOWN}
    assert told["changed"][1]["code_lu"] == told["packed"][1]["code_lu"]
    assert set(told["alien"][1]) == {"sha256"}
    assert {request.method for request in sent} == {"GET"}
