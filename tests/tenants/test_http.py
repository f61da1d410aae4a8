"""The gate, on a small app of its own: who enters, who is told what, in which scope."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
import sqlalchemy as sa
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.kit import clock
from tenants import http
from tenants import service as tenants
from tenants.access import Actor, at_the_threshold, confirmed, public, requires, signed_in
from tenants.context import NO_SCOPE, Scope, current_scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership, SignIn, Tenant
from tenants.roles import Permission, Role, SecondFactor
from tenants.scoping import find
from tests import make
from tests.conftest import sign_in


def _scope() -> dict[str, str]:
    scope = current_scope()
    return {
        "tenant": str(scope.tenant_id),
        "reach": scope.reach.value,
        "membership": str(scope.membership_id),
        "user": str(scope.user_id),
    }


@public
def _open() -> dict[str, str]:
    return _scope()


@signed_in
def _person() -> dict[str, str]:
    return _scope()


@signed_in
@at_the_threshold
def _threshold() -> dict[str, str]:
    return _scope()


@requires(Permission.TENANT_READ)
def _read() -> dict[str, str]:
    return {**_scope(), "role": http.current_actor().role, "next": url_for("read")}


@requires(Permission.TENANT_READ)
def _sensitive() -> str:
    return "done"


@requires(Permission.FLEET_IMPORT)
def _import() -> str:
    return "imported"


@requires(Permission.TENANT_READ)
def _broken() -> str:
    raise ZeroDivisionError


def _unmarked() -> str:
    return "oops"


@pytest.fixture(scope="session")
def small(app: Flask) -> Iterator[Flask]:
    small = Flask("small")
    small.config.update(
        SECRET_KEY="test",
        SQLALCHEMY_DATABASE_URI=app.config["SQLALCHEMY_DATABASE_URI"],
        TESTING=True,
    )
    db.init_app(small)
    http.init_app(small, production=False)
    small.add_url_rule("/connexion", "accounts.sign_in", _open)
    small.add_url_rule("/open", "open", _open)
    small.add_url_rule("/person", "person", _person)
    small.add_url_rule("/threshold", "threshold", _threshold)
    small.add_url_rule("/limited", "federation.limited", _open)
    small.add_url_rule("/weak", "federation.weak", _open)
    small.add_url_rule("/again", "federation.confirm", _open)
    small.add_url_rule("/annuaire/<slug>", "federation.door", public(lambda slug: slug))
    small.add_url_rule("/<tenant_slug>/read", "read", _read, methods=["GET", "POST"])
    small.add_url_rule("/confirmer", "accounts.confirm", _open)
    small.add_url_rule("/double-verification", "accounts.second_factor", _open)
    small.add_url_rule("/<tenant_slug>/sensitive", "sensitive", confirmed(_sensitive))
    small.add_url_rule("/<tenant_slug>/import", "import", _import)
    small.add_url_rule("/<tenant_slug>/broken", "broken", _broken)
    small.add_url_rule("/<tenant_slug>/unmarked", "unmarked", _unmarked)
    yield small
    with small.app_context():
        db.engine.dispose()


@pytest.fixture
def visitor(small: Flask, isolated: None) -> FlaskClient:
    return small.test_client()


def _status(client: FlaskClient, path: str) -> int:
    return client.get(path).status_code


def _json(client: FlaskClient, path: str) -> dict[str, str]:
    answer: dict[str, str] = client.get(path).get_json()
    return answer


def test_a_view_that_says_nothing_of_access_is_never_run(visitor: FlaskClient) -> None:
    with pytest.raises(http.UndeclaredAccessError):
        visitor.get("/acme/unmarked")


def test_a_public_view_runs_for_anybody_in_no_scope(visitor: FlaskClient) -> None:
    assert _json(visitor, "/open") == {
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

    here = _json(visitor, "/acme/read")

    assert here["tenant"] == str(owner.tenant_id)
    assert here["reach"] == "tenant"
    assert here["user"] == str(owner.user_id)
    assert here["role"] == "owner"


def test_addresses_inside_a_tenant_keep_its_name(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner)

    assert _json(visitor, "/acme/read")["next"] == "/acme/read"


def test_an_outsider_enters_with_a_listed_reach(visitor: FlaskClient, owner: Actor) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(visitor, director)

    here = _json(visitor, "/acme/read")

    assert here["reach"] == "listed"
    assert here["membership"] != "None"


def test_the_wrong_role_is_told_so(visitor: FlaskClient, technician: Actor) -> None:
    sign_in(visitor, technician)

    assert _status(visitor, "/acme/read") == 200
    assert _status(visitor, "/acme/import") == 403


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

    assert _status(visitor, "/acme/import") == 404


@pytest.mark.parametrize("view", ["/person", "/acme/read"])
@pytest.mark.parametrize("left", ["nothing", "account", "sign-in"])
def test_a_session_of_nobody_is_sent_to_sign_in(
    visitor: FlaskClient, owner: Actor, view: str, left: str
) -> None:
    sign_in(visitor, owner)
    with visitor.session_transaction() as session:
        for key, what in (("_user_id", "account"), ("sign_in", "sign-in")):
            session[key] = session[key] if left == what else str(uuid.uuid4())

    assert _status(visitor, view) == 303


def test_a_revoked_sign_in_is_shut_at_the_next_request(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner)
    assert _status(visitor, "/acme/read") == 200

    with entered(Scope(user_id=owner.user_id)):
        tenants.close_sign_ins(owner.user_id, at=datetime.now(UTC))
        db.session.commit()

    assert _status(visitor, "/acme/read") == 303


def test_a_sign_in_ends_by_itself(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner)
    _age(owner, opened=tenants.SIGNED_IN_FOR)

    assert _status(visitor, "/acme/read") == 303


def test_a_sensitive_act_asks_again_who_she_is(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner)
    assert _status(visitor, "/acme/sensitive") == 200
    _age(owner, confirmed=http.CONFIRMED_FOR)

    answer = visitor.get("/acme/sensitive")

    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/confirmer?next=/acme/sensitive",
    )
    assert _status(visitor, "/acme/read") == 200


def test_a_provider_s_person_needs_two_factors(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner, strong=False)

    answer = visitor.get("/acme/read")

    assert answer.headers["Location"] == "/double-verification?next=/acme/read"


def test_an_outsider_needs_two_factors_where_the_tenant_says_so(
    visitor: FlaskClient, owner: Actor
) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(visitor, director, strong=False)
    assert _status(visitor, "/acme/read") == 200

    _demand(owner, SecondFactor.EVERYONE)

    assert _status(visitor, "/acme/read") == 303


@pytest.mark.parametrize("production", [False, True])
def test_a_demonstration_does_without_second_factors_but_not_in_production(
    visitor: FlaskClient, owner: Actor, production: bool
) -> None:
    _demand(owner, SecondFactor.NOBODY)
    sign_in(visitor, owner, strong=False)

    with mock.patch.dict(visitor.application.extensions, second_factor_always=production):
        assert _status(visitor, "/acme/read") == (303 if production else 200)


def _limit(actor: Actor, *, since: datetime | None) -> None:
    """Make her sign-in one that the directory of her tenant opened, trusted ``since`` then."""
    db.session.rollback()
    with entered(Scope(user_id=actor.user_id)):
        tenant = db.session.get_one(Tenant, actor.tenant_id)
        tenant.directory_since = since
        db.session.execute(sa.update(SignIn).values(only_tenant_id=actor.tenant_id))
        db.session.commit()


def test_what_a_tenant_s_directory_opened_is_good_there_alone(
    visitor: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    with tenant_scope(stranger.tenant_id):
        tenants.admit(owner.user_id, role=Role.OWNER)
        db.session.commit()
    db.session.rollback()
    sign_in(visitor, owner)
    assert _status(visitor, "/globex/read") == 200

    _limit(owner, since=datetime.now(UTC) - timedelta(hours=1))

    assert _status(visitor, "/acme/read") == 200
    assert _status(visitor, "/globex/read") == 404
    assert _status(visitor, "/threshold") == 200
    assert visitor.get("/person").headers["Location"] == "/limited?next=/person"


@pytest.mark.parametrize("since", [None, datetime(2999, 1, 1, tzinfo=UTC)])
def test_what_a_directory_opened_before_it_was_trusted_as_now_is_shut(
    visitor: FlaskClient, owner: Actor, since: datetime | None
) -> None:
    sign_in(visitor, owner)
    _limit(owner, since=since)

    assert visitor.get("/acme/read").headers["Location"].startswith("/connexion?")
    assert visitor.get("/threshold").headers["Location"].startswith("/connexion?")


def test_a_provider_s_directory_opens_nothing_to_its_clients(
    visitor: FlaskClient, owner: Actor
) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(visitor, director)
    assert _status(visitor, "/acme/read") == 200

    _limit(director, since=datetime.now(UTC) - timedelta(hours=1))

    assert _status(visitor, "/acme/read") == 404


def test_who_came_by_a_directory_proves_herself_again_there(
    visitor: FlaskClient, owner: Actor
) -> None:
    sign_in(visitor, owner)
    _limit(owner, since=datetime.now(UTC) - timedelta(hours=1))
    _age(owner, confirmed=http.CONFIRMED_FOR)

    assert visitor.get("/acme/sensitive").headers["Location"] == "/again?next=/acme/sensitive"


def _age(
    actor: Actor, *, opened: timedelta = timedelta(), confirmed: timedelta = timedelta()
) -> None:
    with entered(Scope(user_id=actor.user_id)):
        db.session.execute(
            sa.update(SignIn).values(
                expires_at=SignIn.expires_at - opened, confirmed_at=SignIn.confirmed_at - confirmed
            )
        )
        db.session.commit()


def _demand(actor: Actor, demanded: SecondFactor) -> None:
    tenant = db.session.get_one(Tenant, actor.tenant_id)
    tenant.second_factor = demanded
    db.session.commit()


def test_a_view_outside_tenants_runs_in_the_person_s_own_scope(
    visitor: FlaskClient, owner: Actor
) -> None:
    sign_in(visitor, owner)

    assert _json(visitor, "/person") == {
        "tenant": "None",
        "reach": "",
        "membership": "None",
        "user": str(owner.user_id),
    }


def test_an_access_is_shut_from_the_instant_it_ends(visitor: FlaskClient, owner: Actor) -> None:
    auditor = make.member(Role.AUDITOR, ends_at=clock.now() + timedelta(hours=1))
    sign_in(visitor, auditor)
    assert _status(visitor, "/acme/read") == 200

    _change(auditor, ends_at=clock.now() - timedelta(seconds=1))

    assert _status(visitor, "/acme/read") == 404


def test_a_revoked_access_is_shut_at_the_next_request(visitor: FlaskClient, owner: Actor) -> None:
    member = make.member(Role.MANAGER)
    sign_in(visitor, member)
    assert _status(visitor, "/acme/read") == 200

    _change(member, revoked_at=clock.now())

    assert _status(visitor, "/acme/read") == 404


def test_an_access_is_not_open_before_it_starts(visitor: FlaskClient, owner: Actor) -> None:
    member = make.member(Role.MANAGER)
    _change(member, starts_at=clock.now() + timedelta(hours=1))
    sign_in(visitor, member)

    assert _status(visitor, "/acme/read") == 404


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
