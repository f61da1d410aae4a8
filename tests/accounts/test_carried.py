"""What a person is told of her account leaves once, whatever dies, and is nobody else's to read."""

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from portal import dispatcher, worker
from portal.accounts import codes
from portal.accounts.codes import Purpose
from portal.kit import clock, mail, outbox, postman
from portal.kit.outbox import Outbox, OutboxState
from portal.kit.postman import Addressee, Note
from tenants.access import Actor
from tenants.context import NO_SCOPE, NO_TENANT, Reach, Scope, entered, tenant_scope
from tenants.db import db
from tests import live as alive
from tests.carrying import carry, owed
from tests.smtp import Inbox, serving

live = alive.live
ANN = Addressee("ann@people.example", "Ann Exemple")
SECRET = "4815 1623"
NOTE = Note("Sujet", ["Une phrase."], code=SECRET, link=("Ouvrir", "https://x.example/jeton"))


def _write(app: Flask, *, leaves: bool = True) -> None:
    with app.test_request_context():
        postman.write(ANN, NOTE, leaves=leaves)
        db.session.commit()


def _row(app: Flask) -> Outbox:
    with app.app_context(), tenant_scope(NO_TENANT):
        found: Outbox = db.session.scalars(sa.select(Outbox)).one()
        db.session.expunge_all()
        db.session.rollback()
    return found


