"""A message leaves at most once, whatever its server and its worker do."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest
from flask import Flask

from portal.kit import clock, mail, outbox
from portal.reminders import declining, jobs, numbering, service
from portal.reminders.declining import Refusal
from portal.reminders.models import Kind, Mail, MailState, Reminder, Subject
from portal.reminders.workdays import Calendar, Zone
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.models import Membership
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
    digest = service.Digest(scene.recipient(owner), uuid.uuid4(), [], [])
    letter = service.Letter("Une échéance aujourd’hui", "Bonjour.\n", "<p>Bonjour.</p>")
    service.write(digest, letter, message_id=numbering.written(digest.mail_id), send_at=clock.now())
    promise = db.session.execute(db.select(outbox.Outbox)).scalar_one()
    return _lease(promise.id)


def _lease(outbox_id: uuid.UUID) -> outbox.Lease:
    held = outbox.lease(outbox_id, at=clock.now())
    db.session.commit()
    assert held is not None
    return held


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


def test_real_mail_waits_for_the_hour_that_the_tenant_chose_by_its_own_clock(
    app: Flask, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    midnight = clock.now().astimezone(clock.PARIS).replace(hour=0, minute=5)
    day, noon = midnight.date(), midnight.replace(hour=12)
    kept = jobs.departure(day, midnight)
    monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "relay.example", 25))
    sent = jobs.departure(day, midnight), jobs.departure(day, noon)
    service.set_rule(
        owner, calendar=Calendar.GUADELOUPE, stages_by_role={},
        zone=Zone.GUADELOUPE, opens_at=time(8),
    )  # fmt: skip

    overseas = jobs.departure(day, noon)

    assert kept == midnight
    assert sent == (midnight.replace(hour=6, minute=30, second=0, microsecond=0), noon)
    assert overseas == datetime.combine(day, time(8), Zone.GUADELOUPE.clock)
    assert overseas.astimezone(UTC).time() == time(12)


def test_a_message_carries_a_button_that_stops_its_kinds(
    owner: Actor, server: None, inbox: Inbox
) -> None:
    held = _promised(owner)
    db.session.add(
        Reminder(
            user_id=owner.user_id,
            subject=Subject.EVIDENCE,
            subject_id=uuid.uuid4(),
            due_on=clock.today(),
            stage=7,
            mail_id=uuid.UUID(held.payload["mail_id"]),
        )
    )
    db.session.commit()

    jobs.send.run(held)

    message = inbox.read()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = message["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert declining.read(token) == Refusal(
        current_tenant_id(), owner.user_id, frozenset({Kind.PROOF})
    )
