"""Invitations to whoever has another address by now."""

from flask import Flask
from flask.testing import FlaskClient

from portal.people.models import Invitation
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.accounts.conftest import ann, inbox
from tests.accounts.lost import EMAIL
from tests.accounts.moves import NEW, moved
from tests.conftest import sign_in
from tests.people.post import NEW as NEWCOMER
from tests.people.post import deliver, invite, link_to, memberships
from tests.smtp import Inbox

__all__ = ["ann", "inbox"]


def test_an_invitation_to_the_former_address_is_not_for_the_new_one(
    app: Flask, ann: FlaskClient, owner: Actor, stranger: Actor, inbox: Inbox
) -> None:
    """It stays with the mailbox that it was sent to."""
    host = app.test_client()
    sign_in(host, stranger)
    host.post("/globex/equipe/inviter", data={"email": EMAIL, "role": "manager"})
    there = link_to(deliver(stranger))
    moved(app, ann, inbox)

    taken = ann.post(there)
    made = app.test_client().post(there, data=NEWCOMER)

    assert taken.status_code == 403
    assert made.status_code == 303
    with tenant_scope(stranger.tenant_id):
        assert len(memberships(EMAIL)) == 1
        assert memberships(NEW) == []
        db.session.rollback()


def test_an_invitation_to_the_new_address_is_hers(
    app: Flask, ann: FlaskClient, owner: Actor, stranger: Actor, inbox: Inbox
) -> None:
    host = app.test_client()
    sign_in(host, stranger)
    host.post("/globex/equipe/inviter", data={"email": NEW, "role": "manager"})
    there = link_to(deliver(stranger))
    moved(app, ann, inbox)

    assert ann.post(there).status_code == 303


def test_what_is_kept_of_former_addresses_goes_with_the_account(
    app: Flask, client: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    """The invitation that she took up under the address of before as well."""
    sign_in(client, owner)
    invite(client, "manager", "ann@old.example")
    ann = app.test_client()
    ann.post(link_to(deliver(owner)), data=NEWCOMER)
    user = tenancy.user_by_email("ann@old.example")
    assert user
    her = Actor(user.id, owner.tenant_id, owner.role, user.name)
    sign_in(ann, her)
    moved(app, ann, inbox)
    ann.post("/mon-compte/fermer")
    db.session.rollback()

    left = db.session.scalars(db.select(Invitation.email)).all()
    assert [email for email in left if "old" in email] == []
