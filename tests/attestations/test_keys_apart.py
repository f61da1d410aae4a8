"""Whoever breaks into a web process finds no key there: none is read to serve a page."""

import uuid
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient

from portal.kit import keyfiles
from tenants.access import Actor
from tenants.db import db
from tests.attestations import scene
from tests.attestations.conftest import HOME, ORDER


class Read(AssertionError):
    """A key was asked for."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise Read


def test_no_page_of_attestations_or_of_the_log_reads_a_key(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept,) = scene.made(owner, fleet[0])
    digest = scene.one(kept).pdf_sha256
    db.session.rollback()
    for name in ("once", "read", "replace"):
        monkeypatch.setattr(keyfiles, name, _refuse)

    with pytest.raises(Read):
        scene.issued(owner, fleet[1])  # a worker's work does
    db.session.rollback()
    pages = (
        HOME, ORDER, f"{HOME}/{kept}", f"{HOME}/{kept}.pdf", f"/verifier?sha256={digest}",
        "/verifier/hors-ligne/treize_verifier.py", "/journal", "/journal/checkpoint",
        "/journal/tile/0/000.p/2", "/journal/coherence.json?de=1", "/journal/entier.bin",
        "/journal/confiance.json",
    )  # fmt: skip
    asked = {page: desk.get(page, follow_redirects=True).status_code for page in pages}
    revoked = desk.post(f"{HOME}/{kept}/revoquer", data={"reason": "Erreur"})

    assert set(asked.values()) == {200}, asked
    assert revoked.status_code == 303
