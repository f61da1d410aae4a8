"""Messages that wait: letting them leave, reading them, and what may happen to a line meanwhile."""

import uuid
from datetime import timedelta
from email.message import EmailMessage

from portal.actions.models import Action, State
from portal.kit import clock, mail, outbox, retries
from portal.reminders import centre, jobs, service
from portal.reminders.kinds import Kind, Subject
from tenants.access import Actor
from tenants.db import db

DAY = timedelta(days=1)


def leases() -> list[outbox.Lease]:
    ids = db.session.scalars(
        db.select(outbox.Outbox.id)
        .where(outbox.Outbox.kind == service.SEND)
        .order_by(outbox.Outbox.run_at)
    ).all()
    found = [outbox.lease(one, at=clock.now() + DAY) for one in ids]
    db.session.commit()
    return [held for held in found if held]


def send() -> None:
    for held in leases():
        jobs.send.run(held)
        outbox.settle(held)
        db.session.commit()


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").rstrip("\n")


def try_to_send() -> None:
    for held in leases():
        try:
            jobs.send.run(held)
            outbox.settle(held)
        except mail.NotAccepted as refusal:
            retries.fail(held, refusal, at=clock.now())
        db.session.commit()


def done(_owner: Actor, action_id: uuid.UUID) -> None:
    db.session.execute(
        db.update(Action)
        .where(Action.id == action_id)
        .values(state=State.DONE, closed_at=clock.now())
    )


def moved(_owner: Actor, action_id: uuid.UUID) -> None:
    later = clock.today() + 40 * DAY
    db.session.execute(db.update(Action).where(Action.id == action_id).values(due_on=later))


def put_off(owner: Actor, action_id: uuid.UUID) -> None:
    today = clock.today()
    centre.put_off(
        owner.user_id, Subject.ACTION, action_id, until=today + DAY, today=today, at=clock.now()
    )


def declined(owner: Actor, _action_id: uuid.UUID) -> None:
    service.decline(owner.user_id, {Kind.ACTION})
