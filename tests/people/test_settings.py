"""The settings of a provider: whose they are, and two people who change them at once."""

import re

import pytest
from flask.testing import FlaskClient

from tenants import queries as tenancy
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role, SecondFactor
from tests import make
from tests.conftest import sign_in

_CHANGED = {
    "name": "Acme Deux",
    "siren": "732 829 320",
    "second_factor": "everyone",
    "locale": "en",
}


def _read(client: FlaskClient) -> dict[str, str]:
    """What the page of settings says that its author read."""
    return _seen(client.get("/acme/reglages").text)


def _seen(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen)"\s+value="(\w+)"', page))


def test_settings_changed_meanwhile_are_told_and_what_was_typed_is_kept(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    read = _read(client)
    client.post("/acme/reglages", data={**read, **_CHANGED, "locale": "fr"})

    slip = client.post("/acme/reglages", data={**read, **_CHANGED, "siren": "1"})
    mine = {**_CHANGED, "name": "Acme Trois", "locale": "fr"}
    late = client.post("/acme/reglages", data={**_seen(slip.text), **mine})
    db.session.rollback()
    db.session.expire_all()
    kept = tenancy.tenant(owner.tenant_id).name
    db.session.rollback()
    again = client.post("/acme/reglages", data={**_seen(late.text), **mine})

    assert (slip.status_code, late.status_code, kept) == (422, 409, "Acme Deux")
    assert "Quelqu’un d’autre a changé ces réglages entre-temps" in late.text
    assert "Nom enregistré" in late.text
    assert "SIREN enregistré" not in late.text  # the same number, typed with spaces
    assert 'value="Acme Trois"' in late.text
    assert again.status_code == 303


def test_the_owner_changes_the_settings(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    data = {**_read(client), **_CHANGED}

    assert client.post("/acme/reglages", data=data).status_code == 303

    db.session.rollback()
    db.session.expire_all()
    tenant = tenancy.tenant(owner.tenant_id)
    assert (tenant.name, tenant.siren, tenant.locale) == ("Acme Deux", "732829320", "en")
    assert tenant.second_factor is SecondFactor.EVERYONE


def test_nobody_does_without_a_second_factor_by_the_settings(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    data = {"name": "A", "siren": "732829320", "second_factor": "nobody", "locale": "fr"}

    assert client.post("/acme/reglages", data=data).status_code == 422


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TECHNICIAN, Role.BILLING])
def test_the_settings_are_the_owner_s(client: FlaskClient, owner: Actor, role: Role) -> None:
    sign_in(client, make.member(role))

    assert client.get("/acme/reglages").status_code == 403
