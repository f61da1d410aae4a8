"""Invitations by real requests: held out, read, taken up, sent again, withdrawn."""

import base64
import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.kit import clock, outbox
from portal.people import jobs, tokens
from portal.people.models import Invitation, InvitationEstablishment, InvitationState
from portal.reminders.models import Mail
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import Membership, UserAccount
from tenants.roles import PROVIDER_ROLES, Role
from tests import make
from tests.conftest import sign_in
from tests.people.post import deliver, link_to

NEW = {"name": "Ann Example", "password": "six chevaux lents dans la brume"}


@pytest.fixture
def place(owner: Actor) -> uuid.UUID:
    return make.establishment("EHPAD du Test")


def _invite(
    client: FlaskClient, role: str, email: str = "ann@people.example", **more: object
) -> int:
    data = {"email": email, "role": role, **more}
    return client.post("/acme/equipe/inviter", data=data).status_code


def _memberships(email: str) -> list[tuple[uuid.UUID, Role, bool]]:
    rows = db.session.execute(
        db.select(Membership.tenant_id, Membership.role, Membership.whole_tenant)
        .join(UserAccount, UserAccount.id == Membership.user_id)
        .where(UserAccount.email == email, Membership.revoked_at.is_(None))
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _row() -> Invitation:
    db.session.rollback()
    db.session.expire_all()
    found: Invitation = db.session.execute(db.select(Invitation)).scalar_one()
    return found


def test_a_director_is_invited_accepts_and_sees_only_her_establishment(
    client: FlaskClient, app: Flask, owner: Actor, place: uuid.UUID
) -> None:
    other = make.establishment("EHPAD d’à côté")
    sign_in(client, owner)
    assert _invite(client, "director", establishments=[str(place)]) == 303
    link = link_to(deliver(owner))
    visitor = app.test_client()
    page = visitor.get(link)
    assert "EHPAD du Test" in page.text
    assert "Acme" in page.text

    answer = visitor.post(link, data=NEW)

    assert answer.headers["Location"] == "/acme/"
    assert _memberships("ann@people.example") == [(owner.tenant_id, Role.DIRECTOR, False)]
    assert visitor.get(f"/acme/etablissements/{place}").status_code == 200
    assert visitor.get(f"/acme/etablissements/{other}").status_code == 404
    assert visitor.get("/acme/equipe").status_code == 403


def test_looking_at_an_invitation_never_takes_it_up(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    link = link_to(deliver(owner))

    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        assert app.test_client().open(link, method=method).status_code == 200

    assert _row().state is InvitationState.OPEN
    assert app.test_client().post(link, data=NEW).status_code == 303


def test_a_scanner_that_posts_takes_nothing_up(
    client: FlaskClient, app: Flask, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    link = link_to(deliver(owner))
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert app.test_client().post(link).status_code == 400
    assert app.test_client().post(link, data=NEW).status_code == 400

    assert _row().state is InvitationState.OPEN
    assert _memberships("ann@people.example") == []


def test_the_token_is_kept_as_a_digest_alone(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    written = link_to(deliver(owner)).rpartition("/")[2]

    row = _row()
    token = tokens.read(written)

    assert token is not None
    assert row.digest == token.digest
    assert written not in {str(value) for value in vars(row).values()}
    promised = db.session.execute(db.select(outbox.Outbox.payload)).scalars()
    assert all(written not in str(payload) for payload in promised)


def test_a_link_serves_once(client: FlaskClient, app: Flask, owner: Actor) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    link = link_to(deliver(owner))
    visitor = app.test_client()
    visitor.post(link, data=NEW)

    assert visitor.get(link).status_code == 404
    assert visitor.post(link).status_code == 404
    assert app.test_client().post(link, data=NEW).status_code == 404


def test_sending_again_kills_the_earlier_link(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    first = link_to(deliver(owner))

    answer = client.post(f"/acme/equipe/invitations/{_row().id}/renvoyer")

    assert answer.status_code == 303
    assert app.test_client().get(first).status_code == 404
    second = link_to(deliver(owner))
    assert app.test_client().get(second).status_code == 200
    assert _row().resent == 1


def test_a_withdrawn_invitation_opens_nothing(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    link = link_to(deliver(owner))

    client.post(f"/acme/equipe/invitations/{_row().id}/retirer")

    assert app.test_client().get(link).status_code == 404
    assert app.test_client().post(link, data=NEW).status_code == 404


def test_an_invitation_withdrawn_before_its_mail_left_is_not_written(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    client.post(f"/acme/equipe/invitations/{_row().id}/retirer")

    assert deliver(owner) == []


def test_an_invitation_lapses(client: FlaskClient, app: Flask, owner: Actor) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    link = link_to(deliver(owner))
    with time_machine.travel(clock.now() + timedelta(days=14, seconds=1), tick=False):
        lapsed = app.test_client().get(link)
        used = app.test_client().post(link, data=NEW)

    assert (lapsed.status_code, used.status_code) == (404, 404)


def test_every_dead_link_answers_alike(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    link = link_to(deliver(owner))
    visitor = app.test_client()
    visitor.post(link, data=NEW)
    never, _token = tokens.make(owner.tenant_id)
    nowhere, _token = tokens.make(uuid.uuid4())
    foreign, _token = tokens.make(stranger.tenant_id)
    dead = [link, *(f"/invitation/{it}" for it in (never, nowhere, foreign, "x", "é", "x" * 3000))]

    answers = [app.test_client().get(path) for path in dead]

    assert {answer.status_code for answer in answers} == {404}
    faces = {re.sub(r'csrf[^>]*content="[^"]*"|value="[^"]*"', "", a.text) for a in answers}
    assert len(faces) == 1


def test_r11_an_invitation_of_one_tenant_opens_no_other(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    """The tenant is under the digest: the same secret at another tenant's door is another token."""
    sign_in(client, owner)
    _invite(client, "owner")
    written = link_to(deliver(owner)).rpartition("/")[2]
    raw = base64.urlsafe_b64decode(written)
    moved = base64.urlsafe_b64encode(stranger.tenant_id.bytes + raw[16:]).decode()

    answer = app.test_client().post(f"/invitation/{moved}", data=NEW)

    assert answer.status_code == 404
    assert _row().state is InvitationState.OPEN
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        assert _memberships("ann@people.example") == []
        db.session.rollback()


def test_r11_an_invitation_is_bound_to_its_role_and_establishments(
    client: FlaskClient, app: Flask, owner: Actor, place: uuid.UUID
) -> None:
    other = make.establishment()
    sign_in(client, owner)
    _invite(client, "member", establishments=[str(place)])
    link = link_to(deliver(owner))

    more = {**NEW, "role": "owner", "whole_tenant": "1", "establishments": str(other)}
    app.test_client().post(link, data=more)

    assert _memberships("ann@people.example") == [(owner.tenant_id, Role.MEMBER, False)]


def test_r11_an_invitation_is_bound_to_its_address(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    link = link_to(deliver(owner))
    visitor = app.test_client()
    sign_in(visitor, stranger)

    page, answer = (
        visitor.get(link),
        visitor.post(link, data={**NEW, "email": "owner@globex.example"}),
    )

    assert "owner@globex.example" in page.text
    assert answer.status_code == 403
    assert _memberships("owner@globex.example") == []
    assert _row().state is InvitationState.OPEN


def test_r17_inviting_somebody_moves_nobody_into_one_s_tenant(
    client: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    """A person who exists elsewhere joins by her own act alone, and her name is not told."""
    sign_in(client, owner)

    _invite(client, "manager", email="Owner@Globex.example")
    page = client.get("/acme/equipe").text

    assert _memberships("owner@globex.example") == []
    assert "owner@globex.example" in page
    assert "Owner of globex" not in page


def test_r17_who_accepts_keeps_what_she_has_elsewhere(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    _invite(client, "technician", email="owner@globex.example")
    link = link_to(deliver(owner))
    visitor = app.test_client()
    sign_in(visitor, stranger)

    assert visitor.post(link).headers["Location"] == "/acme/"

    assert _memberships("owner@globex.example") == [(owner.tenant_id, Role.TECHNICIAN, True)]
    assert visitor.get("/globex/equipe").status_code == 200
    assert visitor.get("/acme/parc").status_code == 200


def test_somebody_with_an_account_signs_in_and_comes_back(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    _invite(client, "manager", email="owner@globex.example")
    link = link_to(deliver(owner))

    answer = app.test_client().post(link, data=NEW)

    assert answer.headers["Location"] == f"/connexion?next={link}"
    assert _memberships("owner@globex.example") == []


@pytest.mark.parametrize("role", list(Role))
def test_r9_a_role_is_granted_by_who_holds_as_much_on_every_path(
    client: FlaskClient, app: Flask, owner: Actor, place: uuid.UUID, role: Role
) -> None:
    """Inviting, sending again and changing a member answer alike, whatever the role."""
    manager = make.member(Role.MANAGER)
    other = make.member(Role.TECHNICIAN)
    other_id = _membership_id(other)
    ends = (clock.today() + timedelta(days=20)).isoformat()
    more: dict[str, object] = {"establishments": [str(place)], "ends_on": ends}
    sign_in(client, owner)
    _invite(client, role.value, "first@people.example", **more)
    sent = _row().id
    sign_in(client, manager)

    invited = _invite(client, role.value, "ann@people.example", **more)
    resent = client.post(f"/acme/equipe/invitations/{sent}/renvoyer").status_code
    changed = client.post(f"/acme/equipe/{other_id}", data={"role": role.value, **more}).status_code

    expected = 403 if role in {Role.OWNER, Role.DIRECTOR} else 303
    assert (invited, resent, changed) == (expected, expected, expected)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.OWNER, Role.MANAGER}])
def test_r9_who_may_not_write_accesses_reaches_none_of_the_paths(
    client: FlaskClient, owner: Actor, place: uuid.UUID, role: Role
) -> None:
    reached = [] if role in PROVIDER_ROLES else [place]
    actor = make.member(role, establishments=reached)
    mine = _membership_id(actor)
    sign_in(client, actor)

    answers = {
        _invite(client, "billing"),
        client.post(f"/acme/equipe/{mine}", data={"role": "owner"}).status_code,
        client.post(f"/acme/equipe/{mine}/retirer").status_code,
        client.post(f"/acme/equipe/invitations/{uuid.uuid4()}/renvoyer").status_code,
    }

    assert answers == {403}


def test_r9_an_invitation_dies_with_the_rights_of_who_sent_it(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    manager = make.member(Role.MANAGER)
    sign_in(client, manager)
    _invite(client, "manager")
    link = link_to(deliver(owner))
    sign_in(client, owner)
    client.post(f"/acme/equipe/{_membership_id(manager)}", data={"role": "technician"})

    assert app.test_client().get(link).status_code == 404
    assert app.test_client().post(link, data=NEW).status_code == 404
    assert _memberships("ann@people.example") == []


@pytest.mark.parametrize(
    ("role", "days", "status"),
    [
        ("auditor", None, 422),
        ("auditor", -1, 422),
        ("auditor", 180, 303),
        ("auditor", 181, 422),
        ("manager", 400, 303),
        ("manager", None, 303),
    ],
)
def test_an_audit_has_an_end_within_180_days(
    client: FlaskClient, owner: Actor, place: uuid.UUID, role: str, days: int | None, status: int
) -> None:
    sign_in(client, owner)
    last = (clock.today() + timedelta(days=days)).isoformat() if days is not None else ""

    assert _invite(client, role, establishments=[str(place)], ends_on=last) == status


@pytest.mark.parametrize("role", ["director", "member", "auditor"])
def test_r3_an_outsider_is_invited_to_establishments_of_this_tenant_alone(
    client: FlaskClient, owner: Actor, stranger: Actor, place: uuid.UUID, role: str
) -> None:
    with tenant_scope(stranger.tenant_id):
        foreign = make.establishment()
        db.session.remove()
    ends = (clock.today() + timedelta(days=20)).isoformat()
    sign_in(client, owner)

    for listed in ([], [str(foreign)], [str(place), str(foreign)], [str(uuid.uuid4())]):
        assert _invite(client, role, establishments=listed, ends_on=ends) == 422

    assert db.session.execute(db.select(InvitationEstablishment)).all() == []


def test_somebody_who_is_in_or_invited_is_not_invited_again(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    assert _invite(client, "manager") == 303

    assert _invite(client, "technician", email=" ANN@people.example ") == 409
    assert _invite(client, "technician", email="owner@acme.example") == 409


def test_who_left_comes_back_with_the_new_role_alone(
    client: FlaskClient, app: Flask, owner: Actor, place: uuid.UUID
) -> None:
    manager = make.member(Role.MANAGER, email="back@people.example")
    sign_in(client, owner)
    client.post(f"/acme/equipe/{_membership_id(manager)}/retirer")
    _invite(client, "member", email="back@people.example", establishments=[str(place)])
    visitor = app.test_client()
    sign_in(visitor, manager)

    assert visitor.post(link_to(deliver(owner))).status_code == 303

    assert _memberships("back@people.example") == [(owner.tenant_id, Role.MEMBER, False)]
    assert visitor.get("/acme/equipe").status_code == 403


def test_the_picker_finds_among_many_and_keeps_what_is_ticked(
    client: FlaskClient, owner: Actor, place: uuid.UUID
) -> None:
    for number in range(30):
        make.establishment(f"Foyer {number:02}")
    sign_in(client, owner)

    few = client.post(
        "/acme/equipe/etablissements", data={"find": "foyer", "establishments": str(place)}
    ).text
    every = client.post(
        "/acme/equipe/inviter", data={"find": "foyer", "search": "all", "role": "member"}
    )

    assert few.count("checkbox") == 21
    assert few.count("checked") == 1
    assert every.status_code == 200
    assert every.text.count('name="establishments"') == 30
    assert db.session.execute(db.select(Invitation)).all() == []


def test_a_mail_s_job_done_twice_leaves_one_link_alive(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    sign_in(client, owner)
    _invite(client, "manager")
    first = link_to(deliver(owner))
    held = outbox.Lease(
        uuid.uuid4(), "people.invite", {"invitation_id": str(_row().id)}, 1, 1, True
    )

    jobs.invite.run(held)

    second = link_to(list(db.session.scalars(db.select(Mail).order_by(Mail.id))))
    assert app.test_client().get(first).status_code == 404
    assert app.test_client().get(second).status_code == 200


def _membership_id(actor: Actor) -> uuid.UUID:
    db.session.rollback()
    found: uuid.UUID = db.session.execute(
        db.select(Membership.id).where(Membership.user_id == actor.user_id)
    ).scalar_one()
    return found
