"""The verifiers that need no server, over documents of the portal, in processes of theirs."""

import base64
import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page

from portal.attestations import succession
from portal.kit import clock
from portal.publiclog.notes import Signer
from tenants.access import Actor
from tenants.db import db
from tests.attestations import offline, scene
from tests.attestations.offline import (
    ALTERED,
    NOT_IN_FORCE,
    UNKNOWN,
    UNUSABLE,
    VALID,
    Case,
    answer,
    opened,
)
from tests.journeys.conftest import AXE


@pytest.fixture
def case(client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], tmp_path: Path) -> Case:
    return offline.made(client, owner, fleet, tmp_path)


def test_our_document_is_valid_without_a_server(case: Case) -> None:
    alone, later, whole = (
        case.ask(*options)
        for options in ((), ("--later", "later.json"), ("--journal", "log.bin", "--lang", "en"))
    )

    assert [alone[0], later[0], whole[0]] == [VALID] * 3
    assert "VALIDE" in alone[1]
    assert "--journal" in alone[1]
    assert "neither revoked nor superseded" in whole[1]


def test_who_revoked_or_superseded_it_is_believed_by_the_log_alone(
    case: Case, fleet: list[uuid.UUID]
) -> None:
    scene.issued(case.owner, fleet[0])
    case.publish()
    superseded = case.ask("--journal", "log.bin")
    succession.revoke(case.owner, case.attestation_id, reason="Erreur", at=clock.now())
    db.session.commit()
    case.publish()
    revoked = case.ask("--journal", "log.bin")

    assert superseded[0] == revoked[0] == NOT_IN_FORCE
    assert "un plus récent le remplace" in superseded[1]
    assert "révoqué" in revoked[1]
    assert case.ask("--later", "later.json")[0] == VALID  # says that the log goes on, no more


def test_the_director_s_approval_is_read_from_the_log(case: Case) -> None:
    before = case.ask("--journal", "log.bin")
    place = scene.one(case.attestation_id).establishment_id
    succession.approve(scene.director_of(place), case.attestation_id, at=clock.now())
    db.session.commit()
    case.publish()
    after = case.ask("--journal", "log.bin")
    with opened(case) as page:
        shown = answer(page, case, journal="log.bin")

    assert [before[0], after[0], shown[0]] == [VALID] * 3
    assert ["l’a approuvé" in each[1] for each in (before, after, shown)] == [False, True, True]


def test_a_log_that_is_not_known_is_told_apart(case: Case) -> None:
    path = case.folder / "treize_verifier.py"
    text = path.read_text()
    key = case.verifier.KEYS[0]
    path.write_text(text.replace(json.dumps([key]), "[]"))

    other = str(Signer("treize.example/journal", bytes(32)).verifier)
    assert case.ask()[0] == UNKNOWN
    assert case.ask("--key", other)[0] == UNKNOWN
    assert case.ask("--key", other, "--key", key)[0] == VALID


def test_a_log_of_another_past_is_refused_without_blaming_the_document(case: Case) -> None:
    told = json.loads((case.folder / "later.json").read_text())
    raw = bytearray((case.folder / "log.bin").read_bytes())
    raw[-1] ^= 1
    (case.folder / "forged.bin").write_bytes(raw)
    (case.folder / "forged.json").write_text(json.dumps({**told, "path": "AAAA"}))

    (case.folder / "cut.bin").write_bytes(raw[:-7])
    (case.folder / "none.json").write_text("{")

    for beside in (
        ("--journal", "forged.bin"), ("--journal", "cut.bin"), ("--later", "forged.json"),
        ("--later", "none.json"), ("--stamp", "none.json"),
    ):  # fmt: skip
        code, said = case.ask(*beside)
        assert code == UNUSABLE
        assert "journal réécrit" in said
    with opened(case) as page:
        shown = answer(page, case, journal="forged.bin")
    assert shown[0] == UNUSABLE
    assert "journal réécrit" in shown[1]


def test_what_cannot_be_read_is_no_answer(case: Case) -> None:
    (case.folder / "empty.pdf").write_bytes(b"")

    assert case.ask(pdf="nowhere.pdf")[0] == UNUSABLE
    assert case.ask("--no-such-option")[0] == UNUSABLE
    assert case.ask(pdf="empty.pdf")[0] == UNKNOWN


