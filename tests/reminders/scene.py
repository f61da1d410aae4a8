"""A provider with a client, something declared, something that proves it."""

import uuid
from datetime import date, timedelta

from portal.actions.models import Action
from portal.contests.models import Side
from portal.evidence.models import Evidence, EvidenceLink, Kind, Visibility
from portal.kit import clock
from portal.reminders import centre, planning, queries, rules
from portal.reminders.items import Item
from portal.reminders.kinds import KindRules, Rung, Subject
from portal.reminders.models import Mail, MailState, Reminder
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
        today=max(TODAY, reviewed_on),
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
        today=max(TODAY, reviewed_on),
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


def action(
    establishment_id: uuid.UUID, due_on: date | None, *, holder: Actor | None = None,
    side: Side = Side.PROVIDER,
) -> uuid.UUID:  # fmt: skip
    """Something to do at an establishment by a day."""
    row = Action(
        establishment_id=establishment_id,
        title="Changer les mots de passe",
        side=side,
        owner_id=holder.user_id if holder else None,
        due_on=due_on,
        opened_by_name="Treize",
    )
    db.session.add(row)
    db.session.flush()
    action_id = row.id
    db.session.commit()
    return action_id


def remind_on_any_day(actor: Actor) -> None:
    """No weekend and no holiday counts."""
    rules.set_rule(actor, calendar=Calendar.NONE, weekly_on=None)
    db.session.commit()


def steps(*days: int) -> KindRules:
    """Told to everybody at these steps."""
    return KindRules(days, dict.fromkeys(Rung, 0))


def item(**values: object) -> Item:
    """A proof that lapses today at one establishment, unless said otherwise."""
    known = {
        "subject": Subject.EVIDENCE, "subject_id": uuid.uuid4(), "label": "Rapport",
        "due_on": TODAY, "codes": [CODE], "touched": 1, "place": "EHPAD Exemple",
        "establishment_id": uuid.uuid4(),
    }  # fmt: skip
    return Item(**{**known, **values})  # type: ignore[arg-type]  # a factory of any field


def told_of_actions(actor: Actor, count: int) -> None:
    """Somebody was told of so many actions, which are still to be done."""
    place, today = make.establishment(), clock.today()
    items = [
        item(subject=Subject.ACTION, subject_id=action(place, today), due_on=today)
        for _ in range(count)
    ]
    centre.note(actor.user_id, items, today)
    db.session.commit()


def plan(today: date, *, leaves: bool = True) -> int:
    """One day's planning, committed as the job commits it; its messages leave unless said."""
    written = planning.plan(today, at=clock.now(), keeps_hours=False)
    if leaves:
        db.session.execute(db.update(Mail).values(state=MailState.SENT))
    db.session.commit()
    return written


def mails(actor: Actor) -> list[Mail]:
    """What was written to somebody, in order."""
    return list(
        db.session.scalars(
            db.select(Mail)
            .where(Mail.user_id == actor.user_id)
            .order_by(Mail.day, Mail.created_at, Mail.id)
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
