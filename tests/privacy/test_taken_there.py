"""What a tenant keeps of somebody under her addresses, and what it gave her to do."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from portal.accounts.models import AddressChange
from portal.actions.models import Action
from portal.audit import service as audit
from portal.collecting import undoing
from portal.collecting.models import Collection
from portal.contests.models import Side
from portal.kit import clock
from portal.people.models import Invitation, InvitationState
from portal.reminders.kinds import Subject
from portal.reminders.models import Mail, MailState, Reminder
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.roles import Role
from tenants.scoping import new_id
from tests import make
from tests.collecting.turns import sets_up
from tests.conftest import sign_in
from tests.privacy.archives import taken


def _mail(owner: Actor, address: str, **more: Any) -> Mail:
    return Mail(
        id=new_id(),
        user_id=owner.user_id,
        to_address=address,
        to_name="",
        subject="Rappel",
        text="Texte",
        html="",
        message_id=f"<{new_id()}@example>",
        state=MailState.SENT,
        **more,
    )


def test_messages_to_her_are_hers_and_those_she_had_sent_to_others_are_not(
    client: FlaskClient, owner: Actor
) -> None:
    db.session.add_all(_mail(owner, it) for it in ("owner@acme.example", "ann@people.example"))
    db.session.commit()
    sign_in(client, owner)

    assert _written_to(client) == ["owner@acme.example"]


def _written_to(client: FlaskClient) -> list[str]:
    return sorted(row["to_address"] for row in taken(client)["messages-acme.json"])


def test_what_she_was_told_at_an_address_of_before_is_hers(
    client: FlaskClient, owner: Actor
) -> None:
    """However long ago she left it: what reminded her, and what told her the week."""
    reminds = _mail(owner, "reminded@before.example")
    told = Reminder(
        user_id=owner.user_id,
        subject=Subject.ACTION,
        subject_id=new_id(),
        due_on=clock.today(),
        stage=7,
        mail_id=reminds.id,
    )
    weekly = _mail(owner, "week@before.example", weekly=True)
    invites = _mail(owner, "ann@people.example")
    db.session.add_all([reminds, told, weekly, invites])
    db.session.commit()
    sign_in(client, owner)

    assert _written_to(client) == ["reminded@before.example", "week@before.example"]


def _given_up(owner: Actor, address: str, at: datetime) -> None:
    """This was her address until then."""
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        change = AddressChange(
            user_id=owner.user_id, former=address, changed_at=at, digest="DIGEST"
        )
        db.session.add(change)
        db.session.commit()


def _invited(owner: Actor, email: str, **more: Any) -> Invitation:
    row = Invitation(
        id=new_id(),
        email=email,
        role=Role.MANAGER,
        expires_at=clock.now(),
        invited_by=owner.user_id,
        invited_by_name=owner.name,
        digest=f"DIGEST {email}",
        **more,
    )
    db.session.add(row)
    return row


def test_invitations_to_an_address_of_hers_are_hers_without_what_opens_them(
    client: FlaskClient, owner: Actor
) -> None:
    now = clock.now()
    person = make.member(Role.MANAGER, email="ann@people.example")
    _invited(owner, "ann@people.example")
    _invited(owner, "ann@before.example", created_at=now - timedelta(days=3))
    _invited(owner, "bob@people.example")
    db.session.commit()
    _given_up(person, "ann@before.example", now - timedelta(days=2))
    sign_in(client, person)

    files = taken(client)

    found = {row["email"]: row for row in files["invitations-acme.json"]}
    assert {*found} == {"ann@people.example", "ann@before.example"}
    assert found["ann@people.example"]["role"] == "manager"
    assert found["ann@people.example"]["invited_by_name"] == owner.name
    assert "DIGEST" not in str(files)


def test_what_was_sent_to_an_address_after_she_left_it_is_somebody_else_s(
    client: FlaskClient, owner: Actor
) -> None:
    now = clock.now()
    _invited(owner, "desk@before.example", created_at=now - timedelta(days=1))
    db.session.commit()
    _given_up(owner, "desk@before.example", now - timedelta(days=2))
    sign_in(client, owner)

    assert taken(client)["invitations-acme.json"] == []


def test_of_invitations_taken_up_each_is_hers_who_took_it(
    client: FlaskClient, owner: Actor
) -> None:
    """Whatever address it went to: another may have had hers before."""
    her = make.member(Role.MANAGER, email="desk@people.example")
    before_her = make.member(Role.MANAGER)
    for email, who in (("long@before.example", her), ("desk@people.example", before_her)):
        row = _invited(owner, email, state=InvitationState.ACCEPTED)
        db.session.flush()
        audit.record(who, "invitation.accepted", subject="invitation", subject_id=row.id)
    db.session.commit()
    sign_in(client, her)

    files = taken(client)

    assert [row["email"] for row in files["invitations-acme.json"]] == ["long@before.example"]


def test_a_list_sees_no_invitation_and_no_file_says_that_there_is_none(
    client: FlaskClient, owner: Actor
) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(client, director)

    files = taken(client)

    assert "actions-acme.json" in files
    assert "invitations-acme.json" not in files


def _action(place: uuid.UUID, title: str, doer: Actor | None) -> Action:
    return Action(
        establishment_id=place,
        title=title,
        side=Side.ESTABLISHMENT,
        owner_id=doer.user_id if doer else None,
        owner_name=doer.name if doer else "",
        opened_by_name="Owner",
    )


def test_what_is_given_to_her_is_hers_as_far_as_she_sees_it(
    client: FlaskClient, owner: Actor
) -> None:
    here, elsewhere = make.establishment(), make.establishment()
    director = make.member(Role.DIRECTOR, establishments=[here])
    other = make.member(Role.DIRECTOR, establishments=[here])
    db.session.add_all(
        [
            _action(here, "Hers", director),
            _action(here, "Another's", other),
            _action(here, "Whoever's", None),
            _action(elsewhere, "Out of her reach", director),
        ]
    )
    db.session.commit()
    sign_in(client, director)

    files = taken(client)

    found = [(row["title"], row["state"]) for row in files["actions-acme.json"]]
    assert found == [("Hers", "todo")]


def test_what_she_collects_is_hers_without_who_collected_it_before(
    client: FlaskClient, owner: Actor
) -> None:
    her = make.member(Role.MANAGER)
    sets_up(her)
    row = db.session.get_one(Collection, (owner.tenant_id, sets_up(owner, code="SAUV-03")))
    row.before = undoing.kept(row) | {"person_name": "Jeanne Before"}
    row.person_id, row.person_name = her.user_id, her.name
    sets_up(owner, code="SAUV-02")
    db.session.commit()
    sign_in(client, her)

    files = taken(client)

    codes = {it["requirement_code"] for it in files["collections-acme.json"]}
    assert codes == {"SAUV-04", "SAUV-03"}
    assert "Jeanne Before" not in str(files)
