"""A summary before the verifiers that need no server: never called altered for want of a seal."""

import json
import uuid
from pathlib import Path

import pytest
from flask import Flask

from portal.briefs import report
from portal.kit import clock
from tests.attestations import forging, offline
from tests.attestations.offline import ALTERED, UNKNOWN, UNUSABLE, Case, answers
from tests.briefs.ordering import document, order, rows
from tests.conftest import Visit
from tests.tracking.conftest import Pages

ADDRESS = "https://treize.example/verifier?code=K7QD2M5X4TRAP3HW"


@pytest.fixture
def case(pages: Pages, app: Flask, tmp_path: Path) -> Case:
    """Both verifiers, as anybody downloads them."""
    browser = app.test_client()
    for name in offline.NAMES:
        (tmp_path / name).write_bytes(browser.get(f"/verifier/hors-ligne/{name}").data)
    return Case(tmp_path, pages.owner, browser, uuid.uuid4())


@pytest.fixture
def bare(pages: Pages, visit: Visit) -> bytes:
    """As it is issued where nothing seals."""
    order(visit(pages.director), pages.place)
    return _printed(rows()[0].snapshot.encode())


def _printed(source: bytes) -> bytes:
    return report.render(source, "SYN-2026-0001", verify_url=ADDRESS, seal=None, at=clock.now())


def _renamed(source: bytes, name: str) -> bytes:
    told = json.loads(source)
    return json.dumps({**told, "place": {**told["place"], "name": name}}).encode()


def test_without_a_seal_nothing_in_it_is_concluded_from(case: Case, bare: bytes) -> None:
    (case.folder / "b.pdf").write_bytes(bare)
    changed = bare.replace(b"/Lang", b"/Lamg", 1)

    assert answers(case, bare, changed) == [UNKNOWN] * 2
    assert "INCONNU : ce fichier se donne pour une synthèse sans cachet" in case.ask(pdf="b.pdf")[1]
    assert "it says to be a summary without a seal" in case.ask("--lang", "en", pdf="b.pdf")[1]


def test_a_house_whose_name_reads_like_a_seal_is_not_called_altered(
    case: Case, pages: Pages, visit: Visit
) -> None:
    order(visit(pages.director), pages.place)
    name = '<< /FT /Sig /T (Cachet) /ByteRange [0 1 2 3] {"log":1}'

    assert answers(case, _printed(_renamed(rows()[0].snapshot.encode(), name))) == [UNKNOWN]


def test_what_is_left_of_a_seal_is_altered(case: Case, pages: Pages, visit: Visit) -> None:
    whole = document(visit(pages.director), pages.place).data
    broken = [
        whole.replace(at, at[:-1] + b"x", 1) for at in (b"\n/ByteRange", b"/Contents", b"/Lang")
    ]

    found = answers(case, whole, *broken, whole[:-1], forging.saved_again(whole))

    assert found == [UNUSABLE] + [ALTERED] * 5


def test_once_its_seal_was_taken_off_it_tells_nothing(
    case: Case, pages: Pages, visit: Visit
) -> None:
    whole = document(visit(pages.director), pages.place).data
    under = whole[: whole.index(b"%%EOF") + len(b"%%EOF")]

    assert answers(case, under) == [UNKNOWN]
