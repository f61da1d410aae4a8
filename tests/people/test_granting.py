"""Who gives what to whom, by real requests: every path that grants is gated alike."""

import base64
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kit import clock
from portal.people.models import InvitationEstablishment, InvitationState
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import PROVIDER_ROLES, Role
from tests import make
from tests.conftest import sign_in
from tests.people.post import NEW, deliver, invite, link_to, membership_id, memberships, row


def test_r11_an_invitation_of_one_tenant_opens_no_other(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    """The tenant is under the digest: the same secret at another tenant's door is another token."""
    sign_in(client, owner)
    invite(client, "owner")
    written = link_to(deliver(owner)).rpartition("/")[2]
    raw = base64.urlsafe_b64decode(written)
    moved = base64.urlsafe_b64encode(stranger.tenant_id.bytes + raw[16:]).decode()

    answer = app.test_client().post(f"/invitation/{moved}", data=NEW)

    assert answer.status_code == 404
    assert row().state is InvitationState.OPEN
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        assert memberships("ann@people.example") == []
        db.session.rollback()


def test_r11_an_invitation_is_bound_to_its_role_and_establishments(
    client: FlaskClient, app: Flask, owner: Actor, place: uuid.UUID
) -> None:
    other = make.establishment()
    sign_in(client, owner)
    invite(client, "member", establishments=[str(place)])
    link = link_to(deliver(owner))

    more = {**NEW, "role": "owner", "whole_tenant": "1", "establishments": str(other)}
    app.test_client().post(link, data=more)

    assert memberships("ann@people.example") == [(owner.tenant_id, Role.MEMBER, False)]


def test_r11_an_invitation_is_bound_to_its_address(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    invite(client, "manager")
    link = link_to(deliver(owner))
    visitor = app.test_client()
    sign_in(visitor, stranger)

    page, answer = (
        visitor.get(link),
        visitor.post(link, data={**NEW, "email": "owner@globex.example"}),
    )

    assert "owner@globex.example" in page.text
    assert answer.status_code == 403
    assert memberships("owner@globex.example") == []
    assert row().state is InvitationState.OPEN


def test_r17_inviting_somebody_moves_nobody_into_one_s_tenant(
    client: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    """A person who exists elsewhere joins by her own act alone, and her name is not told."""
    sign_in(client, owner)

    invite(client, "manager", email="Owner@Globex.example")
    page = client.get("/acme/equipe").text

    assert memberships("owner@globex.example") == []
    assert "owner@globex.example" in page
    assert "Owner of globex" not in page


def test_r17_who_accepts_keeps_what_she_has_elsewhere(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    invite(client, "technician", email="owner@globex.example")
    link = link_to(deliver(owner))
    visitor = app.test_client()
    sign_in(visitor, stranger)

    assert visitor.post(link).headers["Location"] == "/acme/"

    assert memberships("owner@globex.example") == [(owner.tenant_id, Role.TECHNICIAN, True)]
    assert visitor.get("/globex/equipe").status_code == 200
    assert visitor.get("/acme/parc").status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_r9_a_role_is_granted_by_who_holds_as_much_on_every_path(
    client: FlaskClient, app: Flask, owner: Actor, place: uuid.UUID, role: Role
) -> None:
    """Inviting, sending again and changing a member answer alike, whatever the role."""
    manager = make.member(Role.MANAGER)
    other = make.member(Role.TECHNICIAN)
    other_id = membership_id(other)
    ends = (clock.today() + timedelta(days=20)).isoformat()
    more: dict[str, object] = {"establishments": [str(place)], "ends_on": ends}
    sign_in(client, owner)
    invite(client, role.value, "first@people.example", **more)
    sent = row().id
    sign_in(client, manager)

    invited = invite(client, role.value, "ann@people.example", **more)
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
    mine = membership_id(actor)
    sign_in(client, actor)

    answers = {
        invite(client, "billing"),
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
    invite(client, "manager")
    link = link_to(deliver(owner))
    sign_in(client, owner)
    client.post(f"/acme/equipe/{membership_id(manager)}", data={"role": "technician"})

    assert app.test_client().get(link).status_code == 404
    assert app.test_client().post(link, data=NEW).status_code == 404
    assert memberships("ann@people.example") == []


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

    assert invite(client, role, establishments=[str(place)], ends_on=last) == status


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
        assert invite(client, role, establishments=listed, ends_on=ends) == 422

    assert db.session.execute(db.select(InvitationEstablishment)).all() == []


def test_somebody_who_is_in_or_invited_is_not_invited_again(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    assert invite(client, "manager") == 303

    assert invite(client, "technician", email=" ANN@people.example ") == 409
    assert invite(client, "technician", email="owner@acme.example") == 409


def test_who_left_comes_back_with_the_new_role_alone(
    client: FlaskClient, app: Flask, owner: Actor, place: uuid.UUID
) -> None:
    manager = make.member(Role.MANAGER, email="back@people.example")
    sign_in(client, owner)
    client.post(f"/acme/equipe/{membership_id(manager)}/retirer")
    invite(client, "member", email="back@people.example", establishments=[str(place)])
    visitor = app.test_client()
    sign_in(visitor, manager)

    assert visitor.post(link_to(deliver(owner))).status_code == 303

    assert memberships("back@people.example") == [(owner.tenant_id, Role.MEMBER, False)]
    assert visitor.get("/acme/equipe").status_code == 403
