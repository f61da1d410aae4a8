"""A directory, Acme that trusts it, and a browser that goes there and back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.federation import doors, service
from portal.federation.models import ExternalIdentity, IdentityProvider, Preset
from portal.federation.service import Setup
from portal.kit import clock, keys
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import SignIn
from tests import oidc_server
from tests.oidc_server import CLIENT_ID, CLIENT_SECRET, Directory

#: How Pro Santé Connect names somebody: her number is in it.
CARD = "f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:899700000001"


@pytest.fixture
def directory(app: Flask) -> Iterator[Directory]:
    app.extensions["valkey"].flushdb()
    with oidc_server.running() as directory:
        yield directory


@pytest.fixture
def trusted(directory: Directory, owner: Actor) -> Directory:
    """Acme trusts it, and it knows Acme's owner as « somebody »."""
    trust(owner, directory)
    tie(owner, directory)
    return directory


@pytest.fixture
def card(app: Flask, directory: Directory) -> Iterator[Directory]:
    """Pro Santé Connect, as it answers somebody who has her card."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        before,
        psc_issuer=directory.issuer,
        psc_client_id=CLIENT_ID,
        psc_client_secret=CLIENT_SECRET,
    )
    directory.subject, directory.acr = CARD, "eidas1"
    yield directory
    app.config["SETTINGS"] = before


def trust(actor: Actor, directory: Directory, *, only: bool = False, enabled: bool = True) -> None:
    """Say in the actor's tenant that its directory is this one."""
    with tenant_scope(actor.tenant_id):
        service.set_up(
            actor,
            Setup(
                preset=Preset.KEYCLOAK,
                name="Annuaire d’Acme",
                issuer=directory.issuer,
                client_id=CLIENT_ID,
                secret=keys.encipher(doors.SECRET, CLIENT_SECRET),
                strong_values=["mfa"],
                enabled=enabled,
                only=only,
            ),
            at=clock.now(),
        )
        db.session.commit()
    db.session.rollback()


def tie(actor: Actor, directory: Directory, *, subject: str = "somebody") -> None:
    """Let the directory of the actor's tenant mean the actor by ``subject``."""
    with tenant_scope(actor.tenant_id):
        provider_id = db.session.scalars(sa.select(IdentityProvider.id)).one()
        db.session.add(
            ExternalIdentity(
                provider_id=provider_id,
                issuer=directory.issuer,
                subject=subject,
                user_id=actor.user_id,
            )
        )
        db.session.commit()
    db.session.rollback()


@dataclass(frozen=True)
class Walk:
    """One browser's way to a directory and back."""

    client: FlaskClient
    directory: Directory

    def out(self, address: str = "/connexion/annuaire/acme/depart") -> str:
        response = self.client.get(address)
        assert response.status_code == 303, response.text
        return response.headers["Location"]

    def back(self, there: str) -> TestResponse:
        return self.client.get(oidc_server.answer_of(self.directory, there))

    def __call__(self, address: str = "/connexion/annuaire/acme/depart") -> TestResponse:
        return self.back(self.out(address))


@pytest.fixture
def walk(client: FlaskClient, directory: Directory) -> Walk:
    return Walk(client, directory)


def sign_ins(actor: Actor, *, method: str = "oidc") -> list[SignIn]:
    """Every sign-in of a person by this method, shut ones included."""
    db.session.rollback()
    with entered(Scope(user_id=actor.user_id)):
        found = list(db.session.scalars(sa.select(SignIn).where(SignIn.method == method)))
        for row in found:
            db.session.expunge(row)
        db.session.rollback()
    return found


@pytest.fixture
def browser(app: Flask, isolated: None) -> FlaskClient:
    """The owner's, apart from that of who is invited."""
    return app.test_client()
