"""A provider with a client, something declared, something that proves it."""

import uuid
from datetime import date, timedelta

from portal.evidence.models import Evidence, EvidenceLink, Kind, Visibility
from portal.kit import clock
from portal.reminders import planning, queries
from portal.reminders import service as reminders
from portal.reminders.models import Mail, Reminder
from portal.reminders.workdays import Calendar
from portal.tracking import effective, service
from portal.tracking import queries as tracking
from portal.tracking.effective import Area
from portal.tracking.models import Status
from tenants.access import Actor
from tenants.db import db
from tests import make

#: A Monday; reviews of the guide are due twelve months after this at the soonest.
TODAY = date(2026, 11, 23)
CODE = "SAUV-02"


def client(
    offering_id: uuid.UUID,
    name: str | None = None,
    *,
    today: date = TODAY,
    ends_on: date | None = None,
) -> uuid.UUID:
    """An establishment under contract for this offering, its file open."""
    establishment_id = make.establishment(name)
    make.contract(
        establishment_id, offering_id, starts_on=today - timedelta(days=400), ends_on=ends_on
    )
    follow(today)
    return establishment_id


def follow(today: date = TODAY) -> None:
    """What tracking does after a change of contracts."""
    area = Area(make.EDITION)
    effective.open_files(area, today)
    effective.share_out(area, today)
    service.follow(area, today)
    db.session.commit()


def declare(
    actor: Actor, offering_id: uuid.UUID, *, reviewed_on: date = TODAY, code: str = CODE
) -> None:
    service.declare(
        actor,
        edition_id=make.EDITION,
        offering_id=offering_id,
        code=code,
        status=Status.IMPLEMENTED,
        text="Une copie part chaque nuit.",
        reviewed_on=reviewed_on,
        version=0,
        today=TODAY,
    )
    db.session.commit()


def except_(actor: Actor, establishment_id: uuid.UUID, *, reviewed_on: date) -> None:
    service.except_(
        actor,
        establishment_id=establishment_id,
        edition_id=make.EDITION,
        code=CODE,
        status=Status.PARTIAL,
        note="Un site sur deux.",
        reviewed_on=reviewed_on,
        version=tracking.tracked(establishment_id, make.EDITION, CODE).version,
        today=TODAY,
    )
    db.session.commit()


def prove(
    actor: Actor,
    *,
    until: date,
    title: str = "Rapport de sauvegarde",
    offering_id: uuid.UUID | None = None,
    establishment_id: uuid.UUID | None = None,
    visibility: Visibility = Visibility.CLIENTS,
    code: str = CODE,
) -> uuid.UUID:
    """A proof that holds up to that day, for an offering, one establishment or everybody."""
    proof = Evidence(
        title=title,
        kind=Kind.NOTE,
        body="Vu.",
        visibility=visibility,
        valid_until=until,
        sha256="0" * 64,
        added_by=actor.user_id,
        added_by_name=actor.name,
    )
    db.session.add(proof)
    db.session.flush()
    db.session.add(
        EvidenceLink(
            evidence_id=proof.id,
            edition_id=make.EDITION,
            requirement_code=code,
            offering_id=offering_id,
            establishment_id=establishment_id,
        )
    )
    db.session.flush()
    proof_id = proof.id
    service.refresh(Area(make.EDITION), TODAY)
    db.session.commit()
    return proof_id


def remind_on_any_day(actor: Actor) -> None:
    """No weekend and no holiday counts."""
    reminders.set_rule(actor, calendar=Calendar.NONE, stages_by_role={})
    db.session.commit()


def plan(today: date) -> int:
    """One day's planning, committed as the job commits it."""
    written = planning.plan(today, at=clock.now(), send_at=clock.now())
    db.session.commit()
    return written


def mails(actor: Actor) -> list[Mail]:
    """What was written to somebody, in order."""
    return list(
        db.session.scalars(
            db.select(Mail).where(Mail.user_id == actor.user_id).order_by(Mail.created_at, Mail.id)
        )
    )


def stages(actor: Actor) -> list[int]:
    """The stages somebody was reminded at, in order of planning."""
    return list(
        db.session.scalars(
            db.select(Reminder.stage)
            .where(Reminder.user_id == actor.user_id)
            .order_by(Reminder.created_at, Reminder.id)
        )
    )


def recipient(actor: Actor) -> queries.Recipient:
    return next(p for p in queries.recipients(clock.now()) if p.user_id == actor.user_id)
