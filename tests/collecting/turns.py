"""Setting up collections and looking at their turns, for the tests of both."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
import time_machine

from portal.collecting import recurring, rounds
from portal.collecting.models import Collection, CollectionTurn, Collector
from portal.collecting.recurring import Aim, Terms
from portal.evidence import linking
from portal.evidence import service as evidence
from portal.evidence.facts import Content, Facts
from portal.evidence.models import Kind, Visibility
from portal.guide import loader
from portal.guide.edition import months_after
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tests import live

CODE = "SAUV-04"
TITLE = "Essai de restauration"
HERE = "/acme/collectes"
FORM = {"code": CODE, "collector": "colleague", "months": "3"}


def sets_up(
    actor: Actor,
    *,
    code: str = CODE,
    months: int | None = 3,
    first_in: int | None = None,
    offering_id: uuid.UUID | None = None,
    establishment_id: uuid.UUID | None = None,
    collector: Collector = Collector.COLLEAGUE,
    supplier: str = "",
    to_email: str | None = None,
) -> uuid.UUID:
    """A collection, three-monthly; its id."""
    today = clock.today()
    row = recurring.set_up(
        actor,
        loader.current(),
        Aim(code, offering_id, establishment_id),
        Terms(
            TITLE,
            collector,
            months,
            None if first_in is None else today + timedelta(first_in),
            None,
            supplier,
            to_email,
        ),
        at=clock.now(),
        today=today,
    )
    made: uuid.UUID = row.id
    db.session.commit()
    return made


def proves(
    actor: Actor,
    *codes: str,
    covers_until: date | None = None,
    until: date | None = None,
    **aim: Any,
) -> uuid.UUID:
    """A proof of a period that ends on a day, today by default."""
    today = clock.today()
    ended = covers_until or today
    made = evidence.add(
        actor,
        loader.current(),
        content=Content(Kind.NOTE, body="Essai mené à bien."),
        facts=Facts("Essai", Visibility.CLIENTS, ended, ended, until),
        aim=linking.Aim(codes or (CODE,), **aim),
        today=today,
    )
    made_id: uuid.UUID = made.id
    db.session.commit()
    return made_id


def the(collection_id: uuid.UUID) -> Collection:
    db.session.rollback()
    return db.session.get_one(Collection, (current_tenant_id(), collection_id))


def turns(collection_id: uuid.UUID) -> Sequence[CollectionTurn]:
    """The oldest first."""
    db.session.rollback()
    return db.session.scalars(
        sa.select(CollectionTurn)
        .where(CollectionTurn.collection_id == collection_id)
        .order_by(CollectionTurn.created_at, CollectionTurn.id)
    ).all()


def states(collection_id: uuid.UUID) -> list[str]:
    return [turn.state.value for turn in turns(collection_id)]


@contextmanager
def later(days: int) -> Iterator[date]:
    """A day begins, so many days from now."""
    db.session.rollback()
    with time_machine.travel(clock.now() + timedelta(days), tick=False):
        rounds.follow_all(at=clock.now(), today=clock.today())
        db.session.commit()
        yield clock.today()
        db.session.rollback()


def in_months(months: int) -> date:
    return months_after(clock.today(), months)


def works(*kinds: str) -> int:
    """Do what is promised of these kinds, due or not; how many promises."""
    waiting = db.session.execute(
        sa.select(Outbox.id, Outbox.kind).where(
            Outbox.kind.in_(kinds), Outbox.state == OutboxState.READY
        )
    ).all()
    db.session.rollback()
    for row in waiting:
        live.performed(str(row.id), row.kind)
    return len(waiting)


def only() -> Collection:
    """The one there is."""
    db.session.rollback()
    found = db.session.scalars(sa.select(Collection)).one()
    db.session.expunge(found)
    db.session.rollback()
    return found