def test_ten_thousand_flipped_bytes_are_each_detected(case: Case) -> None:
    """Ten thousand anywhere at random, and every bit of the seal's own frame and signature."""
    verifier, pdf = case.verifier, case.pdf
    chance = random.Random(10_000)  # noqa: S311 - the same bytes at each run
    begin = pdf.index(b"<", pdf.rindex(b"/Contents <"))
    end = begin + len(pdf[begin : pdf.index(b">", begin)].rstrip(b"0"))
    frame = [*range(begin, begin + 120), *range(end - 800, end + 2)]
    flips = {(at, 1 << bit) for at in frame for bit in range(8)}
    while len(flips) < 10_000 + 8 * len(frame):
        flips.add((chance.randrange(len(pdf)), chance.randrange(1, 256)))
    missed = []
    for at, flip in flips:
        changed = pdf[:at] + bytes([pdf[at] ^ flip]) + pdf[at + 1 :]
        if verifier.answered(changed, list(verifier.KEYS), None, None).args[0] == VALID:
            missed.append((at, flip))

    assert verifier.answered(pdf, list(verifier.KEYS), None, None).args[0] == VALID
    assert missed == []


def test_nothing_else_is_handed_out(case: Case) -> None:
    for name in ("treize_verifier.pyc", "..", "%2e%2e%2fpyproject.toml", "treize_verifier"):
        assert case.client.get(f"/verifier/hors-ligne/{name}").status_code == 404


@pytest.fixture
def page(case: Case) -> Iterator[Page]:
    with opened(case) as found:
        yield found


def test_the_page_answers_as_the_program_does(case: Case, fleet: list[uuid.UUID]) -> None:
    (case.folder / "b.pdf").write_bytes(case.pdf.replace(b"/Lang", b"/Lamg", 1))
    (case.folder / "log.bin").rename(case.folder / "before.bin")
    scene.issued(case.owner, fleet[0])
    case.publish()
    with opened(case) as page:
        alone = answer(page, case)
        altered = answer(page, case, "b.pdf")
        whole = answer(page, case, journal="before.bin", later="later.json")
        superseded = answer(page, case, journal="log.bin")
        later = answer(page, case, later="later.json")
        page.fill("#keys", str(Signer("treize.example/journal", bytes(32)).verifier))
        stranger = answer(page, case)

    assert [alone[0], whole[0], later[0]] == [VALID] * 3
    assert "ajoutez le journal entier" in alone[1]
    assert "ni révoqué, ni remplacé" in whole[1]
    assert altered[0] == ALTERED
    assert superseded[0] == NOT_IN_FORCE
    assert stranger[0] == UNKNOWN


def test_both_ways_to_check_a_signature_agree(case: Case, page: Page) -> None:
    """What the browser computes, and what the page computes where a browser cannot."""
    signer = Signer("treize.example/journal", bytes(range(32)))
    message = b"Treize"
    signature = signer._key.sign(message)
    wrong = bytes([signature[0] ^ 1]) + signature[1:]
    asked = [[list(x) for x in (signer.verifier.public, s, message)] for s in (signature, wrong)]
    told = page.evaluate(
        "async all => { const made = []; for (const one of all) { const raw = one.map("
        "each => Uint8Array.from(each)); made.push(await ed25519(...raw),"
        " await ed25519Here(...raw)); } return made; }",
        asked,
    )

    assert told == [True, True, False, False]
    python = case.verifier
    assert [python.ed25519(signer.verifier.public, s, message) for s in (signature, wrong)] == [
        True,
        False,
    ]


def test_flipped_bits_are_seen_by_the_page_too(case: Case, page: Page) -> None:
    pdf, chance = case.pdf, random.Random(13)  # noqa: S311 - the same bits at each run
    begin = pdf.index(b"<", pdf.rindex(b"/Contents <"))
    places = [begin + 1 + 2 * at for at in range(0, 1600, 16)]
    places += [chance.randrange(len(pdf)) for _ in range(100)]
    told = page.evaluate(
        "async ([raw, places]) => { const pdf = unb64(raw), made = [];"
        "for (const place of [-1, ...places]) { const one = pdf.slice(); one[place] ^= 1;"
        "try { await check(one, KEYS); made.push(true); } catch { made.push(false); } }"
        "return made; }",
        [base64.b64encode(pdf).decode(), places],
    )

    assert told == [True] + [False] * 200


def test_the_page_is_for_everybody(case: Case, page: Page) -> None:
    answer(page, case)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AXE)
        found = page.evaluate("async () => (await axe.run()).violations.map(each => each.id)")
        assert found == []
    page.focus("#lang")
    page.keyboard.press("Enter")
    assert page.locator("h1").inner_text() == "Check an attestation, without a network"
    assert page.locator("#answer h2").inner_text() == "Valid"
