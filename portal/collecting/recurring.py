"""Setting up what is collected again and again, changing, pausing, stopping it.  Never commits.

The provider sets up what it brings itself and what its suppliers bring; an establishment what it
collects of its own requirements.  Each changes its own alone, and reads the other's.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.collecting import recurring_queries as queries
from portal.collecting import rounds, undoing
from portal.collecting.models import Collection, Collector, Pace
from portal.contracts import bearers
from portal.contracts import queries as contracts
from portal.contracts.models import Bearer
from portal.fleet import queries as fleet
from portal.guide.edition import Edition
from portal.kit.errors import Conflict, Refused
from tenants.access import Actor
from tenants.db import db
from tenants.roles import PROVIDER_ROLES

MOST_MONTHS: Final = 60
#: A first day further away is for another year's plan.
FURTHEST: Final = timedelta(days=366 * 2)


class NotYours(Refused):
    message = "The other side set this up: it alone changes it."


class Twice(Conflict):
    message = "This proof is collected there already: change that collection instead."


@dataclass(frozen=True)
class Aim:
    """What is to be proven, for the whole tenant, an offering or an establishment."""

    code: str
    offering_id: uuid.UUID | None = None
    establishment_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Terms:
    """How often, from whom.  Without ``months`` the guide's usual validity is the period."""

    title: str
    collector: Collector
    months: int | None = None
    first_on: date | None = None
    person_id: uuid.UUID | None = None
    supplier: str = ""
    to_email: str | None = None
    message: str = ""


def is_house(actor: Actor) -> bool:
    return actor.role not in PROVIDER_ROLES


def set_up(
    actor: Actor, edition: Edition, aim: Aim, terms: Terms, *, at: datetime, today: date
) -> Collection:
    """Collect a proof from now on.  Raises ``Refused``, ``NotFound``, :class:`Twice`."""
    _check_aim(actor, edition, aim, today)
    row = Collection(
        edition_id=edition.id,
        requirement_code=aim.code,
        offering_id=aim.offering_id,
        establishment_id=aim.establishment_id,
        house=is_house(actor),
        set_by=actor.user_id,
        set_by_name=actor.name,
        pace=Pace.RUNNING,
        version=0,
    )
    _write(actor, edition, row, terms, at, today)
    row.due_on = row.first_on
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        raise Twice(field="code") from error
    return said(actor, "collection.set_up", row, at, today, months=row.months)


def _check_aim(actor: Actor, edition: Edition, aim: Aim, today: date) -> None:
    if aim.code not in edition.by_code:
        raise Refused("The guide has no requirement with this code.", field="code")
    if aim.offering_id is not None:
        contracts.offering(aim.offering_id)
    if aim.establishment_id is None:
        if is_house(actor):
            raise Refused("Choose the establishment.", field="establishment")
        return
    place = fleet.establishment(aim.establishment_id)
    if is_house(actor) and aim.code not in own_codes(place.id, edition, today):
        message = "Your provider answers this requirement: it collects the proof itself."
        raise Refused(message, field="code")


def _check_bearer(edition: Edition, row: Collection, today: date) -> None:
    """An establishment deposits for what it answers, alone or in part, and for nothing else."""
    place = row.establishment_id
    if place is not None and row.requirement_code not in own_codes(place, edition, today):
        message = "You answer this requirement there: choose a colleague or a supplier."
        raise Refused(message, field="collector")


def own_codes(establishment_id: uuid.UUID, edition: Edition, today: date) -> list[str]:
    """The requirements that an establishment answers, alone or in part."""
    place = fleet.establishment(establishment_id)
    return [
        one.requirement.code
        for shares in bearers.table(place, edition, today).values()
        for one in shares
        if one.applies and one.bearer is not Bearer.PROVIDER
    ]


def change(
    actor: Actor,
    edition: Edition,
    collection_id: uuid.UUID,
    terms: Terms,
    *,
    version: int,
    at: datetime,
    today: date,
) -> Collection:
    """Change how often, or from whom; ``version`` is the one the author read."""
    row = mine(actor, collection_id)
    if row.version != version:
        raise Conflict("Somebody changed this collection while you were writing.")
    before, stood = told(row), undoing.kept(row)
    _write(actor, edition, row, terms, at, today)
    row.before = stood
    changes = differences(before, told(row))
    return said(actor, "collection.changed", row, at, today, changes=changes)


