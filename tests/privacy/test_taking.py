"""One's data as an archive: everything of hers, nothing secret, nothing of anybody else."""

from flask.testing import FlaskClient

from portal.accounts.models import Factor, FactorKind
from portal.audit import service as audit
from portal.kit import clock
from portal.privacy.taking import GIVEN, HERS, KEPT_THERE, SAID
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import Base, db
from tenants.models import UserAccount
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.privacy.archives import taken


def _edited(actor: Actor) -> None:
    audit.record(actor, "tenant.edited", subject="tenant", subject_id=actor.tenant_id)


def test_there_is_a_file_for_each_kind_and_each_tenant(
    client: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    _edited(owner)
    _edited(make.member(Role.MANAGER))
    db.session.commit()
    with tenant_scope(stranger.tenant_id):
        tenants.admit(owner.user_id, role=Role.MANAGER)
        _edited(stranger)
        db.session.commit()
    sign_in(client, owner)

    files = taken(client)

    assert {name: len(rows) for name, rows in files.items()} == {
        "account.json": 1,
        "memberships.json": 2,
        "sign-ins.json": 1,
        "account-events.json": 0,
        "second-factors.json": 0,
        "former-addresses.json": 0,
        "comebacks.json": 0,
        "pro-sante-connect.json": 0,
        "journal-acme.json": 1,
        "journal-globex.json": 0,
        **{
            f"{name}-{slug}.json": 0
            for name in (*KEPT_THERE, *GIVEN, *SAID, "rooms", "invitations", "file-requests")
            for slug in ("acme", "globex")
        },
    }
    assert files["account.json"][0]["email"] == "owner@acme.example"
    assert files["journal-acme.json"][0]["actor_name"] == owner.name


def test_whoever_is_listed_takes_her_deeds_that_concern_no_establishment_too(
    client: FlaskClient, owner: Actor
) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    _edited(owner)
    _edited(director)
    db.session.commit()
    sign_in(client, director)

    deeds = taken(client)["journal-acme.json"]

    assert [deed["actor_name"] for deed in deeds] == [director.name]


def test_no_secret_leaves(client: FlaskClient, owner: Actor) -> None:
    db.session.get_one(UserAccount, owner.user_id).password_hash = "SECRET"
    db.session.commit()
    with entered(Scope(user_id=owner.user_id)):
        factor = Factor(
            user_id=owner.user_id,
            kind=FactorKind.TOTP,
            label="Phone",
            added_at=clock.now(),
            secret="SECRET",
        )
        db.session.add(factor)
        db.session.commit()
    sign_in(client, owner)

    files = taken(client)

    assert files["second-factors.json"][0]["label"] == "Phone"
    assert "SECRET" not in str(files)


def test_a_weak_sign_in_takes_no_journal_of_a_tenant_that_demands_two_factors(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner, strong=False)

    assert "journal-acme.json" not in taken(client)


def test_the_archive_is_for_who_is_signed_in(client: FlaskClient, owner: Actor) -> None:
    assert client.get("/mon-compte/donnees.zip").status_code == 303


#: Without anything to take away: secrets as digests, who operates, and her accesses and account,
#: which have files of their own.
_NOT_THEMSELVES = {"recovery_code", "operator", "membership"}
#: The columns by which a table names whose a row is, or who has to do it.
_WHOSE = {"user_id", "owner_id", "person_id"}


def test_every_table_that_names_a_person_is_taken_away() -> None:
    named = {
        name for name, table in Base.metadata.tables.items() if _WHOSE & {*table.columns.keys()}
    }
    given = (model for model, _column in GIVEN.values())
    files = {model.__tablename__ for model in (*HERS.values(), *KEPT_THERE.values(), *given)}

    assert named - files == _NOT_THEMSELVES
