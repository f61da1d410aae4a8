"""Closing an account by real requests: what goes, what stays, and who may not."""

import re
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import AccountEvent, RecoveryCode
from portal.audit import service as audit
from portal.audit import verification
from portal.audit.models import AuditEvent, AuditLink
from portal.collecting.models import Collection
from portal.federation.models import PlatformIdentity
from portal.kit import clock
from portal.kit.returned import Fault
from portal.people.models import Invitation
from portal.privacy import closing
from portal.reminders.models import Mail, MailState, MailSuppression
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import Base, db
from tenants.models import Membership, SignIn, UserAccount
from tenants.roles import Role
from tests import make
from tests.collecting.turns import FORM, HERE
from tests.conftest import sign_in
from tests.engagements.conftest import engage
from tests.house.test_tenancy import PERSONAL


@pytest.fixture
def manager(owner: Actor) -> Actor:
    """Somebody with rows of every kind, whom the journal names as author and as subject."""
    person = make.member(Role.MANAGER, email="jeanne@people.example")
    audit.record(person, "tenant.edited", subject="tenant", subject_id=owner.tenant_id)
    audit.record(
        owner, "member.changed", subject="member", subject_id=_membership(person), to=person.name
    )
    db.session.add(
        Invitation(
            email="jeanne@people.example",
            role=Role.MANAGER,
            expires_at=clock.now(),
            invited_by=owner.user_id,
            invited_by_name=owner.name,
        )
    )
    db.session.add(
        Mail(
            user_id=person.user_id,
            to_address="jeanne@people.example",
            to_name=person.name,
            subject="x",
            text="x",
            html="x",
            message_id="<x@example>",
            state=MailState.SENT,
        )
    )
    db.session.add(PlatformIdentity(digest="d", user_id=person.user_id))
    db.session.commit()
    with entered(Scope(user_id=person.user_id)):
        db.session.add(AccountEvent(user_id=person.user_id, at=clock.now(), action="signed_in"))
        db.session.add(RecoveryCode(user_id=person.user_id, selector="ab", code_hash="x"))
        db.session.commit()
    return person


def _membership(person: Actor) -> uuid.UUID:
    return db.session.scalars(
        sa.select(Membership.id).where(Membership.user_id == person.user_id)
    ).one()


def _close(client: FlaskClient, person: Actor) -> int:
    sign_in(client, person)
    return client.post("/mon-compte/fermer").status_code


def test_what_is_hers_goes_and_her_name_with_it(client: FlaskClient, manager: Actor) -> None:
    assert _close(client, manager) == 303

    with entered(Scope(user_id=manager.user_id)):
        db.session.rollback()
        account = db.session.get_one(UserAccount, manager.user_id)
        left = [
            db.session.scalar(
                sa.select(sa.func.count()).select_from(t).where(t.c.user_id == manager.user_id)
            )
            for t in (it.__table__ for it in (SignIn, AccountEvent, RecoveryCode, PlatformIdentity))
        ]
        assert left == [0, 0, 0, 0]
        assert account.email.endswith("@closed.invalid")
        assert (account.name, account.password_hash) == (closing.NAMELESS, None)
        db.session.rollback()
    assert client.get("/mon-compte").headers["Location"].startswith("/connexion")


def test_the_journal_keeps_her_deeds_without_her_name_and_its_chain_holds(
    client: FlaskClient, app: Flask, owner: Actor, manager: Actor
) -> None:
    deeds = db.session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) or 0

    _close(client, manager)

    events = db.session.scalars(sa.select(AuditEvent)).all()
    assert len(events) == deeds + 2
    assert [it.actor_name for it in events if it.action == "member.forgotten"] == ["Treize"]
    assert not [it for it in events if manager.name in f"{it.actor_name} {it.details}"]
    assert manager.user_id not in {it.actor_id for it in events}
    verdict = verification.verify()
    assert (verdict.finding, verdict.untold) == (None, 0)
    assert verdict.erased > 0
    visitor = app.test_client()
    sign_in(visitor, owner)
    page = visitor.get("/acme/journal")
    assert page.status_code == 200
    assert manager.name not in page.text


def test_the_journal_says_of_how_many_deeds_her_name_went_and_of_no_more(
    client: FlaskClient, manager: Actor
) -> None:
    """Or one name more could be wiped afterwards, and nobody would miss it."""
    _close(client, manager)

    said = db.session.scalars(
        sa.select(AuditEvent.details).where(AuditEvent.action == "member.forgotten")
    ).one()
    links = sa.select(
        sa.func.count().filter(AuditLink.actor_salt.is_(None)),
        sa.func.count().filter(AuditLink.details_salt.is_(None)),
    )
    assert (said["names"], said["details"]) == tuple(db.session.execute(links).one())
    assert said["names"] > 0


def test_her_mails_and_invitations_are_addressed_to_nobody(
    client: FlaskClient, manager: Actor
) -> None:
    _close(client, manager)

    assert db.session.scalars(sa.select(Mail)).all() == []
    assert db.session.scalars(sa.select(Invitation.email)).one().endswith("@closed.invalid")


