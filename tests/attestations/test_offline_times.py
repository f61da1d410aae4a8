"""A third party's time in a seal, over a document, over the log: read without a server, or refused.

The time-stamping authority is a real one, on loopback.
"""

import base64
import json
import random
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.config import Settings
from portal.kit import clock
from portal.kit import stamping as times
from portal.kit.sealing import Level
from portal.publiclog import growing, jobs, stamping
from tenants.access import Actor
from tenants.db import db
from tests import tsa_server
from tests.attestations import offline, scene
from tests.attestations.offline import ALTERED, UNUSABLE, VALID, Case, answer, opened
from tests.kit import test_sealing

settings, given, tsa = test_sealing.settings, test_sealing.given, test_sealing.tsa
FLIPS = 1_500


@pytest.fixture
def sealed_by(app: Flask, given: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The portal seals for long: certificate of its own, time-stamping authority, its roots."""
    ours: Settings = app.config["SETTINGS"]
    lasting = replace(
        ours,
        seal_pkcs12=given.seal_pkcs12,
        seal_passphrase_file=given.seal_passphrase_file,
        tsa_url=given.tsa_url,
        tsa_roots=given.tsa_roots,
    )
    monkeypatch.setitem(app.config, "SETTINGS", lasting)
    return lasting


@pytest.fixture(params=[Level.TIMED, Level.LASTING])
def timed(
    request: pytest.FixtureRequest, app: Flask, sealed_by: Settings,
    client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], tmp_path: Path,
) -> Case:  # fmt: skip
    """A document whose seal carries a time, or is followed by one over the whole of it."""
    if request.param is Level.TIMED:
        app.config["SETTINGS"] = replace(sealed_by, tsa_roots=None)
    folder = tmp_path / "case"
    folder.mkdir()
    found = offline.made(client, owner, fleet, folder)
    assert scene.one(found.attestation_id).seal == request.param
    return found


def _places(case: Case) -> list[tuple[int, int]]:
    """Bits of what stands in the places of seals and times, and bits anywhere."""
    pdf, chance = case.pdf, random.Random(1_500)  # noqa: S311 - the same bits at each run
    inside = []
    for covers in case.verifier._RANGE.finditer(pdf):
        begin, end = int(covers[2]), int(covers[3])
        written = pdf[begin:end].rstrip(b"0>")
        inside += [begin + at for at in range(len(written) + 2)]
    seals = [(chance.choice(inside), chance.randrange(8)) for _ in range(FLIPS * 2 // 3)]
    whole = [(chance.randrange(len(pdf)), chance.randrange(8)) for _ in range(FLIPS // 3)]
    return seals + whole


def test_flipped_bits_of_a_document_with_a_time_are_each_detected(timed: Case) -> None:
    verifier, pdf = timed.verifier, timed.pdf
    keys, places = list(verifier.KEYS), _places(timed)
    missed = []
    for at, bit in places:
        changed = pdf[:at] + bytes([pdf[at] ^ 1 << bit]) + pdf[at + 1 :]
        if verifier.answered(changed, keys).args[0] == VALID:
            missed.append((at, bit))

    assert len(places) == FLIPS
    assert verifier.answered(pdf, keys).args[0] == VALID
    assert missed == []


def test_the_page_reads_such_a_document_and_sees_flipped_bits(timed: Case) -> None:
    (timed.folder / "b.pdf").write_bytes(timed.pdf[:-40] + b" " + timed.pdf[-39:])
    places = [at for at, _ in _places(timed)[:: FLIPS // 100]]
    with opened(timed) as page:
        told = page.evaluate(
            "async ([raw, places]) => { const pdf = unb64(raw), made = [];"
            "for (const place of [-1, ...places]) { const one = pdf.slice(); one[place] ^= 1;"
            "try { await check(one, KEYS); made.push(true); } catch { made.push(false); } }"
            "return made; }",
            [base64.b64encode(timed.pdf).decode(), places],
        )
        whole, changed = answer(page, timed), answer(page, timed, "b.pdf")

    assert told == [True] + [False] * len(places)
    assert (whole[0], changed[0]) == (VALID, ALTERED)


def test_a_time_of_somebody_else_over_the_signature_is_refused(timed: Case) -> None:
    """Every token in the file must be over what stands before it."""
    verifier, pdf = timed.verifier, timed.pdf
    with tsa_server.running() as other:
        strange = _token(other, b"another signature")
    covers = [int(each) for each in [*verifier._RANGE.finditer(pdf)][-1].groups()]
    written = strange.hex().encode().ljust(covers[2] - covers[1] - 2, b"0")
    forged = pdf[: covers[1] + 1] + written + pdf[covers[2] - 1 :]

    assert verifier.answered(forged, list(verifier.KEYS)).args[0] == ALTERED


def _token(authority: tsa_server.Tsa, message: bytes) -> bytes:
    return times.stamp(message, url=authority.url, roots=[authority.root]).token


@pytest.fixture
def stamped(
    sealed_by: Settings, client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], tmp_path: Path
) -> Case:
    """A third party told its time over a log that goes on from the document's own."""
    folder = tmp_path / "case"
    folder.mkdir()
    found = offline.made(client, owner, fleet, folder)
    scene.issued(owner, fleet[2])
    growing.advance(jobs.desk(), clock.now())
    stamping.stamp(sealed_by, clock.now())
    db.session.commit()
    size = found.verifier.carried(found.pdf)[0]["log"]["size"]
    (folder / "stamp.json").write_bytes(client.get(f"/journal/horodatage.json?de={size}").data)
    (folder / "tsa.pem").write_bytes((sealed_by.tsa_roots or Path()).read_bytes())
    return found


def test_a_third_party_s_time_over_the_log_is_read_without_a_server(stamped: Case) -> None:
    today = f"{clock.now():%Y-%m-%d}"
    plain = stamped.ask("--stamp", "stamp.json", "--lang", "en")
    believed = stamped.ask("--stamp", "stamp.json", "--tsa", "tsa.pem")
    with opened(stamped) as page:
        shown = answer(page, stamped, stamp="stamp.json")

    assert [plain[0], believed[0], shown[0]] == [VALID] * 3
    assert f"stood in the log before {today}" in plain[1]
    assert "authority not checked here" in plain[1]
    assert "selon une autorité à laquelle on se fie" in believed[1]
    assert f"Au journal avant le {today}" in shown[1]


def test_the_time_of_another_log_or_of_another_authority_is_not_believed(stamped: Case) -> None:
    told = json.loads((stamped.folder / "stamp.json").read_text())
    raw = base64.b64decode(told["token"])
    chance, missed = random.Random(13), []  # noqa: S311 - the same bits at each run
    keys = list(stamped.verifier.KEYS)
    for _ in range(300):
        at, bit = chance.randrange(len(raw)), chance.randrange(8)
        changed = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
        forged = {**told, "token": base64.b64encode(changed).decode()}
        answer_ = stamped.verifier.answered(stamped.pdf, keys, stamp=json.dumps(forged).encode())
        if answer_.args[0] != UNUSABLE:
            missed.append((at, bit))
    with tsa_server.running() as other:
        (stamped.folder / "other.pem").write_text(other.pem)
        forged = {**told, "token": base64.b64encode(_token(other, b"another log")).decode()}
        (stamped.folder / "forged.json").write_text(json.dumps(forged))
        alien = stamped.ask("--stamp", "forged.json", "--tsa", "tsa.pem")
        unbelieved = stamped.ask("--stamp", "stamp.json", "--tsa", "other.pem", "--lang", "en")

    assert missed == []
    assert alien[0] == UNUSABLE
    assert "authority not checked here" in unbelieved[1]
