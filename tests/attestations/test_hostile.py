"""What forgers try, and what earlier editions made: one true answer, by both verifiers alike."""

import io
import uuid
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient

from portal.attestations import log, report
from portal.attestations.codes import verify_url
from portal.attestations.snapshot import Snapshot
from portal.config import Settings
from portal.kit import sealing, storage
from portal.kit.canonical import sha256_hex
from portal.kit.sealing import Level, Means
from portal.publiclog import service as publiclog
from portal.publiclog.notes import Checkpoint, Signer
from tenants.access import Actor
from tenants.db import db
from tests import make, tsa_server
from tests.attestations import forging, offline, samples, scene, test_offline_times
from tests.attestations.offline import ALTERED, UNKNOWN, UNUSABLE, VALID, Case, answers
from tests.kit import issuing, test_sealing

settings, given, tsa = test_sealing.settings, test_sealing.given, test_sealing.tsa
sealed_by = test_offline_times.sealed_by


@pytest.fixture
def case(client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], tmp_path: Path) -> Case:
    folder = tmp_path / "case"
    folder.mkdir()
    return offline.made(client, owner, fleet, folder)


@pytest.fixture
def lasting(
    sealed_by: Settings, client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], tmp_path: Path
) -> Case:
    """A document whose seal is followed by a time over the whole of it (B-LTA)."""
    folder = tmp_path / "case"
    folder.mkdir()
    return offline.made(client, owner, fleet, folder)


def _means(app: Flask) -> Means:
    settings: Settings = app.config["SETTINGS"]
    return sealing.means(settings)


def test_nothing_may_be_added_after_the_seal(case: Case, tsa: tsa_server.Tsa) -> None:
    """Whoever adds a time over a changed document has it covered whole by something that holds."""
    pdf = case.pdf

    found = answers(
        case,
        pdf,
        pdf + b"\n",
        pdf + b"%%EOF\n",
        forging.retold(pdf),
        forging.stamped(pdf, tsa.url),
        forging.stamped(forging.retold(pdf), tsa.url),
        forging.sealed_twice(pdf, forging.others()),
        forging.sealed_twice(forging.retold(pdf), forging.others()),
        forging.attached_otherwise(pdf, b"{}"),
        forging.saved_again(pdf),
    )

    assert found == [VALID] + [ALTERED] * 9


def test_nothing_but_its_time_may_follow_a_seal_that_lasts(
    lasting: Case, tsa: tsa_server.Tsa
) -> None:
    pdf = lasting.pdf
    end = sum(int(each) for each in lasting.verifier._RANGE.search(pdf).groups()[2:])
    bare = pdf[:end]

    found = answers(
        lasting,
        pdf,
        bare,  # without the time that it was issued with
        forging.stamped(bare, tsa.url),  # in another field than the one kept for it
        forging.stamped(forging.retold(bare), tsa.url),
        forging.stamped(pdf, tsa.url),
        forging.retold(pdf),
        pdf + b"\n",
    )

    assert found == [VALID] + [ALTERED] * 6


