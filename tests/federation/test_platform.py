"""Pro Santé Connect: for all tenants, strong, tied by oneself, kept as a digest."""

import sqlalchemy as sa

from portal.federation.models import PlatformIdentity
from tenants.access import Actor
from tenants.db import db
from tests.conftest import sign_in
from tests.federation.conftest import Walk, sign_ins
from tests.oidc_server import Directory

LEAVE = "/connexion/pro-sante-connect/depart"


def _tie(walk: Walk, actor: Actor) -> None:
    sign_in(walk.client, actor)
    walk("/connexion/pro-sante-connect/relier")
    assert walk.client.post("/connexion/pro-sante-connect").status_code == 303
    walk.client.post("/deconnexion")


def test_a_tied_card_signs_in_everywhere_with_two_factors(
    walk: Walk, card: Directory, owner: Actor
) -> None:
    _tie(walk, owner)

    there = walk.out(LEAVE)

    assert "acr_values=eidas1" in there
    assert walk.back(there).status_code == 303
    assert [(row.strong, row.only_tenant_id) for row in sign_ins(owner)] == [(True, None)]
    assert walk.client.get("/acme/parc").status_code == 200


def test_an_unknown_card_opens_nothing_whatever_its_address(
    walk: Walk, card: Directory, owner: Actor
) -> None:
    card.email = "owner@acme.example"

    assert walk(LEAVE).status_code == 403
    assert sign_ins(owner) == []


def test_less_than_the_card_opens_nothing(walk: Walk, card: Directory, owner: Actor) -> None:
    _tie(walk, owner)
    card.acr = "password"

    assert walk(LEAVE).status_code == 403
    assert sign_ins(owner) == []


def test_the_number_on_the_card_is_not_kept(walk: Walk, card: Directory, owner: Actor) -> None:
    _tie(walk, owner)
    db.session.rollback()

    kept = db.session.scalars(sa.select(PlatformIdentity.digest)).one()

    assert len(kept) == 64
    assert "899700000001" not in kept


def test_one_card_opens_one_account(
    walk: Walk, card: Directory, owner: Actor, technician: Actor
) -> None:
    _tie(walk, owner)
    sign_in(walk.client, technician)
    walk("/connexion/pro-sante-connect/relier")

    assert walk.client.post("/connexion/pro-sante-connect").status_code == 409


def test_an_untied_card_opens_nothing(walk: Walk, card: Directory, owner: Actor) -> None:
    _tie(walk, owner)
    walk(LEAVE)
    walk.client.post("/connexion/pro-sante-connect/delier")
    walk.client.post("/deconnexion")

    assert walk(LEAVE).status_code == 403