def move(
    actor: Actor, collection_id: uuid.UUID, pace: Pace, *, at: datetime, today: date
) -> Collection:
    """Pause, take up again or stop; taking up undoes the two others.  Raises ``Conflict``."""
    row = mine(actor, collection_id)
    if row.pace is pace:
        raise Conflict("This has been done already.")
    if pace is Pace.PAUSED and row.pace is Pace.STOPPED:
        raise Conflict("This collection is stopped: take it up again first.")
    try:
        with db.session.begin_nested():
            row.pace, row.before = pace, None
    except IntegrityError as error:
        raise Twice from error
    return said(actor, f"collection.{_DEEDS[pace]}", row, at, today)


_DEEDS: Final = {Pace.RUNNING: "resumed", Pace.PAUSED: "paused", Pace.STOPPED: "stopped"}


def mine(actor: Actor, collection_id: uuid.UUID) -> Collection:
    """Of two who change one at once the second waits.  Raises ``NotFound``, :class:`NotYours`."""
    if queries.collection(collection_id).house != is_house(actor):
        raise NotYours
    return queries.collection(collection_id, lock=True)


def _write(
    actor: Actor, edition: Edition, row: Collection, terms: Terms, at: datetime, today: date
) -> None:
    whom = _whom(actor, row, terms, at)
    if terms.collector is Collector.ESTABLISHMENT:
        _check_bearer(edition, row, today)
    usual = edition.requirement(row.requirement_code).proof.valid_months
    months = usual if terms.months is None else terms.months
    if not 1 <= months <= MOST_MONTHS:
        raise Refused("Between 1 and %(most)s months.", field="months", most=MOST_MONTHS)
    if not terms.title:
        raise Refused("Say what is collected.", field="title")
    row.first_on = _first(row, terms, today)
    row.title, row.months, row.message = terms.title, months, terms.message
    row.collector, row.person_id, row.person_name, row.to_email = terms.collector, *whom


def _first(row: Collection, terms: Terms, today: date) -> date:
    """As typed, what it was, or in a month: a day that is past already stays where it was."""
    before: date | None = row.first_on
    first = terms.first_on or before or today + rounds.AHEAD
    if first != before and not today <= first <= today + FURTHEST:
        raise Refused("Choose a day from today on, two years ahead at most.", field="first_on")
    return first


Whom = tuple[uuid.UUID | None, str, str | None]


def _whom(actor: Actor, row: Collection, terms: Terms, at: datetime) -> Whom:
    """The person, her name or the supplier's, and an address: as far as the collector has any."""
    if terms.collector is Collector.SUPPLIER:
        return _supplier(row, terms)
    if terms.collector is Collector.COLLEAGUE:
        return _colleague(actor, terms.person_id, at)
    if row.establishment_id is None:
        raise Refused("For the whole fleet, choose a colleague or a supplier.", field="collector")
    return None, "", None


def _supplier(row: Collection, terms: Terms) -> Whom:
    if row.house:
        raise Refused("Choose yourself or your establishment.", field="collector")
    if not terms.supplier:
        raise Refused("Say which supplier, and whom to ask there.", field="supplier")
    return None, terms.supplier, terms.to_email


def _colleague(actor: Actor, person_id: uuid.UUID | None, at: datetime) -> Whom:
    """A person of the provider who may deposit proofs; of an establishment, oneself."""
    chosen = person_id or actor.user_id
    names = dict(queries.colleagues(actor, at))
    if chosen not in names:
        raise Refused("Choose one of your colleagues.", field="person")
    return chosen, names[chosen], None


def told(row: Collection) -> dict[str, Any]:
    """What the journal says of its terms."""
    return {
        "title": row.title,
        "months": row.months,
        "first_on": row.first_on.isoformat(),
        "collector": row.collector.value,
        "person": row.person_name,
    }


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}


def said(
    actor: Actor, action: str, row: Collection, at: datetime, today: date, **details: Any
) -> Collection:
    """A new version, in the journal; its turns follow."""
    row.version += 1
    db.session.flush()
    named: dict[str, Any] = {"name": row.title, **details}
    audit.record(
        actor,
        action,
        subject="collection",
        subject_id=row.id,
        establishment_id=row.establishment_id,
        requirement_code=row.requirement_code,
        **named,
    )
    rounds.follow_or_promise([row.id], key=f"{row.id} {row.version}", at=at, today=today)
    return row
