"""Promised work of reminders: planning a tenant's day, sending one message."""

import uuid
from datetime import datetime

from flask import current_app

from portal.config import Settings
from portal.kit import clock, days, mail, outbox
from portal.kit.lines import on_one_line
from portal.reminders import (
    declining,
    planning,
    queries,
    returns,
    revising,
    service,
    workdays,
)
from portal.reminders.declining import Refusal
from portal.reminders.listeners import PLAN
from tenants.db import db


@outbox.job(PLAN, seconds=900)
def plan_day(held: outbox.Lease) -> None:
    """Tell what lapses as of the present day, however late this runs."""
    planning.plan(days.begun(held.payload), at=clock.now(), keeps_hours=_post().keeps_hours)


@outbox.job(service.SEND, seconds=90)
def send(held: outbox.Lease) -> None:
    """Hand one message to the post, at most once.

    From before it is handed over until the answer, it is marked ``unknown`` in a transaction of
    its own: a worker that dies in between leaves it so.
    """
    mail_id = uuid.UUID(held.payload["mail_id"])
    if _disturbs(mail_id, clock.now()):
        return
    _revise(mail_id)
    taken = service.take(mail_id, at=clock.now())
    if taken is None:
        return
    message = mail.write(
        sender=_settings().mail_sender,
        to_name=on_one_line(taken.to_name),
        to_address=taken.to_address,
        subject=taken.subject,
        text=taken.text,
        html=taken.html,
        message_id=taken.message_id,
        at=clock.now(),
        headers=declining.headers(
            Refusal(taken.tenant_id, taken.user_id, frozenset(queries.kinds_in(mail_id)))
        ),
    )
    db.session.commit()
    try:
        _post().send(message)
    except mail.AddressRefused as refusal:
        returns.refused(mail_id, str(refusal))
        return
    except mail.NotAccepted:
        service.give_back(mail_id)
        db.session.commit()
        raise
    except mail.OutcomeUnknown:
        current_app.logger.warning("reminder %s may or may not have left", mail_id)
        return
    service.note_sent(mail_id, at=clock.now())


def _disturbs(mail_id: uuid.UUID, now: datetime) -> bool:
    """Whether a message that could not leave on its day would come at night, or on a quiet one.

    It is left as it is: the next day's planning tells in its own message what this one told.
    """
    waiting = queries.waiting(mail_id)
    if waiting is None or not _post().keeps_hours:
        return False
    rule = queries.rule()
    zone = queries.clocks().get(waiting.user_id, rule.zone)
    here = now.astimezone(zone.clock)
    asleep = here.time() < rule.opens_at or workdays.is_quiet(here.date(), rule.calendar)
    return asleep and waiting.day < here.date()


def _revise(mail_id: uuid.UUID) -> None:
    """Nobody is told what was done or moved since it was written, nor who is told nothing now."""
    waiting = queries.waiting(mail_id)
    if waiting is None:
        return
    person = queries.recipient(waiting.user_id, clock.now())
    if person is None:
        service.take_over([mail_id])
        return
    if waiting.to_address != person.email:
        service.readdress(mail_id, name=person.name, email=person.email)
        db.session.commit()  # reading in her own scope ends the transaction
    revising.revise(mail_id, person, clock.today(), at=clock.now())


def _post() -> mail.Post:
    post: mail.Post = current_app.extensions["post"]
    return post


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