def test_an_invitation_that_still_waited_for_her_waits_no_more(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    """Else it would be sent again to nowhere."""
    her = make.member(Role.BILLING, email="ines@people.example")
    visitor = app.test_client()
    sign_in(visitor, owner)
    visitor.post(f"/acme/equipe/{_membership(her)}/retirer")
    again = {"email": "ines@people.example", "role": "billing"}
    assert visitor.post("/acme/equipe/inviter", data=again).status_code == 303
    before = visitor.get("/acme/equipe").text

    assert _close(client, her) == 303

    page = visitor.get("/acme/equipe").text
    assert "ines@people.example" in before
    assert "closed.invalid" not in page
    assert "ines@people.example" not in page


def test_no_deed_names_her_whatever_was_done_to_her(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    """Reminders, an audit opened for her, her address that came back, a directory’s words."""
    address, place = "ines@people.example", make.establishment()
    her = make.member(Role.AUDITOR, email=address, establishments=[place])
    engage(owner, her, places=[place])
    note = Mail(
        user_id=her.user_id, to_address=address, to_name=her.name, subject="x", text="x",
        html="x", message_id="<y@example>", state=MailState.SENT,
    )  # fmt: skip
    db.session.add_all(
        [note, MailSuppression(address=address, reason=Fault.HARD, detail="550 no such user")]
    )
    db.session.flush()
    elsewhere = uuid.uuid4()
    audit.record(None, "reminder.sent", subject="mail", subject_id=note.id, to=her.name)
    audit.record(
        None, "mail.address_suppressed", subject="mail", subject_id=elsewhere, address=address
    )
    audit.record(
        None, "directory.turned_away", subject="directory", subject_id=elsewhere, label=address
    )
    audit.record(her, "directory.tied", subject="directory", subject_id=uuid.uuid4(), label="Inès")
    db.session.commit()

    assert _close(client, her) == 303

    found = db.session.scalars(sa.select(AuditEvent)).all()
    assert len(found) > 5
    for word in (her.name, address, "Inès"):
        assert [it.action for it in found if word in f"{it.actor_name} {it.details}"] == []
    assert db.session.scalars(sa.select(MailSuppression)).all() == []
    verdict = verification.verify()
    assert (verdict.finding, verdict.untold) == (None, 0)
    assert verdict.erased > 0
    visitor = app.test_client()
    sign_in(visitor, owner)
    assert "un rappel à (effacé)" in visitor.get("/acme/journal").text


def test_whoever_collected_a_proof_is_named_no_more(
    client: FlaskClient, owner: Actor, manager: Actor
) -> None:
    sign_in(client, owner)
    made = client.post(f"{HERE}/nouvelle", data={**FORM, "person": str(owner.user_id)}).location
    version = re.findall(r'name="version" value="(\d+)"', client.get(f"{made}/modifier").text)[0]
    form = {
        "title": "Le relevé",
        "months": "3",
        "collector": "colleague",
        "person": str(manager.user_id),
        "version": version,
    }
    assert client.post(f"{made}/modifier", data=form).status_code == 303
    db.session.rollback()
    before = db.session.scalars(sa.select(AuditEvent.details)).all()

    assert _close(client, manager) == 303

    assert any(manager.name in str(it) for it in before if "changes" in it)
    assert db.session.scalars(sa.select(Collection.person_name)).one() == closing.NAMELESS
    after = db.session.scalars(sa.select(AuditEvent.details)).all()
    assert [it for it in after if manager.name in str(it)] == []


def test_the_last_owner_is_told_to_name_another(
    client: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)

    page = client.get("/mon-compte/fermer").text
    answer = client.post("/mon-compte/fermer")

    assert "Acme : vous êtes la seule personne à l’administration" in page
    assert 'href="/acme/equipe"' in page
    assert 'action="/mon-compte/fermer"' not in page
    assert answer.status_code == 422
    assert client.get("/acme/equipe").status_code == 200


def test_nothing_is_begun_elsewhere_where_one_tenant_needs_her(
    client: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        tenants.admit(owner.user_id, role=Role.TECHNICIAN)
        db.session.commit()

    assert _close(client, owner) == 422

    assert client.get("/globex/parc").status_code == 200


def test_of_two_owners_one_may_close_her_account(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    other = make.member(Role.OWNER)
    visitor = app.test_client()
    sign_in(visitor, other)

    assert _close(client, owner) == 303
    assert _close(visitor, other) == 422


def test_the_same_address_may_come_again(client: FlaskClient, manager: Actor) -> None:
    _close(client, manager)

    assert make.member(Role.MANAGER, email="jeanne@people.example").user_id != manager.user_id


def test_every_personal_table_is_emptied_but_those_that_say_why() -> None:
    emptied = {
        table.name
        for table in Base.metadata.sorted_tables
        if "user_id" in table.columns and "tenant_id" not in table.columns
    } - closing.STAYING

    assert emptied == (PERSONAL | {"platform_identity"}) - {"operator"}
