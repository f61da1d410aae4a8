"""One's data as an archive: everything of hers, nothing secret, nothing of anybody else."""

import io
import json
import zipfile
from typing import Any

from flask.testing import FlaskClient

from portal.accounts.models import Factor, FactorKind
from portal.audit import service as audit
from portal.kit import clock
from portal.privacy.taking import HERS, KEPT_THERE
from portal.reminders.models import Mail, MailState
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import Base, db
from tenants.models import UserAccount
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in


def _taken(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/mon-compte/donnees.zip")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


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

    files = _taken(client)

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
        **{f"{name}-{slug}.json": 0 for name in KEPT_THERE for slug in ("acme", "globex")},
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

    deeds = _taken(client)["journal-acme.json"]

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

    files = _taken(client)

    assert files["second-factors.json"][0]["label"] == "Phone"
    assert "SECRET" not in str(files)


def test_a_weak_sign_in_takes_no_journal_of_a_tenant_that_demands_two_factors(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner, strong=False)

    assert "journal-acme.json" not in _taken(client)


def test_the_archive_is_for_who_is_signed_in(client: FlaskClient, owner: Actor) -> None:
    assert client.get("/mon-compte/donnees.zip").status_code == 303


#: Without anything to take away: secrets as digests, who operates, and her accesses and account,
#: which have files of their own.
_NOT_THEMSELVES = {"recovery_code", "operator", "membership"}


def test_every_table_that_names_a_person_is_taken_away() -> None:
    named = {name for name, table in Base.metadata.tables.items() if "user_id" in table.columns}
    taken = {model.__tablename__ for model in (*HERS.values(), *KEPT_THERE.values())}

    assert named - taken == _NOT_THEMSELVES


def test_messages_to_her_are_hers_and_those_she_had_sent_to_others_are_not(
    client: FlaskClient, owner: Actor
) -> None:
    for address in ("owner@acme.example", "ann@people.example"):
        db.session.add(
            Mail(
                user_id=owner.user_id,
                to_address=address,
                to_name="",
                subject="Rappel",
                text="Texte",
                html="",
                message_id=f"<{address}>",
                state=MailState.SENT,
            )
        )
    db.session.commit()
    sign_in(client, owner)

    assert [row["to_address"] for row in _taken(client)["messages-acme.json"]] == [
        "owner@acme.example"
    ]
