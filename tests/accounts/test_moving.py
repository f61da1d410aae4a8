"""Another e-mail address: proved from the new one, undone from the old one, told to nobody else."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import codes, comeback, moving
from portal.audit.models import AuditEvent
from portal.kit import clock, tokens
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.models import SignIn
from tests.accounts.lost import EMAIL, Travel, asked, texts, waiting
from tests.accounts.moves import ASK, CODE, NEW, NEXT, address, moved, wanted
from tests.carrying import carry
from tests.conftest import sign_in
from tests.smtp import Inbox


def test_the_code_from_the_new_address_moves_the_account(
    app: Flask, ann: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, owner)
    code = wanted(app, ann, inbox, " Ann@NEW.example ")
    answer = ann.post(CODE, data={"code": code})
    carry(app)
    (envelope,) = inbox.taken

    assert answer.status_code == 303
    assert address(owner) == NEW
    assert envelope.rcpt_tos == [EMAIL]
    assert ann.get("/mon-compte").status_code == 200
    assert elsewhere.get("/mon-compte").status_code == 303


def test_the_code_goes_to_the_new_address_alone(app: Flask, ann: FlaskClient, inbox: Inbox) -> None:
    ann.post(ASK, data={"email": NEW})
    carry(app)

    assert [envelope.rcpt_tos for envelope in inbox.taken] == [[NEW]]


def test_the_code_moves_nothing_in_another_browser_nor_later_nor_twice(
    app: Flask, ann: FlaskClient, owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    other = app.test_client()
    sign_in(other, owner)
    code = wanted(app, ann, inbox)
    other.post(ASK, data={"email": NEW})

    assert other.post(CODE, data={"code": code}).status_code == 422
    assert app.test_client().post(CODE, data={"code": code}).status_code == 401
    assert ann.post(CODE, data={"code": "1234"}).status_code == 422
    travel(codes.GOOD_FOR - timedelta(minutes=1))
    assert ann.post(CODE, data={"code": code}).status_code == 303
    assert ann.post(CODE, data={"code": code}).headers["Location"] == ASK


@pytest.mark.parametrize("path", [ASK, CODE])
def test_it_is_a_sensitive_act(app: Flask, ann: FlaskClient, owner: Actor, path: str) -> None:
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        past = clock.now() - timedelta(minutes=16)
        db.session.execute(db.update(SignIn).values(confirmed_at=past))
        db.session.commit()

    there = ann.post(path, data={"email": NEW, "code": "1"}).headers["Location"]

    assert there.startswith("/confirmer?")


@pytest.mark.parametrize("email", [EMAIL, "Owner@Acme.example", "nowhere", "a@b", ""])
def test_an_address_that_makes_no_sense_is_refused(
    app: Flask, ann: FlaskClient, inbox: Inbox, email: str
) -> None:
    assert ann.post(ASK, data={"email": email}).status_code == 422
    assert texts(app, inbox) == []


def test_an_address_that_has_an_account_is_told_to_its_reader_alone(
    app: Flask, owner: Actor, stranger: Actor, inbox: Inbox
) -> None:
    faces, told = [], []
    for email in ("owner@globex.example", NEW):
        client = app.test_client()
        sign_in(client, owner)
        answer = client.post(ASK, data={"email": email})
        page = client.get(ASK).text.replace(email, "…")
        refused = client.post(CODE, data={"code": "00000000"}).text.replace(email, "…")
        bare = [
            re.sub(r'(csrf_token" value|csrf-token" content)="[^"]*"', "", text)
            for text in (page, refused)
        ]
        faces.append((answer.status_code, answer.headers["Location"], *bare))
        told.append(texts(app, inbox))

    assert faces[0] == faces[1]
    assert "Elle a déjà un compte" in told[0][0]
    assert not re.search(r"\d{4} \d{4}", told[0][0])
    assert len(told[0]) == len(told[1]) == 1


def test_somebody_quicker_has_the_address(
    app: Flask, ann: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    code = wanted(app, ann, inbox)
    db.session.rollback()
    tenants.register_user(email=NEW, name="Quick", password_hash=None)
    db.session.commit()

    assert ann.post(CODE, data={"code": code}).status_code == 422
    assert address(owner) == EMAIL


def test_the_former_address_takes_the_account_back_by_a_form_alone(
    app: Flask, ann: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    there = moved(app, ann, inbox)
    looked, still = app.test_client().get(there), address(owner)
    done = app.test_client().post(there)

    assert (looked.status_code, still) == (200, NEW)
    assert done.status_code == 200
    assert address(owner) == EMAIL
    assert ann.get("/mon-compte").status_code == 303
    assert app.test_client().post(there).status_code == 404


def test_it_can_for_seven_days(
    app: Flask, ann: FlaskClient, owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    there = moved(app, ann, inbox)
    travel(moving.UNDO_WITHIN)

    assert app.test_client().post(there).status_code == 404
    assert address(owner) == NEW


def test_a_later_address_takes_nothing_back_once_an_earlier_one_has(
    app: Flask, ann: FlaskClient, owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    """Or whoever moved the account twice would take it again."""
    first = moved(app, ann, inbox)
    travel(timedelta(seconds=5))
    second = moved(app, ann, inbox, NEXT)
    app.test_client().post(first)

    assert app.test_client().post(second).status_code == 404
    assert address(owner) == EMAIL


def test_the_link_of_a_stranger_takes_nothing_back(
    app: Flask, ann: FlaskClient, owner: Actor, stranger: Actor, inbox: Inbox
) -> None:
    moved(app, ann, inbox)
    forged = (tokens.make(owner.user_id)[0], tokens.make(stranger.user_id)[0], "x")
    answers = {app.test_client().post(f"/adresse-precedente/{it}").status_code for it in forged}

    assert answers == {404}
    assert address(owner) == NEW


def test_an_address_that_somebody_has_by_now_is_not_taken_from_her(
    app: Flask, ann: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    there = moved(app, ann, inbox)
    db.session.rollback()
    tenants.register_user(email=EMAIL, name="Another", password_hash=None)
    db.session.commit()

    assert app.test_client().post(there).status_code == 409
    assert address(owner) == NEW


@pytest.mark.parametrize("act", ["move", "back"])
def test_who_waits_to_come_back_was_told_of_it_elsewhere(
    app: Flask, lost: list[str], ann: FlaskClient, owner: Actor, inbox: Inbox, act: str
) -> None:
    if act == "move":
        asked(app)
        moved(app, ann, inbox)
    else:
        there = moved(app, ann, inbox)
        db.session.rollback()
        with entered(Scope(user_id=owner.user_id)):
            comeback.ask(owner.user_id, at=clock.now())
            db.session.commit()
        app.test_client().post(there)

    assert not waiting(owner)


def test_the_journal_says_that_it_was_changed_and_to_nobody_what(
    app: Flask, ann: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    app.test_client().post(moved(app, ann, inbox))
    db.session.rollback()
    noted = db.session.execute(
        db.select(AuditEvent.action, AuditEvent.actor_id, AuditEvent.details).where(
            AuditEvent.subject_type == "member"
        )
    ).all()

    assert [tuple(row) for row in noted] == [
        ("member.moved", owner.user_id, {}),
        ("member.moved_back", owner.user_id, {}),
    ]
