"""An invitation taken up by a directory's word: the link and that word, never one alone."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from portal.accounts import totp
from portal.accounts.models import AccountEvent
from portal.federation.models import ExternalIdentity
from portal.kit import clock
from portal.people.models import InvitationState
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.models import SignIn
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.federation.conftest import Walk, trust
from tests.federation.inviting import ANN, BY, invited, person_of
from tests.oidc_server import Directory, Fault
from tests.people.post import deliver, link_to, memberships, row


def _tied() -> list[tuple[uuid.UUID, str]]:
    db.session.rollback()
    found = db.session.execute(sa.select(ExternalIdentity.user_id, ExternalIdentity.subject))
    return [(one[0], one[1]) for one in found]


def test_the_link_and_the_directory_make_a_new_account_without_a_password(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor
) -> None:
    trust(owner, directory)
    directory.subject, directory.name, directory.email = "ann", "Ann Example", "other@acme.example"
    link = invited(browser, owner)
    assert f'href="{link}/annuaire"' in walk.client.get(link).text

    back = walk(f"{link}/annuaire")

    assert back.headers["Location"] == link
    shown = walk.client.get(link).text
    assert "other@acme.example" in shown
    assert 'type="password"' not in shown
    assert person_of() is None, "nothing is made before she says yes"
    assert walk.client.post(link, data=BY).headers["Location"] == "/acme/"
    person = person_of()
    assert person is not None
    assert person.password_hash is None
    assert memberships(ANN) == [(owner.tenant_id, Role.MANAGER, True)]
    assert _tied() == [(person.id, "ann")]
    assert row().state is InvitationState.ACCEPTED
    assert walk.client.get("/acme/parc").status_code == 200
    assert walk.client.get("/mon-compte").headers["Location"].startswith("/connexion/cet-espace")


def test_she_comes_back_by_the_directory_alone(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor
) -> None:
    trust(owner, directory)
    directory.subject = "ann"
    link = invited(browser, owner)
    walk(f"{link}/annuaire")
    walk.client.post(link, data=BY)
    walk.client.post("/deconnexion")

    assert walk().headers["Location"] == "/acme/"
    assert walk.client.get("/acme/parc").status_code == 200


def test_one_factor_at_the_directory_makes_a_sign_in_of_one(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor
) -> None:
    trust(owner, directory)
    directory.subject, directory.amr = "ann", ["pwd"]
    link = invited(browser, owner)
    walk(f"{link}/annuaire")

    walk.client.post(link, data=BY)

    assert walk.client.get("/acme/parc").headers["Location"].startswith("/connexion/deux-facteurs")


def test_the_directory_without_the_link_makes_nobody(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor
) -> None:
    """It even names her by the very address that was invited."""
    trust(owner, directory)
    directory.subject, directory.email = "ann", ANN
    link = invited(browser, owner)

    assert walk().status_code == 403
    assert walk.client.post(link, data=BY).status_code == 422

    assert person_of() is None
    assert row().state is InvitationState.OPEN


def test_the_link_with_the_word_of_another_tenant_s_directory_makes_nobody(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor, stranger: Actor
) -> None:
    trust(owner, directory)
    trust(stranger, directory)
    directory.subject = "ann"
    sign_in(browser, stranger)
    answer = browser.post("/globex/equipe/inviter", data={"email": ANN, "role": "manager"})
    assert answer.status_code == 303
    theirs = link_to(deliver(stranger))
    link = invited(browser, owner)
    walk(f"{theirs}/annuaire")

    assert walk.client.post(link, data=BY).status_code == 422

    assert person_of() is None


def test_what_the_directory_said_wears_out(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor
) -> None:
    trust(owner, directory)
    link = invited(browser, owner)
    walk(f"{link}/annuaire")

    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        assert walk.client.post(link, data=BY).status_code == 422

    assert person_of() is None


@pytest.mark.parametrize("fault", [Fault.WRONG_NONCE, Fault.UNSIGNED, Fault.OLD_PROOF])
def test_a_word_that_cannot_be_believed_ties_nobody(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor, fault: Fault
) -> None:
    trust(owner, directory)
    link = invited(browser, owner)
    directory.fault = fault

    assert walk(f"{link}/annuaire").status_code == 403
    assert walk.client.post(link, data=BY).status_code == 422

    assert person_of() is None


def test_an_identity_that_is_somebody_s_becomes_nobody_else(
    walk: Walk, browser: FlaskClient, trusted: Directory, owner: Actor
) -> None:
    link = invited(browser, owner)
    walk(f"{link}/annuaire")

    answer = walk.client.post(link, data=BY)

    assert answer.status_code == 409
    assert person_of() is None
    assert row().state is InvitationState.OPEN
    assert [user_id for user_id, _subject in _tied()] == [owner.user_id]


def test_who_has_an_account_signs_in_first_whatever_the_directory_says(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor, stranger: Actor
) -> None:
    """Else whoever keeps the directory and reads the mail would be she, here."""
    trust(owner, directory)
    directory.subject = "ann"
    link = invited(browser, owner, email="owner@globex.example")
    walk(f"{link}/annuaire")

    answer = walk.client.post(link, data=BY)

    assert answer.headers["Location"].startswith("/connexion?next=/invitation/")
    assert _tied() == []


def test_signed_in_she_ties_it_as_she_accepts_and_keeps_her_sign_in(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor, stranger: Actor
) -> None:
    trust(owner, directory, only=True)
    directory.subject = "her"
    link = invited(browser, owner, email="owner@globex.example")
    sign_in(walk.client, stranger)
    page = walk.client.get(link).text
    assert "Accepter l’invitation" not in page, "she could not enter afterwards"
    assert walk.client.post(link).status_code == 422
    walk(f"{link}/annuaire")

    assert walk.client.post(link, data={"by": "directory"}).headers["Location"] == "/acme/"

    assert _tied() == [(stranger.user_id, "her")]
    assert walk.client.get("/globex/parc").status_code == 200
    with entered(Scope(user_id=stranger.user_id)):
        noted = db.session.scalars(sa.select(AccountEvent.action)).all()
        db.session.rollback()
    assert "identity_tied" in noted


def test_a_sign_in_of_long_ago_ties_nothing(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor, stranger: Actor
) -> None:
    trust(owner, directory)
    link = invited(browser, owner, email="owner@globex.example")
    sign_in(walk.client, stranger)
    walk(f"{link}/annuaire")
    with entered(Scope(user_id=stranger.user_id)):
        before = clock.now() - timedelta(hours=1)
        db.session.execute(sa.update(SignIn).values(confirmed_at=before))
        db.session.commit()

    answer = walk.client.post(link, data={"by": "directory"})

    assert answer.headers["Location"].startswith("/confirmer?next=/invitation/")
    assert _tied() == []


def test_a_password_alone_ties_nothing_to_whoever_has_a_second_factor(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor, stranger: Actor
) -> None:
    trust(owner, directory)
    link = invited(browser, owner, email="owner@globex.example")
    sign_in(walk.client, stranger, strong=False)
    walk(f"{link}/annuaire")
    db.session.rollback()
    with entered(Scope(user_id=stranger.user_id)):
        totp.add(stranger.user_id, totp.new_secret(), step=0, label="Hers", at=clock.now())
        db.session.commit()

    answer = walk.client.post(link, data={"by": "directory"})

    assert answer.headers["Location"].startswith("/double-verification?next=/invitation/")
    assert _tied() == []


def test_who_came_by_a_directory_can_sign_in_to_take_up_what_another_provider_offers(
    walk: Walk, browser: FlaskClient, trusted: Directory, owner: Actor, stranger: Actor
) -> None:
    """The page of the invitation sends her to the sign-in, which must not send her back."""
    walk()
    sign_in(browser, stranger)
    invitation = {"email": "owner@acme.example", "role": "manager"}
    assert browser.post("/globex/equipe/inviter", data=invitation).status_code == 303
    link = link_to(deliver(stranger))

    there = walk.client.post(link).headers["Location"]

    assert there.startswith("/connexion?next=/invitation/")
    assert 'type="password"' in walk.client.get(there).text


def test_where_the_directory_is_the_only_way_no_password_is_taken(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor
) -> None:
    trust(owner, directory, only=True)
    link = invited(browser, owner)
    assert 'type="password"' not in walk.client.get(link).text

    answer = walk.client.post(
        link, data={"name": "Ann", "password": "six chevaux lents dans la brume"}
    )

    assert answer.status_code == 422
    assert person_of() is None


@pytest.mark.parametrize("role", ["director", "auditor"])
def test_a_provider_s_directory_makes_no_director_and_no_auditor(
    walk: Walk, browser: FlaskClient, directory: Directory, owner: Actor, role: str
) -> None:
    trust(owner, directory)
    place = make.establishment()
    ends = (clock.today() + timedelta(days=30)).isoformat()
    link = invited(browser, owner, role, establishments=[str(place)], ends_on=ends)

    assert walk.client.get(f"{link}/annuaire").status_code == 404
    assert walk.client.post(link, data=BY).status_code == 422

    assert person_of() is None
