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
from portal.fleet.search import fold, haystack
from portal.fleet.signals import establishments_changed
from portal.kit.errors import Conflict, Refused
from tenants.access import Actor
from tenants.db import db
from tenants.scoping import find


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
        name: value for name, value in _columns(sheet, row).items() if getattr(row, name) != value
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
    found = (*numbers.finess(sheet.finess).cautions, *numbers.siret_by_hand(sheet.siret).cautions)
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


def _columns(sheet: Sheet, had: Establishment | None = None) -> dict[str, Any]:
    """The sheet as the table keeps it, with what follows from it: place, label, search words.

    What an import knew better is kept for as long as the sheet says the same.
    """
    finess = _finess(sheet.finess)
    body = _managing_body(sheet.managing_body, had)
    columns = {
        "name": sheet.name,
        "finess": finess,
        "managing_body_id": body.id if body else None,
        "category_code": sheet.category_code,
        "siret": _siret(sheet.siret),
        "address": "\n".join(sheet.address.splitlines()),
        "postcode": sheet.postcode,
        "city": sheet.city,
        "phone": sheet.phone,
        "capacity": sheet.capacity,
        "tier": sheet.tier,
        "conditions": sorted(sheet.conditions),
        "search": haystack(
            sheet.name,
            had.long_name if had else None,
            finess,
            sheet.city,
            body.name if body else None,
        ),
    }
    if had is None or had.category_code != sheet.category_code:
        columns["category_label"] = _category_label(sheet.category_code)
    if had is None or (had.postcode, had.finess) != (sheet.postcode, finess):
        columns |= _territory(sheet.postcode, finess)
    return columns


def _territory(postcode: str, finess: str | None) -> dict[str, str]:
    place = territories.departement_of(postcode) if postcode else None
    if place is None and finess:
        place = territories.departement_of_number(finess)
    if place is None:
        return {"departement": "", "region": ""}
    return {"departement": place.code, "region": territories.regions()[place.region]}


def _finess(given: str) -> str | None:
    if not given:
        return None
    reading = numbers.finess(given)
    if reading.refusal is not None:
        raise Refused(words.REASONS[reading.refusal], field="finess", value=given)
    return reading.value


def _siret(given: str) -> str | None:
    """By hand a wrong number is told rather than left out: the person is there to correct it.

    A doubtful check alone blocks nothing: `doubts` says it.
    """
    reading = numbers.siret_by_hand(given)
    if given and reading.value is None:
        raise Refused("This SIRET is wrong: fourteen digits are expected.", field="siret")
    return reading.value


def _category_label(code: str) -> str:
    known = categories.category(code) if code else None
    return known.long if known else ""


def _managing_body(name: str, had: Establishment | None) -> ManagingBody | None:
    """The managing body of this name: the present one, else the first known, else a new one."""
    if not name:
        return None
    if had and had.managing_body_id:
        present = find(ManagingBody, had.managing_body_id)
        if present and fold(present.name) == fold(name):
            return present
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
