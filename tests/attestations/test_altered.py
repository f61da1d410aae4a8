"""A file that shows our code and is not our file: told as altered, and no more than it shows."""

import time
import zlib

import pytest
from flask.testing import FlaskClient

from portal.attestations import succession, verification
from portal.attestations.models import Attestation
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.attestations import scene, test_verify
from tests.attestations.forging import saved_again
from tests.attestations.scene import CODE
from tests.attestations.test_verify import (
    ALTERED,
    STRANGE_CODE,
    UNKNOWN,
    answer,
    content_of,
    sent,
    told,
)

issued = test_verify.issued


def test_a_changed_file_that_shows_its_code_is_altered_without_a_code_given(
    client: FlaskClient, issued: Attestation
) -> None:
    content = content_of(issued)
    at = content.index(b"stream", 3000) + 40
    changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    packed = saved_again(content)

    assert (issued.code or "").encode() not in packed
    assert [sent(client, each) for each in (changed, content[:-1], packed)] == [(303, ALTERED)] * 3
    shown = answer(client, sha256="0" * 64, code_lu=issued.code or "")
    assert ALTERED in shown
    assert issued.number in shown
    for kept in ("%</", scene.WORDS, str(issued.id), str(issued.tenant_id), "/acme/"):
        assert kept not in shown


def test_what_became_of_the_original_is_told_with_the_altered_one(
    client: FlaskClient, owner: Actor
) -> None:
    (made,) = scene.issued(owner, scene.client(make.offering(carries=[CODE])))
    code = scene.one(made).code or ""
    before = answer(client, sha256="0" * 64, code_lu=code)
    succession.revoke(owner, made, reason="Erreur", at=clock.now())
    db.session.commit()
    after = answer(client, sha256="0" * 64, code_lu=code)

    assert "L’original lui-même a été révoqué" not in before
    assert "L’original lui-même a été révoqué" in after


@pytest.mark.parametrize("code", [STRANGE_CODE, "A" * 17, "'; --", "é" * 16, "\x00"])
def test_a_code_in_a_file_that_is_nobody_s_tells_nothing(client: FlaskClient, code: str) -> None:
    assert told(client, sha256="0" * 64, code_lu=code) == UNKNOWN


def test_looking_for_a_code_has_an_end(client: FlaskClient) -> None:
    """Thousands of streams, each of which would unpack to gigabytes."""
    bomb = b"stream\n" + zlib.compress(b"0" * 10_000_000, 9) + b"\nendstream\n"
    began = time.monotonic()

    assert verification.carried_by(b"%PDF-1.7\n" + bomb * 350) == ""
    assert time.monotonic() - began < 5
