"""Establishments by hand: added, edited, archived, brought back.  Flushes, never commits."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.fleet import queries
from portal.fleet.importer import numbers, words
from portal.fleet.models import Establishment, ManagingBody, Tier
from portal.fleet.nomenclature import categories, territories
from portal.fleet.search import haystack
from portal.fleet.signals import establishments_changed
from portal.kit.errors import Conflict, Refused
from tenants.access import Actor
from tenants.db import db


class NumberTaken(Conflict):
    """Two establishments of a fleet never share a FINESS number."""

    message = "An establishment of your fleet already has this number, archived ones included."


class Stale(Conflict):
    """The sheet was saved by somebody else since it was opened."""

    message = "Somebody changed this sheet while you were writing. Your words are kept below."


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a person writes of an establishment; empty texts mean nothing is known."""

    name: str
    finess: str = ""
    managing_body: str = ""
    category_code: str = ""
    siret: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""
    capacity: int | None = None
    tier: Tier = Tier.BASELINE
    conditions: tuple[str, ...] = ()


def add(actor: Actor, sheet: Sheet) -> Establishment:
    """Bring a prospect in. Raises `Refused` on a wrong number and `NumberTaken`."""
    row = Establishment(**_columns(sheet))
    _keep(row)
    audit.record(
        actor,
        "establishment.added",
        subject="establishment",
        subject_id=row.id,
        establishment_id=row.id,
        name=row.name,
    )
    return row


def edit(
    actor: Actor, establishment_id: uuid.UUID, sheet: Sheet, *, version: int, today: date
) -> Establishment:
    """Replace the sheet. Raises `Stale` when `version` is no longer the one kept, `NumberTaken`.

    Nothing is written, not even the version, when nothing differs.
    """
    row = queries.locked(establishment_id)
    if row.version != version:
        raise Stale
    changes = {
        name: value for name, value in _columns(sheet).items() if getattr(row, name) != value
    }
    if not changes:
        return row
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    _keep(row)
    audit.record(
        actor,
        "establishment.edited",
        subject="establishment",
        subject_id=row.id,
        establishment_id=row.id,
        changes={
            name: [_told(before[name]), _told(value)]
            for name, value in changes.items()
            if name != "search"
        },
    )
    if changes.keys() & {"tier", "conditions"}:
        establishments_changed.send(establishment_ids=[row.id], today=today)
    return row


def archive(actor: Actor, establishment_id: uuid.UUID, *, at: datetime) -> Establishment:
    """Take an establishment out of the fleet; nothing is erased. Twice is once."""
    row = queries.locked(establishment_id)
    if row.archived_at is None:
        row.archived_at = at
        _note(actor, "establishment.archived", row)
    return row


def restore(actor: Actor, establishment_id: uuid.UUID) -> Establishment:
    """Bring an archived establishment back as it was. Twice is once."""
    row = queries.locked(establishment_id)
    if row.archived_at is not None:
        row.archived_at = None
        _note(actor, "establishment.restored", row)
    return row


def doubts(sheet: Sheet) -> list[str]:
    """What is odd in a sheet that is taken all the same, in the reader's language."""
    found = (*numbers.finess(sheet.finess).cautions, *numbers.siret(sheet.siret).cautions)
    return [words.caution(it) for it in found]


def _note(actor: Actor, action: str, row: Establishment) -> None:
    row.version += 1
    db.session.flush()
    audit.record(
        actor,
        action,
        subject="establishment",
        subject_id=row.id,
        establishment_id=row.id,
        name=row.name,
    )


def _keep(row: Establishment) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        raise NumberTaken(field="finess") from error


def _columns(sheet: Sheet) -> dict[str, Any]:
    """The sheet as the table keeps it, territory and search words included."""
    finess, siret = _finess(sheet.finess), _siret(sheet.siret)
    place = territories.departement_of(sheet.postcode) if sheet.postcode else None
    if place is None and finess:
        place = territories.departement_of_number(finess)
    body = _managing_body(sheet.managing_body)
    return {
        "name": sheet.name,
        "finess": finess,
        "managing_body_id": body.id if body else None,
        "category_code": sheet.category_code,
        "category_label": _category_label(sheet.category_code),
        "siret": siret,
        "address": sheet.address,
        "postcode": sheet.postcode,
        "city": sheet.city,
        "departement": place.code if place else "",
        "region": territories.regions()[place.region] if place else "",
        "phone": sheet.phone,
        "capacity": sheet.capacity,
        "tier": sheet.tier,
        "conditions": sorted(sheet.conditions),
        "search": haystack(sheet.name, finess, sheet.city, body.name if body else None),
    }


def _finess(given: str) -> str | None:
    if not given:
        return None
    reading = numbers.finess(given)
    if reading.refusal is not None:
        raise Refused(words.REASONS[reading.refusal], field="finess", value=given)
    return reading.value


def _siret(given: str) -> str | None:
    """By hand a wrong number is told rather than left out: the person is there to correct it."""
    reading = numbers.siret(given)
    if given and reading.value is None:
        raise Refused("This SIRET is wrong: fourteen digits are expected.", field="siret")
    return reading.value


def _category_label(code: str) -> str:
    known = categories.category(code) if code else None
    return known.long if known else ""


def _managing_body(name: str) -> ManagingBody | None:
    """The managing body of this name, made if need be."""
    if not name:
        return None
    body = queries.managing_body_named(name)
    if body is None:
        body = ManagingBody(name=name, finess=None)
        db.session.add(body)
        db.session.flush()
    return body


def _told(value: Any) -> Any:
    """A value as the journal keeps it: JSON."""
    if isinstance(value, uuid.UUID | date):
        return str(value)
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value
