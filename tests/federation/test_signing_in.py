"""Whom a directory signs in, where, and for what."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.federation import service
from portal.federation.models import ExternalIdentity, IdentityProvider
from portal.federation.oidc import Claims
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import SignIn
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.federation.conftest import Walk, sign_ins, tie, trust
from tests.house.faces import asked
from tests.oidc_server import Directory, Fault


def test_a_tied_person_is_signed_in_and_comes_where_she_wanted(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    answer = walk("/connexion/annuaire/acme/depart?next=/acme/parc")

    assert answer.headers["Location"] == "/acme/parc"
    assert walk.client.get("/acme/parc").status_code == 200
    found = sign_ins(owner)
    assert [(row.strong, row.only_tenant_id) for row in found] == [(True, owner.tenant_id)]


def test_r3_the_sso_of_one_tenant_says_nothing_of_a_person_of_another(
    walk: Walk, directory: Directory, owner: Actor, stranger: Actor
) -> None:
    """Globex's directory names Acme's owner by her address, her name and her subject."""
    trust(stranger, directory)
    directory.email, directory.name = "owner@acme.example", owner.name

    answer = walk("/connexion/annuaire/globex/depart")

    assert answer.status_code == 403
    assert sign_ins(owner) == []
    assert walk.client.get("/acme/").headers["Location"].startswith("/connexion?next=")


def test_r3_the_sso_of_one_tenant_opens_no_other_even_for_a_person_of_both(
    walk: Walk, directory: Directory, owner: Actor, stranger: Actor
) -> None:
    """Whoever keeps Globex's directory could be anybody there; in Acme she is nobody."""
    with tenant_scope(stranger.tenant_id):
        tenants.admit(owner.user_id, role=Role.MANAGER)
        db.session.commit()
    trust(stranger, directory)
    both = Actor(owner.user_id, stranger.tenant_id, Role.MANAGER, owner.name)
    tie(both, directory)

    assert walk("/connexion/annuaire/globex/depart").status_code == 303

    client = walk.client
    assert client.get("/globex/parc").status_code == 200
    assert client.get("/acme/parc").status_code == 404
    assert client.get("/acme/parc").data == client.get("/no-such-tenant/parc").data
    assert "Acme" not in client.get("/mes-acces").text


@pytest.mark.parametrize(
    "page", ["/mon-compte", "/mon-compte/mot-de-passe", "/connexion/pro-sante-connect"]
)
def test_a_tenant_s_directory_opens_nothing_of_the_account_itself(
    walk: Walk, trusted: Directory, owner: Actor, page: str
) -> None:
    walk()

    answer = walk.client.get(page)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/connexion/cet-espace-seul?")


def test_the_same_address_ties_nobody(walk: Walk, directory: Directory, owner: Actor) -> None:
    trust(owner, directory)
    directory.email = "owner@acme.example"

    assert walk().status_code == 403
    assert sign_ins(owner) == []


