"""The gate, on a small app of its own: who enters, who is told what, in which scope."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.kit import clock
from tenants import http
from tenants.access import Actor
from tenants.context import NO_SCOPE, current_scope, tenant_scope
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tenants.scoping import find
from tests import make
from tests.conftest import sign_in
from tests.tenants.asking import answered, status


def test_a_view_that_says_nothing_of_access_is_never_run(visitor: FlaskClient) -> None:
    with pytest.raises(http.UndeclaredAccessError):
        visitor.get("/acme/unmarked")


def test_a_public_view_runs_for_anybody_in_no_scope(visitor: FlaskClient) -> None:
    assert answered(visitor, "/open") == {
        "tenant": "None",
        "reach": "",
        "membership": "None",
        "user": "None",
    }


def test_a_visitor_is_sent_to_sign_in_and_back(visitor: FlaskClient) -> None:
    response = visitor.get("/acme/read?page=2")

    assert response.status_code == 303
    assert response.headers["Location"] == "/connexion?next=/acme/read?page%3D2"


def test_a_visitor_s_post_is_refused_rather_than_redirected(visitor: FlaskClient) -> None:
    assert visitor.post("/acme/read").status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_fragment_sends_its_whole_page_to_sign_in_and_back(
    visitor: FlaskClient, method: str
) -> None:
    response = visitor.open(
        "/acme/read?fragment=1",
        method=method,
        headers={
            "HX-Request": "true",
            "HX-Current-URL": "https://treize.example/acme/parc?q=1&b=2",
        },
    )

    assert (response.status_code, response.data) == (401, b"")
    assert response.headers["HX-Redirect"] == "/connexion?next=/acme/parc?q%3D1%26b%3D2"


@pytest.mark.parametrize("page", ["", "https://evil.example", "nonsense"])
def test_a_fragment_from_nowhere_never_leads_off_the_site(visitor: FlaskClient, page: str) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": page}

    there = visitor.get("/acme/read", headers=headers).headers["HX-Redirect"]

    assert there in {"/connexion?next=/", "/connexion?next=nonsense"}


def test_a_member_enters_in_the_scope_of_the_tenant(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner)

    here = answered(visitor, "/acme/read")

    assert here["tenant"] == str(owner.tenant_id)
    assert here["reach"] == "tenant"
    assert here["user"] == str(owner.user_id)
    assert here["role"] == "owner"


def test_addresses_inside_a_tenant_keep_its_name(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner)

    assert answered(visitor, "/acme/read")["next"] == "/acme/read"


def test_an_outsider_enters_with_a_listed_reach(visitor: FlaskClient, owner: Actor) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(visitor, director)

    here = answered(visitor, "/acme/read")

    assert here["reach"] == "listed"
    assert here["membership"] != "None"


def test_the_wrong_role_is_told_so(visitor: FlaskClient, technician: Actor) -> None:
    sign_in(visitor, technician)

    assert status(visitor, "/acme/read") == 200
    assert status(visitor, "/acme/import") == 403


def test_another_tenant_and_no_tenant_answer_alike(
    visitor: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    sign_in(visitor, stranger)

    foreign, unknown = visitor.get("/acme/read"), visitor.get("/no-such-tenant/read")

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.data == unknown.data
    assert list(foreign.headers) == list(unknown.headers)


def test_the_wrong_role_elsewhere_learns_nothing(
    visitor: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    sign_in(visitor, stranger)

    assert status(visitor, "/acme/import") == 404


def test_a_view_outside_tenants_runs_in_the_person_s_own_scope(
    visitor: FlaskClient, owner: Actor
) -> None:
    sign_in(visitor, owner)

    assert answered(visitor, "/person") == {
        "tenant": "None",
        "reach": "",
        "membership": "None",
        "user": str(owner.user_id),
    }


def test_an_access_is_shut_from_the_instant_it_ends(visitor: FlaskClient, owner: Actor) -> None:
    auditor = make.member(Role.AUDITOR, ends_at=clock.now() + timedelta(hours=1))
    sign_in(visitor, auditor)
    assert status(visitor, "/acme/read") == 200

    _change(auditor, ends_at=clock.now() - timedelta(seconds=1))

    assert status(visitor, "/acme/read") == 404


def test_a_revoked_access_is_shut_at_the_next_request(visitor: FlaskClient, owner: Actor) -> None:
    member = make.member(Role.MANAGER)
    sign_in(visitor, member)
    assert status(visitor, "/acme/read") == 200

    _change(member, revoked_at=clock.now())

    assert status(visitor, "/acme/read") == 404


def test_an_access_is_not_open_before_it_starts(visitor: FlaskClient, owner: Actor) -> None:
    member = make.member(Role.MANAGER)
    _change(member, starts_at=clock.now() + timedelta(hours=1))
    sign_in(visitor, member)

    assert status(visitor, "/acme/read") == 404


def _change(actor: Actor, **columns: object) -> None:
    db.session.rollback()
    row = db.session.scalars(select(Membership).where(Membership.user_id == actor.user_id)).one()
    for name, value in columns.items():
        setattr(row, name, value)
    db.session.commit()


def test_the_scope_is_left_with_the_request(visitor: FlaskClient, stranger: Actor) -> None:
    sign_in(visitor, stranger)
    visitor.get("/globex/read")

    assert current_scope() == NO_SCOPE


def test_the_scope_is_left_when_the_view_fails(visitor: FlaskClient, stranger: Actor) -> None:
    sign_in(visitor, stranger)

    with pytest.raises(ZeroDivisionError):
        visitor.get("/globex/broken")

    assert current_scope() == NO_SCOPE


def test_a_membership_is_found_by_its_own_tenant_s_scope(owner: Actor, stranger: Actor) -> None:
    with tenant_scope(stranger.tenant_id):
        foreign = db.session.scalars(select(Membership.id)).one()
        db.session.rollback()

    assert find(Membership, foreign) is None
