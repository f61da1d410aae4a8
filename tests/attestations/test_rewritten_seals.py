"""A seal that was written otherwise and still holds: the log alone knows the file to its byte."""

import re
import uuid
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from flask.testing import FlaskClient

from tenants.access import Actor
from tests.attestations import offline
from tests.attestations.offline import ALTERED, UNUSABLE, VALID, Case, answer, answers, opened

_BYTE = re.compile(r"octet|byte")


@pytest.fixture
def case(client: FlaskClient, owner: Actor, fleet: list[uuid.UUID], tmp_path: Path) -> Case:
    folder = tmp_path / "case"
    folder.mkdir()
    return offline.made(client, owner, fleet, folder)


def _place(case: Case) -> tuple[int, int]:
    """Where the digits of the seal begin and end."""
    covers = next(case.verifier._RANGE.finditer(case.pdf))
    return int(covers[2]) + 1, int(covers[3]) - 1


def _with(case: Case, digits: bytes) -> bytes:
    begin, end = _place(case)
    return case.pdf[:begin] + digits.ljust(end - begin, b"0") + case.pdf[end:]


def _mirrored(case: Case) -> bytes:
    """By the other of the two numbers that ECDSA takes for the same signature: no key is needed."""
    begin, end = _place(case)
    seal = cms.ContentInfo.load(bytes.fromhex(case.pdf[begin:end].decode()))
    (signer,) = seal["content"]["signer_infos"]
    r, s = decode_dss_signature(signer["signature"].native)
    order = case.verifier.CURVES["2a8648ce3d030107"].n
    signer["signature"] = encode_dss_signature(r, order - s)
    return _with(case, seal.dump(force=True).hex().upper().encode())


def test_the_same_seal_in_small_letters_is_altered(case: Case) -> None:
    begin, end = _place(case)

    assert answers(case, _with(case, case.pdf[begin:end].lower())) == [ALTERED]


def test_a_document_alone_is_not_said_to_be_the_same_to_its_byte(case: Case) -> None:
    mirrored = _mirrored(case)
    (case.folder / "mirrored.pdf").write_bytes(mirrored)
    said = [
        case.ask("--lang", lang, *journal, pdf=pdf)
        for lang in ("fr", "en")
        for pdf in ("a.pdf", "mirrored.pdf")
        for journal in ((), ("--journal", "log.bin"))
    ]

    assert mirrored != case.pdf
    assert answers(case, mirrored) == [VALID]
    assert answers(case, mirrored, journal=True) == [UNUSABLE]
    assert [code for code, _ in said] == [VALID, VALID, VALID, UNUSABLE] * 2
    for alone, whole, changed, refused in (said[:4], said[4:]):
        assert alone[1].split("SHA-256")[0] == changed[1].split("SHA-256")[0]
        assert _BYTE.search(whole[1])
        assert _BYTE.search(alone[1].splitlines()[0]) is None
        assert "--journal" in changed[1]
        assert not refused[1].startswith("VALID")


def test_the_page_says_it_of_the_whole_log_alone(case: Case) -> None:
    with opened(case) as page:
        alone, whole = answer(page, case), answer(page, case, journal="log.bin")

    assert [alone[0], whole[0]] == [VALID] * 2
    assert _BYTE.search(whole[1])
    assert "ajoutez le journal entier" in alone[1]
    assert "C’est le document qui a été émis : rien de ce qu’il contient" in alone[1]
