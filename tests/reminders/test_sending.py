"""A message leaves at most once, whatever its server and its worker do."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty

from portal.kit import clock, mail, numbering, outbox
from portal.reminders import (
    declining,
    jobs,
    queries,
    returns,
    rules,
    service,
)
from portal.reminders.declining import Refusal
from portal.reminders.drafting import Digest
from portal.reminders.kinds import Kind
from portal.reminders.models import Mail, MailState
from portal.reminders.workdays import Calendar
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.models import Membership
from tests import make
from tests.reminders import scene
from tests.smtp import Inbox, serving, speak


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The portal sends through a server that fills ``inbox``."""
    with serving(inbox) as port:
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        yield


def _promised(owner: Actor) -> outbox.Lease:
    """A message to the owner, and the lease of whoever is to send it."""
    digest = Digest(scene.recipient(owner), uuid.uuid4(), [], [])
    letter = service.Letter("Une échéance aujourd’hui", "Bonjour.\n", "<p>Bonjour.</p>")
    number, now = numbering.written(digest.mail_id), clock.now()
    service.write(digest, letter, message_id=number, send_at=now, day=clock.day_of(now))
    promise = db.session.execute(db.select(outbox.Outbox)).scalar_one()
    return _lease(promise.id)


def _lease(outbox_id: uuid.UUID) -> outbox.Lease:
    held = outbox.lease(outbox_id, at=clock.now())
    db.session.commit()
    assert held is not None
    return held


def _travelled(inbox: Inbox) -> bytes:
    content = inbox.taken[0].content
    assert isinstance(content, bytes)
    return content


def _mail() -> Mail:
    db.session.expire_all()
    found: Mail = db.session.execute(db.select(Mail)).scalar_one()
    return found


def test_an_accepted_message_is_sent(owner: Actor, server: None, inbox: Inbox) -> None:
    held = _promised(owner)

    jobs.send.run(held)

    read = inbox.read()
    assert _mail().state is MailState.SENT
    assert _mail().sent_at is not None
    assert read["Message-ID"] == _mail().message_id
    assert read["Auto-Submitted"] == "auto-generated"


def test_a_name_of_several_lines_is_written_to_on_one(
    owner: Actor, server: None, inbox: Inbox
) -> None:
    held = _promised(owner)
    db.session.execute(db.update(Mail).values(to_name="Ann\r\nBcc: eve@people.example"))
    jobs.send.run(held)

    assert _mail().state is MailState.SENT
    assert inbox.read()["Bcc"] is None
    assert len(inbox.taken[0].rcpt_tos) == 1


def test_a_refused_message_stays_to_be_sent_and_leaves_later(
    owner: Actor, server: None, inbox: Inbox
) -> None:
    held = _promised(owner)
    inbox.answers["RCPT"] = "451 come back later"

    with pytest.raises(mail.NotAccepted):
        jobs.send.run(held)
    refused = _mail().state
    del inbox.answers["RCPT"]
    jobs.send.run(held)

    assert refused is MailState.READY
    assert _mail().state is MailState.SENT
    assert len(inbox.taken) == 1


def test_a_server_that_knows_nobody_there_is_not_asked_again(
    owner: Actor, server: None, inbox: Inbox
) -> None:
    held, address = _promised(owner), scene.recipient(owner).email
    inbox.answers["RCPT"] = "550 5.1.1 no such person\u2028here"

    jobs.send.run(held)

    (stopped,) = returns.suppressions()
    assert (stopped.address, stopped.detail) == (address, "550 5.1.1 no such personhere")
    assert queries.mail_count() == 0
    assert inbox.taken == []


@pytest.mark.parametrize(
    "answer",
    ["550 no", "550 5.7.1 your host is listed", "550 5.1.8 bad sender", "450 4.1.1 not yet"],
)
def test_a_server_that_does_not_want_us_says_nothing_of_the_address(
    owner: Actor, server: None, inbox: Inbox, answer: str
) -> None:
    held = _promised(owner)
    inbox.answers["RCPT"] = answer

    with pytest.raises(mail.NotAccepted):
        jobs.send.run(held)

    assert returns.suppressions() == []
    assert _mail().state is MailState.READY


def test_a_server_that_dies_with_the_message_in_hand_is_not_tried_again(
    owner: Actor, app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = _promised(owner)
    port = speak([b"220 hello", b"250 me", b"250 sender ok", b"250 you", b"354 go"])
    monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))

    jobs.send.run(held)
    with serving(inbox) as better:
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", better))
        jobs.send.run(held)

    assert _mail().state is MailState.UNKNOWN
    assert inbox.taken == []


