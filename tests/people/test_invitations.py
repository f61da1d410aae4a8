"""Invitations by real requests: held out, read, taken up, sent again, withdrawn."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.kit import clock, numbering, outbox, tokens
from portal.kit.numbering import Number
from portal.people import jobs
from portal.people.models import Invitation, InvitationState
from portal.reminders.models import Mail
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.people.post import NEW, deliver, invite, link_to, memberships, row


def test_a_director_is_invited_accepts_and_sees_only_her_establishment(
    client: FlaskClient, app: Flask, owner: Actor, place: uuid.UUID
) -> None:
    other = make.establishment("EHPAD d’à côté")
    sign_in(client, owner)
    assert invite(client, "director", establishments=[str(place)]) == 303
    link = link_to(deliver(owner))
    visitor = app.test_client()
    page = visitor.get(link)
    assert "EHPAD du Test" in page.text
    assert "Acme" in page.text

    answer = visitor.post(link, data=NEW)

    assert answer.headers["Location"] == "/acme/"
    assert memberships("ann@people.example") == [(owner.tenant_id, Role.DIRECTOR, False)]
    assert visitor.get(f"/acme/etablissements/{place}").status_code == 200
    assert visitor.get(f"/acme/etablissements/{other}").status_code == 404
    assert visitor.get("/acme/equipe").status_code == 403


def test_looking_at_an_invitation_never_takes_it_up(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    sign_in(client, owner)
    invite(client, "manager")
    link = link_to(deliver(owner))

    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        assert app.test_client().open(link, method=method).status_code == 200

    assert row().state is InvitationState.OPEN
    assert app.test_client().post(link, data=NEW).status_code == 303


def test_a_scanner_that_posts_takes_nothing_up(
    client: FlaskClient, app: Flask, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, owner)
    invite(client, "manager")
    link = link_to(deliver(owner))
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert app.test_client().post(link).status_code == 400
    assert app.test_client().post(link, data=NEW).status_code == 400

    assert row().state is InvitationState.OPEN
    assert memberships("ann@people.example") == []


def test_the_token_is_kept_as_a_digest_alone(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    invite(client, "manager")
    written = link_to(deliver(owner)).rpartition("/")[2]

    kept = row()
    token = tokens.read(written)

    assert token is not None
    assert kept.digest == token.digest
    assert written not in {str(value) for value in vars(kept).values()}
    promised = db.session.execute(db.select(outbox.Outbox.payload)).scalars()
    assert all(written not in str(payload) for payload in promised)


def test_a_link_serves_once(client: FlaskClient, app: Flask, owner: Actor) -> None:
    sign_in(client, owner)
    invite(client, "manager")
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
    invite(client, "manager")
    first = link_to(deliver(owner))

    answer = client.post(f"/acme/equipe/invitations/{row().id}/renvoyer")

    assert answer.status_code == 303
    assert app.test_client().get(first).status_code == 404
    second = link_to(deliver(owner))
    assert app.test_client().get(second).status_code == 200
    assert row().resent == 1


def test_a_withdrawn_invitation_opens_nothing(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    sign_in(client, owner)
    invite(client, "manager")
    link = link_to(deliver(owner))

    client.post(f"/acme/equipe/invitations/{row().id}/retirer")

    assert app.test_client().get(link).status_code == 404
    assert app.test_client().post(link, data=NEW).status_code == 404


def test_an_invitation_withdrawn_before_its_mail_left_is_not_written(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    invite(client, "manager")
    client.post(f"/acme/equipe/invitations/{row().id}/retirer")

    assert deliver(owner) == []


def test_an_invitation_lapses(client: FlaskClient, app: Flask, owner: Actor) -> None:
    sign_in(client, owner)
    invite(client, "manager")
    link = link_to(deliver(owner))
    with time_machine.travel(clock.now() + timedelta(days=14, seconds=1), tick=False):
        lapsed = app.test_client().get(link)
        used = app.test_client().post(link, data=NEW)

    assert (lapsed.status_code, used.status_code) == (404, 404)


def test_every_dead_link_answers_alike(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    invite(client, "manager")
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
    assert "Cette invitation n’ouvre plus rien" in faces.pop()


def test_somebody_with_an_account_signs_in_and_comes_back(
    client: FlaskClient, app: Flask, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    invite(client, "manager", email="owner@globex.example")
    link = link_to(deliver(owner))

    answer = app.test_client().post(link, data=NEW)

    assert answer.headers["Location"] == f"/connexion?next={link}"
    assert memberships("owner@globex.example") == []


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


def test_a_mail_s_job_done_twice_writes_one_message_with_one_link(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    sign_in(client, owner)
    invite(client, "manager")
    first = link_to(deliver(owner))
    held = outbox.Lease(uuid.uuid4(), "people.invite", {"invitation_id": str(row().id)}, 1, 1, True)

    jobs.invite.run(held)

    db.session.commit()
    (only,) = db.session.scalars(db.select(Mail)).all()
    assert link_to([only]) == first
    assert numbering.read(only.message_id) == Number(owner.tenant_id, row().id, "invites", 0)
    assert app.test_client().get(first).status_code == 200