def test_another_issuer_s_subject_is_another_person(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    db.session.rollback()
    db.session.execute(sa.update(ExternalIdentity).values(issuer="https://before.example"))
    db.session.commit()

    assert walk().status_code == 403


def test_a_provider_s_directory_cannot_speak_for_its_client(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    """Else the provider would recognise its own word with the director's voice."""
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    tie(director, trusted, subject="the director")
    trusted.subject = "the director"

    assert walk().status_code == 403
    assert sign_ins(director) == []
    with tenant_scope(owner.tenant_id):
        provider_id = db.session.scalars(sa.select(IdentityProvider.id)).one()
        claims = Claims(trusted.issuer, "x", "", "", frozenset(), None)
        with pytest.raises(service.NotForYou):
            service.tie(director, provider_id, claims)


def test_one_factor_at_the_directory_is_one_factor_here(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    trusted.amr = ["pwd"]
    walk()

    answer = walk.client.get("/acme/parc")

    assert answer.headers["Location"].startswith("/connexion/deux-facteurs-demandes?")
    assert [row.strong for row in sign_ins(owner)] == [False]


def test_a_directory_taken_out_of_use_shuts_what_it_opened(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    walk()
    assert walk.client.get("/acme/parc").status_code == 200

    with tenant_scope(owner.tenant_id):
        service.shut(owner)
        db.session.commit()

    assert walk.client.get("/acme/parc").headers["Location"].startswith("/connexion?next=")


def test_an_ended_membership_is_not_opened_by_the_directory(
    walk: Walk, trusted: Directory, technician: Actor
) -> None:
    tie(technician, trusted, subject="gone")
    trusted.subject = "gone"
    with tenant_scope(technician.tenant_id):
        db.session.execute(
            sa.text("UPDATE membership SET revoked_at = now() WHERE user_id = :user"),
            {"user": technician.user_id},
        )
        db.session.commit()

    assert walk().status_code == 403


def test_by_the_directory_alone_means_no_password_but_for_owners(
    client: FlaskClient, directory: Directory, owner: Actor, technician: Actor
) -> None:
    trust(owner, directory, only=True)
    sign_in(client, technician)
    assert client.get("/acme/parc").headers["Location"].startswith("/connexion/annuaire/acme?")

    sign_in(client, owner)

    assert client.get("/acme/parc").status_code == 200


def _age(actor: Actor) -> None:
    db.session.rollback()
    with entered(Scope(user_id=actor.user_id)):
        db.session.execute(
            sa.update(SignIn).values(confirmed_at=SignIn.confirmed_at - sa.text("interval '1 h'"))
        )
        db.session.commit()


def test_a_sensitive_act_is_confirmed_at_the_directory(
    walk: Walk, trusted: Directory, owner: Actor
) -> None:
    walk()
    _age(owner)
    asked = walk.client.get("/acme/annuaire").headers["Location"]
    assert asked.startswith("/connexion/confirmer-annuaire?")

    there = walk.out(asked)

    assert "prompt=login" in there
    assert "max_age=0" in there
    assert walk.back(there).headers["Location"] == "/acme/annuaire"
    assert walk.client.get("/acme/annuaire").status_code == 200


@pytest.mark.parametrize("fault", [Fault.OLD_PROOF, Fault.NO_PROOF])
def test_a_directory_that_did_not_ask_again_confirms_nothing(
    walk: Walk, trusted: Directory, owner: Actor, fault: Fault
) -> None:
    walk()
    _age(owner)
    trusted.fault = fault

    assert walk("/connexion/confirmer-annuaire?next=/acme/annuaire").status_code == 403
    assert walk.client.get("/acme/annuaire").status_code == 303


def test_somebody_else_at_the_directory_confirms_nothing(
    walk: Walk, trusted: Directory, owner: Actor, technician: Actor
) -> None:
    tie(technician, trusted, subject="a colleague")
    walk()
    trusted.subject = "a colleague"

    assert walk("/connexion/confirmer-annuaire?next=/acme/annuaire").status_code == 403


def test_a_tenant_without_a_directory_and_no_tenant_answer_alike(
    client: FlaskClient, owner: Actor
) -> None:
    here, nowhere = (
        asked(client, f"/connexion/annuaire/{slug}", "GET", slug)
        for slug in ("acme", "nobody-here")
    )

    assert here.status == 200
    assert here == nowhere


def test_one_ties_oneself_after_seeing_whom_the_directory_means(
    walk: Walk, directory: Directory, owner: Actor
) -> None:
    trust(owner, directory)
    sign_in(walk.client, owner)

    assert walk("/acme/mon-annuaire/depart").headers["Location"] == "/acme/mon-annuaire"
    db.session.rollback()
    assert db.session.scalars(sa.select(ExternalIdentity)).all() == []
    assert "Ann Example" in walk.client.get("/acme/mon-annuaire").text
    assert walk.client.post("/acme/mon-annuaire").status_code == 303

    walk.client.post("/deconnexion")
    assert walk().headers["Location"] == "/acme/"


def test_nobody_takes_another_s_identity(walk: Walk, trusted: Directory, technician: Actor) -> None:
    sign_in(walk.client, technician)
    walk("/acme/mon-annuaire/depart")

    assert walk.client.post("/acme/mon-annuaire").status_code == 409