def test_a_worker_that_dies_with_the_message_in_hand_leaves_it_unknown(
    owner: Actor, server: None, inbox: Inbox
) -> None:
    held = _promised(owner)
    service.take(uuid.UUID(held.payload["mail_id"]), at=clock.now())
    db.session.commit()
    db.session.execute(db.update(outbox.Outbox).values(lease_until=clock.now()))
    db.session.commit()

    recovered = _lease(held.outbox_id)
    jobs.send.run(recovered)

    assert recovered.recovered
    assert _mail().state is MailState.UNKNOWN
    assert inbox.taken == []


def test_a_worker_that_dies_before_it_took_the_message_costs_nothing(
    owner: Actor, server: None, inbox: Inbox
) -> None:
    held = _promised(owner)
    db.session.execute(db.update(outbox.Outbox).values(lease_until=clock.now()))
    db.session.commit()

    jobs.send.run(_lease(held.outbox_id))

    assert _mail().state is MailState.SENT
    assert len(inbox.taken) == 1


def test_a_message_is_dropped_when_its_reader_has_lost_access(
    owner: Actor, server: None, inbox: Inbox
) -> None:
    held = _promised(owner)
    membership = db.session.execute(db.select(Membership)).scalar_one()
    tenants.revoke(membership, at=clock.now())
    db.session.commit()

    jobs.send.run(held)

    assert inbox.taken == []
    assert db.session.scalar(db.select(db.func.count()).select_from(Mail)) == 0


def test_without_a_server_messages_are_kept_and_marked(owner: Actor) -> None:
    held = _promised(owner)

    jobs.send.run(held)

    assert _mail().state is MailState.SENT
    assert _mail().tenant_id == current_tenant_id()


def test_a_message_carries_a_button_that_stops_its_kinds(
    owner: Actor, server: None, inbox: Inbox
) -> None:
    today = clock.today()
    rules.set_rule(owner, calendar=Calendar.NONE, weekly_on=today.weekday() % 5)
    place = make.establishment()
    scene.action(place, today)
    scene.action(place, today + timedelta(days=13))
    scene.plan(today, leaves=False)
    promise = db.session.execute(db.select(outbox.Outbox)).scalar_one()

    jobs.send.run(_lease(promise.id))

    message = inbox.read()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # To the letter: a mail reader takes the address as it travels.
    assert (
        f"List-Unsubscribe:\r\n {message['List-Unsubscribe'].strip()}\r\n".encode()
        in _travelled(inbox)
    )
    token = message["List-Unsubscribe"].strip(" <>").rpartition("/")[2]
    assert declining.read(token) == Refusal(
        current_tenant_id(), owner.user_id, frozenset({Kind.ACTION, Kind.WEEKLY})
    )


@pytest.mark.usefixtures("server")
class TestASlowServer:
    """One that takes its time is waited for; one that takes too long is given up."""

    def test_slow_but_in_time_it_gets_the_message_once(self, owner: Actor, inbox: Inbox) -> None:
        held = _promised(owner)
        inbox.pauses = {"RCPT": 0.6, "DATA": 0.6}

        jobs.send.run(held)

        assert _mail().state is MailState.SENT
        assert len(inbox.taken) == 1

    def test_too_slow_before_the_message_it_is_tried_again(
        self, owner: Actor, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mail, "TIMEOUT", 0.5)
        held = _promised(owner)
        inbox.pauses = {"RCPT": 2}

        with pytest.raises(mail.NotAccepted):
            jobs.send.run(held)
        waiting = _mail().state
        inbox.pauses = {}
        jobs.send.run(held)

        assert waiting is MailState.READY
        assert _mail().state is MailState.SENT
        assert len(inbox.taken) == 1

    def test_too_slow_after_the_message_nobody_knows_and_nobody_sends_again(
        self, owner: Actor, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mail, "TIMEOUT", 0.5)
        held = _promised(owner)
        inbox.pauses = {"DATA": 1.5}

        jobs.send.run(held)
        unsure = _mail().state
        inbox.pauses = {}
        jobs.send.run(held)

        assert unsure is MailState.UNKNOWN
        assert _mail().state is MailState.UNKNOWN
        assert len(inbox.taken) <= 1

    def test_a_job_that_is_stopped_before_the_message_has_sent_nothing(
        self, owner: Actor, inbox: Inbox
    ) -> None:
        held = _promised(owner)
        inbox.pauses = {"RCPT": 5}

        stopped = UnixSignalDeathPenalty(1, JobTimeoutException)  # type: ignore[no-untyped-call]  # RQ's
        with pytest.raises(mail.NotAccepted), stopped:
            jobs.send.run(held)

        assert _mail().state is MailState.READY
