"""A browser that was signed out from another one, on the pages that are open to everybody."""

from flask.testing import FlaskClient

from portal.kit import clock
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tests.conftest import sign_in


def _shut_out(person: Actor) -> None:
    """From another browser of hers."""
    db.session.rollback()
    with entered(Scope(user_id=person.user_id)):
        tenants.close_sign_ins(person.user_id, at=clock.now())
        db.session.commit()


def test_who_was_shut_out_may_sign_in_again_at_once(client: FlaskClient, owner: Actor) -> None:
    """On a page open to everybody nothing has told her yet: sent on, she would come in a circle."""
    sign_in(client, owner)
    _shut_out(owner)

    found = client.get("/connexion?next=/invitation/x")

    assert found.status_code == 200
    assert 'type="password"' in found.text


def test_a_browser_that_was_shut_out_changes_nothing_of_the_account(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    _shut_out(owner)

    assert client.post("/langue", data={"locale": "en"}).status_code == 303

    person = tenancy.user(owner.user_id)
    assert person is not None
    assert person.locale == "fr"