def test_a_web_process_that_dies_after_its_answer_loses_nothing(
    live: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the dispatcher and RQ, as ever: where there is no tenant at all."""
    inbox = Inbox()
    alive.killed(live, "tests.accounts.parting", ANN.email, flag=tmp_path / "answered")
    with serving(inbox) as port:
        monkeypatch.setitem(live.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        handed = [dispatcher.hand_over()]
        worker.run(live, burst=True)
        handed.append(dispatcher.hand_over())

    text = inbox.read().get_body(("plain",))
    # One for the address that has no account, and one that is thrown away.
    assert handed == [2, 0]
    assert text is not None
    assert re.search(r"\d{4} \d{4}", text.get_content())


@pytest.mark.usefixtures("isolated")
def test_a_mail_server_that_is_away_is_waited_for(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", 1))
    _write(app)
    carry(app)
    waits = _row(app)
    inbox = Inbox()
    with serving(inbox) as port, time_machine.travel(waits.run_at):
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        carry(app)

    assert (waits.state, waits.attempts) == (OutboxState.READY, 0)
    assert waits.away_since is not None
    assert SECRET in str(inbox.read())
    assert _row(app).state is OutboxState.DONE


@pytest.mark.usefixtures("isolated")
def test_handed_over_twice_it_leaves_once(app: Flask, inbox: Inbox) -> None:
    _write(app)
    (row,) = owed(app)
    for _ in range(2):
        with app.app_context(), entered(NO_SCOPE):
            worker.perform(str(NO_TENANT), str(row.id), postman.CARRY)

    assert len(inbox.taken) == 1


@pytest.mark.usefixtures("isolated")
def test_a_worker_that_dies_with_it_in_hand_has_the_same_message_sent_again(
    app: Flask, inbox: Inbox
) -> None:
    _write(app)
    (row,) = owed(app)
    with app.app_context(), tenant_scope(NO_TENANT):
        held = outbox.lease(row.id, at=clock.now())
        db.session.commit()
        assert held is not None
        postman.carry.run(held)
        db.session.rollback()
    with time_machine.travel(clock.now() + outbox.LEASED_FOR + timedelta(seconds=1)):
        carry(app)

    first, second = (inbox.parsed(envelope) for envelope in inbox.taken)
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes().replace(_boundary(first), b"") == second.as_bytes().replace(
        _boundary(second), b""
    )
    assert owed(app) == []


def _boundary(message: EmailMessage) -> bytes:
    return str(message.get_boundary()).encode()


@pytest.mark.usefixtures("isolated")
def test_what_it_says_stands_nowhere_in_clear_and_is_struck_once_it_has_left(
    app: Flask, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    _write(app)
    row = _row(app)
    carry(app)

    kept = f"{row.payload} {row.dedup_key} {caplog.text}"
    assert [
        word for word in (SECRET, ANN.email, "Exemple", "jeton", "Une phrase") if word in kept
    ] == []
    assert SECRET in str(inbox.read())
    assert _row(app).payload == {}
    assert SECRET not in caplog.text


@pytest.mark.usefixtures("isolated")
def test_what_must_not_leave_looks_the_same_and_never_leaves(app: Flask, inbox: Inbox) -> None:
    _write(app)
    _write(app, leaves=False)
    loud, silent = owed(app)
    carry(app)

    shapes = [
        (row.kind, row.queue, len(row.dedup_key), len(row.payload["sealed"]))
        for row in (loud, silent)
    ]
    assert shapes[0] == shapes[1]
    assert len(inbox.taken) == 1
    assert owed(app) == []


@pytest.mark.usefixtures("isolated")
def test_what_was_undone_is_not_told(app: Flask, inbox: Inbox) -> None:
    with app.test_request_context():
        postman.write(ANN, NOTE)
        db.session.rollback()

    assert carry(app) == 0
    assert inbox.taken == []


@pytest.mark.usefixtures("isolated")
def test_a_code_that_opens_nothing_any_more_is_not_sent(app: Flask, inbox: Inbox) -> None:
    with app.test_request_context():
        codes.issue(ANN.email, Purpose.RESET)
        db.session.commit()
    with time_machine.travel(clock.now() + codes.GOOD_FOR):
        carry(app)

    assert inbox.taken == []
    assert owed(app) == []


@pytest.mark.usefixtures("isolated")
def test_a_promise_that_no_secret_opens_waits_for_a_human(
    app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(app)
    with monkeypatch.context() as other:
        settings = replace(app.config["SETTINGS"], secret_key="another")
        other.setitem(app.config, "SETTINGS", settings)
        carry(app)
    failed = _row(app)
    with time_machine.travel(failed.run_at):
        carry(app)

    assert failed.failures == 1
    assert "Unreadable" in str(failed.last_error)
    assert len(inbox.taken) == 1


@pytest.mark.usefixtures("isolated")
@pytest.mark.parametrize("address", ["ann@people@example", "ann", "@", "", "ann@", "é\n@x.example"])
def test_an_address_that_no_mail_can_carry_is_left_alone(
    app: Flask, inbox: Inbox, address: str
) -> None:
    with app.test_request_context():
        postman.write(Addressee(address), NOTE)
        db.session.commit()
    carry(app)

    assert inbox.taken == []
    assert owed(app) == []


@pytest.mark.usefixtures("isolated")
@pytest.mark.parametrize("end", ["\r\n", "\v", "\N{NEXT LINE}", "\N{LINE SEPARATOR}"])
def test_a_subject_of_several_lines_leaves_on_one(app: Flask, inbox: Inbox, end: str) -> None:
    """It may name a provider, which is called as its owner typed it."""
    with app.test_request_context():
        postman.write(ANN, replace(NOTE, subject=f"Armor{end}Bcc: eve@people.example"))
        db.session.commit()
    carry(app)

    assert inbox.read()["Subject"] == "Armor Bcc: eve@people.example"
    assert inbox.read()["Bcc"] is None


def test_a_tenant_may_promise_it_and_sees_nothing_of_it(app: Flask, owner: Actor) -> None:
    """Below the filter of the session, where PostgreSQL alone answers."""
    seen = []
    for scope in (Scope(user_id=owner.user_id), NO_SCOPE):
        db.session.rollback()
        with entered(scope):
            postman.write(ANN, NOTE)
            db.session.commit()
    postman.write(ANN, NOTE)
    db.session.commit()
    whole = Scope(tenant_id=owner.tenant_id, reach=Reach.TENANT)
    for scope in (Scope(user_id=owner.user_id), NO_SCOPE, whole):
        db.session.rollback()
        with entered(scope):
            seen.append(db.session.scalar(sa.text("SELECT count(*) FROM outbox")))
            db.session.rollback()

    assert seen == [0, 0, 0]
    assert len(owed(app)) == 3


@pytest.mark.usefixtures("isolated")
def test_what_has_left_or_was_given_up_is_forgotten_in_time_and_nothing_else(
    app: Flask, inbox: Inbox
) -> None:
    states = (OutboxState.DONE, OutboxState.DEAD, OutboxState.READY)
    for state in states:
        _write(app)
        with app.app_context(), tenant_scope(NO_TENANT):
            newest = db.session.scalars(sa.select(Outbox.id).order_by(Outbox.id.desc())).first()
            db.session.execute(sa.update(Outbox).where(Outbox.id == newest).values(state=state))
            db.session.commit()
    left = [_forgotten(app, days) for days in (-1, 1)]

    assert left == [{*states}, {OutboxState.READY}]


def _forgotten(app: Flask, days: int) -> set[OutboxState]:
    """What is left so many days after done work goes."""
    app.extensions["valkey"].flushdb()
    later = clock.now() + dispatcher.REMEMBERED + timedelta(days=days)
    with time_machine.travel(later), app.app_context():
        dispatcher.forget_worn_out()
    with app.app_context(), tenant_scope(NO_TENANT):
        left = set(db.session.scalars(sa.select(Outbox.state)))
        db.session.rollback()
    return left
