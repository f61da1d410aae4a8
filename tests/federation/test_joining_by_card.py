"""A director takes up an invitation with her card, by Pro Santé Connect."""

import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import Factor
from portal.federation.models import PlatformIdentity
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.federation.conftest import Walk, sign_ins
from tests.federation.inviting import ANN, BY, invited, person_of
from tests.oidc_server import Directory
from tests.people.post import memberships


def test_a_director_accepts_by_her_card_and_it_opens_all_of_her_account(
    walk: Walk, browser: FlaskClient, card: Directory, owner: Actor
) -> None:
    place = make.establishment("EHPAD du Test")
    link = invited(browser, owner, "director", establishments=[str(place)])
    walk(f"{link}/annuaire")

    assert walk.client.post(link, data=BY).headers["Location"] == "/acme/"

    person = person_of()
    assert person is not None
    kept = db.session.execute(sa.select(PlatformIdentity.user_id, PlatformIdentity.digest)).all()
    assert [(one.user_id, len(one.digest)) for one in kept] == [(person.id, 64)]
    assert memberships(ANN) == [(owner.tenant_id, Role.DIRECTOR, False)]
    assert walk.client.get("/mon-compte").status_code == 200
    director = Actor(person.id, owner.tenant_id, Role.DIRECTOR, person.name)
    assert [(one.strong, one.only_tenant_id) for one in sign_ins(director)] == [(True, None)]
    assert db.session.scalars(sa.select(Factor.id)).all() == []


def test_a_card_is_tied_to_no_account_that_is_there_already(
    walk: Walk, browser: FlaskClient, card: Directory, owner: Actor, stranger: Actor
) -> None:
    place = make.establishment()
    link = invited(
        browser, owner, "director", email="owner@globex.example", establishments=[str(place)]
    )

    assert walk.client.get(f"{link}/annuaire").status_code == 404
    sign_in(walk.client, stranger)
    assert walk.client.get(f"{link}/annuaire").status_code == 404


def test_a_provider_s_manager_is_not_made_by_a_card(
    walk: Walk, browser: FlaskClient, card: Directory, owner: Actor
) -> None:
    link = invited(browser, owner, "manager")

    assert walk.client.get(f"{link}/annuaire").status_code == 404