def test_a_document_cut_short_or_rewritten_is_altered(case: Case) -> None:
    pdf = case.pdf
    cut = [pdf[: len(pdf) * part // 8] for part in range(1, 8)]
    swapped = pdf.replace(b"/Lang", b"/Lamg", 1)

    assert answers(case, pdf[:-1], pdf[1:], b"\n" + pdf, pdf + pdf, swapped) == [ALTERED] * 5
    # What is left of it may not say any more that it was an attestation.
    assert set(answers(case, *cut)) <= {ALTERED, UNKNOWN}


def test_without_its_seal_an_attestation_is_never_valid(app: Flask, case: Case) -> None:
    """Only a summary is issued without one: whoever takes a seal off may at most pass for that."""
    ours = _means(app)
    pdf, summary = case.pdf, b'{"format":"treize-brief/1"}'
    under = pdf[: pdf.index(b"%%EOF") + 5]
    snapshot = Snapshot.from_json(case.verifier.carried(pdf)[1])
    address = verify_url("K7QD2M5X4TRAP3HW")
    printed = report.render(snapshot, verify_url=address, seal=ours)
    disguised = report.render(snapshot, verify_url=address, seal=ours, carried=summary)

    assert answers(case, under, printed, disguised, forging.attached_otherwise(under, summary)) == [
        ALTERED, ALTERED, UNKNOWN, ALTERED,
    ]  # fmt: skip


def test_the_seal_of_another_is_not_believed(app: Flask, case: Case) -> None:
    """Pages and data of one's own choice, the proof of a true document, a seal that holds."""
    ours, theirs = _means(app), forging.others()
    true = forging.proof(case, ours)
    stolen = forging.printed(case, theirs, true)
    retold = forging.printed(case, theirs, true, number="ATT-2026-9999")
    named = {**true, "seal": {**true["seal"], "certificates": log.fingerprints(theirs.chain)}}
    claimed = forging.printed(case, theirs, named)

    assert (
        answers(
            case,
            sealing.seal(forging.printed(case, ours, true), ours),
            *(sealing.seal(each, theirs) for each in (stolen, retold, claimed)),
        )
        == [VALID] + [ALTERED] * 3
    )


def test_a_checkpoint_of_another_log_or_of_another_tree_is_told(app: Flask, case: Case) -> None:
    """Sealed by the portal itself, as nobody can: what the log says decides all the same."""
    ours = _means(app)
    true = forging.proof(case, ours)
    stranger = Signer("else.example/journal", bytes(32))
    kept = Checkpoint.parse(true["log"]["checkpoint"])
    other = stranger.signed(str(Checkpoint(stranger.name, kept.size, kept.root)))
    renamed = stranger.signed(str(kept))
    lines = true["log"]["checkpoint"].split("\n")
    forged = "\n".join([lines[0], str(int(lines[1]) + 1), *lines[2:]])

    def sealed(**changed: Any) -> bytes:
        told = {**true, "log": {**true["log"], **changed}}
        return sealing.seal(forging.printed(case, ours, told), ours)

    assert answers(
        case,
        sealed(checkpoint=other),
        sealed(checkpoint=renamed),
        sealed(checkpoint=forged),
        sealed(checkpoint=""),
        sealed(index=true["log"]["index"] + 1),
        sealed(path=""),
    ) == [UNKNOWN, UNKNOWN, ALTERED, ALTERED, ALTERED, ALTERED]


def test_a_name_that_reads_like_a_seal_breaks_none(
    case: Case, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    names = ["A /ByteRange [0 1 2 3] endstream", "B >> endobj /V 1 0 R <> /ByteRange [9 9 9 9]"]
    made = scene.issued(owner, *scene.clients(make.offering(carries=[scene.CODE]), names))
    documents = [storage.current().read(scene.one(each).pdf_key or "") for each in made]
    db.session.rollback()

    assert any(b"/ByteRange [0 1 2 3]" in each for each in documents)
    assert answers(case, *documents) == [VALID] * 2


def test_what_is_no_attestation_is_unknown(case: Case) -> None:
    empty, blank = io.BytesIO(), pikepdf.new()
    blank.add_blank_page()
    blank.save(empty)
    foreign = forging.sealed_twice(empty.getvalue(), forging.others())

    assert answers(case, b"", b"%PDF-1.7", empty.getvalue(), foreign) == [UNKNOWN] * 4
    (case.folder / "b.pdf").write_bytes(foreign)
    assert "rien dans ce fichier" in case.ask(pdf="b.pdf")[1]


def test_what_carries_nothing_of_the_log_is_not_called_altered(app: Flask, case: Case) -> None:
    """A summary or an audit's report: its seal is whole, whose it is the portal alone says."""
    bare = sealing.seal(
        report.render(samples.snapshot(), verify_url=test_sealing.ADDRESS), _means(app)
    )
    (case.folder / "b.pdf").write_bytes(bare)

    assert answers(case, bare, bare.replace(b"/Lang", b"/Lamg", 1)) == [UNUSABLE, ALTERED]
    assert "de qui il est, la page de vérification du portail le dit" in case.ask(pdf="b.pdf")[1]


def test_an_earlier_edition_is_not_called_altered(app: Flask, case: Case) -> None:
    """Of the first, the log did not hold the certificates, nor the file: it does not answer."""
    ours = _means(app)
    told = {**forging.proof(case, ours), "schema": 1}
    del told["seal"]
    first = sealing.seal(forging.printed(case, ours, told), ours)
    theirs = forging.others()
    stolen = sealing.seal(forging.printed(case, theirs, told), theirs)
    (case.folder / "b.pdf").write_bytes(first)

    assert answers(case, first, stolen) == [UNUSABLE] * 2
    assert "d’une édition antérieure" in case.ask(pdf="b.pdf")[1]
    assert answers(case, first, stolen, journal=True) == [UNUSABLE] * 2
    publiclog.submit([_file(told, first)])
    db.session.commit()
    case.publish()
    assert answers(case, first, stolen, journal=True) == [VALID, UNUSABLE]


def test_what_followed_the_seal_in_the_second_edition_is_judged_by_the_log(
    app: Flask, lasting: Case, tsa: tsa_server.Tsa
) -> None:
    ours = _means(app)
    told = forging.proof(lasting, ours, schema=2)
    plain = forging.printed(lasting, ours, told)
    second = forging.sealed_as_before(plain, ours)
    end = sum(int(each) for each in lasting.verifier._RANGE.search(second).groups()[2:])
    forged = forging.stamped(forging.retold(second[:end]), tsa.url)
    (lasting.folder / "b.pdf").write_bytes(second)
    publiclog.submit([_file(told, second)])
    db.session.commit()
    lasting.publish()

    assert answers(lasting, second, forged) == [UNUSABLE] * 2
    assert "ajoutez --journal" in lasting.ask(pdf="b.pdf")[1]
    assert answers(lasting, second, forged, journal=True) == [VALID, UNUSABLE]
    assert lasting.ask("--journal", "log.bin", pdf="b.pdf")[0] == VALID


def _file(told: dict[str, Any], pdf: bytes) -> bytes:
    return log.entry(log.DOCUMENT, bytes.fromhex(told["salt"]), sha256_hex(pdf))


def test_a_log_that_does_not_know_the_file_yet_calls_it_neither_valid_nor_altered(
    app: Flask, case: Case
) -> None:
    """The file itself is logged once it is made, seconds after what it says."""
    ours = _means(app)
    fresh = sealing.seal(forging.printed(case, ours, forging.proof(case, ours)), ours)
    (case.folder / "b.pdf").write_bytes(fresh)
    case.publish()

    assert answers(case, fresh) == [VALID]
    assert answers(case, fresh, journal=True) == [UNUSABLE]
    assert "ne connaît pas ce fichier" in case.ask("--journal", "log.bin", pdf="b.pdf")[1]


def test_a_later_edition_asks_for_a_later_verifier(app: Flask, case: Case) -> None:
    ours = _means(app)
    told = forging.proof(case, ours, schema=log.SCHEMA + 1)

    assert answers(case, sealing.seal(forging.printed(case, ours, told), ours)) == [UNUSABLE]
    assert case.verifier.SCHEMA == log.SCHEMA


@pytest.mark.parametrize(
    ("curve", "answer"),
    [(ec.SECP384R1(), VALID), (ec.SECP521R1(), VALID), (ec.BrainpoolP256R1(), UNUSABLE)],
)
def test_seals_of_every_kind_of_key_are_judged_or_told_to_be_beyond_us(
    case: Case, curve: ec.EllipticCurve, answer: int
) -> None:
    made = issuing.issued(curve=curve)
    means = Means(
        sealing._private(made.key),
        tuple(sealing._der(each) for each in made.chain),
        Level.BASIC, None, False, False,
    )  # fmt: skip
    pdf = sealing.seal(forging.printed(case, means, forging.proof(case, means)), means)
    at = pdf.rindex(b"/Contents <") + 1_000
    changed = pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]

    assert answers(case, pdf)[0] == answer
    assert answers(case, changed)[0] in {ALTERED, UNUSABLE}


def test_the_times_that_a_document_carries_are_told_with_whose_they_are(
    lasting: Case, sealed_by: Settings, tsa: tsa_server.Tsa
) -> None:
    (lasting.folder / "tsa.pem").write_bytes((sealed_by.tsa_roots or Path()).read_bytes())

    plain, believed = lasting.ask()[1], lasting.ask("--tsa", "tsa.pem")[1]

    assert plain.count("Heure portée par le document") == 2
    assert plain.count("autorité non vérifiée ici (--tsa)") == 2
    assert believed.count("selon une autorité à laquelle on se fie") == 2
    with offline.opened(lasting) as page:
        assert offline.answer(page, lasting)[1].count("que rien ici ne vérifie") == 2
