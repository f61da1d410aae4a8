"""Two providers in one public log: one with two places and their director, one with a journal."""

import uuid
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.attestations.models import Attestation
from portal.config import Settings
from portal.kit import sealing
from portal.publiclog import jobs
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.attestations import offline, scene
from tests.attestations.log_model import entry

SLUGS = ("acme", "globex")


class World(NamedTuple):
    """``verifier`` is the one that needs no server; ``seal`` the entry of the seal's chain."""

    owners: dict[str, Actor]
    places: list[uuid.UUID]
    director: Actor
    client: FlaskClient
    verifier: Any
    seal: bytes

    def journal(self) -> bytes | None:
        """The whole log as anybody downloads it, however often."""
        self.client.application.extensions["limits"].forget()
        found = self.client.get("/journal/entier.bin")
        assert found.status_code in {200, 404}
        return found.data if found.status_code == 200 else None


def rows() -> dict[uuid.UUID, AnyRow]:
    """What is kept of each attestation, without what was frozen of it."""
    a = Attestation
    columns = sa.select(a.id, a.number, a.code, a.salt, a.snapshot_sha256, a.pdf_sha256)
    return {row.id: row for row in db.session.execute(columns)}


def build(app: Flask) -> World:
    owners = {slug: make.tenant(slug) for slug in SLUGS}
    with tenant_scope(owners["acme"].tenant_id):
        offering = make.offering(carries=[scene.CODE])
        places = scene.clients(offering, ["EHPAD Les Ajoncs", "IME L’Écluse"])
        scene.declare(owners["acme"], offering)
        director = make.member(Role.DIRECTOR, establishments=places)
        db.session.remove()
    verifier = offline.module(Path(__file__).parents[2] / "verifier/treize_verifier.py")
    verifier.KEYS = (str(jobs.desk().signer.verifier),)
    settings: Settings = app.config["SETTINGS"]
    chain = sealing.means(settings).chain
    prints = sorted(verifier.sha256(each).hex() for each in chain)
    seal = entry(b"", kind="seal", certificates=prints)
    return World(owners, places, director, app.test_client(), verifier, seal)
