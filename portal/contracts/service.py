"""Signing, ending and removing contracts, and saying who bears what under them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func

from portal.audit import acts
from portal.audit import service as audit
from portal.contracts import queries, signing
from portal.contracts.models import Contract, ContractBearer
from portal.contracts.signals import contracts_changed
from portal.contracts.signing import Made, Wanted, refresh_stages
from portal.kit.errors import Conflict, Refused
from tenants.access import Actor
from tenants.db import db

__all__ = ["Signed", "Undone", "check_dates", "end", "refresh_stages", "remove", "sign", "undo"]

EARLIEST = date(1990, 1, 1)
FURTHEST = timedelta(days=3653)
MAX_ESTABLISHMENTS = 10_000
MAX_NOTE = 500

SIGNED, ENDED, REMOVED = "contracts.signed", "contracts.ended", "contracts.removed"


class EndedMeanwhile(Conflict):
    """Somebody else set another last day after its author had read the page."""

    message = (
        "Somebody else has changed the last day meanwhile, and yours is not written:"
        " compare it with the one of the list, then save to replace it."
    )


@dataclass(frozen=True)
class Signed:
    """``act_id`` undoes it; ``None`` when everything was there already."""

    act_id: uuid.UUID | None
    contracts: int
    establishments: int


@dataclass(frozen=True)
class Undone:
    """``kept``: contracts somebody has changed since, left as they are."""

    contracts: int
    kept: int
    establishment_ids: Sequence[uuid.UUID] = ()


def check_dates(starts_on: date, ends_on: date | None, today: date) -> None:
    """Refuse a year typed wrong and an end before its start."""
    for field, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        if day is not None and not EARLIEST <= day <= today + FURTHEST:
            raise Refused("Check the year: this date is too far away.", field=field)
    if ends_on is not None and ends_on < starts_on:
        raise Refused("The last day comes before the first.", field="ends_on")


def sign(actor: Actor, wanted: Wanted, *, note: str = "", today: date) -> Signed:
    """Give each establishment each offering it does not have yet, in one go.

    Whatever exists already is left alone; unknown and archived ids count for nothing.  Raises
    ``Refused`` on impossible dates or too many establishments.
    """
    check_dates(wanted.starts_on, wanted.ends_on, today)
    if len(wanted.establishment_ids) > MAX_ESTABLISHMENTS:
        raise Refused("At most %(limit)s establishments at a time.", limit=MAX_ESTABLISHMENTS)
    made = signing.sign(wanted, note=note[:MAX_NOTE])
    if not made:
        return Signed(None, 0, 0)
    moved = sorted({row.establishment_id for row in made})
    summary = {
        "contracts": len(made),
        "establishments": len(moved),
        "offerings": len({row.offering_id for row in made}),
    }
    before = {"contracts": [str(row.contract_id) for row in made]}
    act = acts.remember(actor, SIGNED, summary=summary, before=before)
    _note_signed(actor, made, wanted, act.id)
    _moved(moved, today)
    return Signed(act.id, len(made), len(moved))


def _note_signed(actor: Actor, made: Sequence[Made], wanted: Wanted, act_id: uuid.UUID) -> None:
    """One event per establishment, where its people can read it."""
    names = {str(share[0]): share[1] for share in queries.on_sale()}
    received: dict[uuid.UUID, list[str]] = {}
    for row in made:
        received.setdefault(row.establishment_id, []).append(names[str(row.offering_id)])
    dates = {
        "starts_on": wanted.starts_on.isoformat(),
        "ends_on": wanted.ends_on.isoformat() if wanted.ends_on else None,
        "act": str(act_id),
    }
    audit.record_all(
        actor,
        "contract.signed",
        [
            audit.Deed("establishment", place, place, details={"offerings": offerings, **dates})
            for place, offerings in received.items()
        ],
    )


def end(
    actor: Actor, contract_id: uuid.UUID, *, seen: date | None, ends_on: date | None, today: date
) -> uuid.UUID:
    """Set the last day of a contract (``None`` leaves it open); returns the act that undoes it.

    ``seen`` is the last day that its author read.  Raises :class:`EndedMeanwhile` when it is
    another by now, and ``Refused`` as :func:`check_dates` does.
    """
    found = queries.contract(contract_id, lock=True)
    if found.ends_on != seen:
        raise EndedMeanwhile(field="ends_on")
    check_dates(found.starts_on, ends_on, today)
    if queries.overlaps(found, ends_on):
        raise Refused(
            "Another contract for the same offering begins before that day.", field="ends_on"
        )
    before = {
        "contract": str(found.id), "ends_on": _iso(found.ends_on), "became": _iso(ends_on),
    }  # fmt: skip
    found.ends_on = ends_on
    # Not a transaction's now(): signed and ended in one second must still differ for the undo.
    found.updated_at = func.clock_timestamp()
    act = acts.remember(actor, ENDED, summary={"ends_on": _iso(ends_on)}, before=before)
    _note(actor, "contract.ended", found, ends_on=_iso(ends_on))
    _moved([found.establishment_id], today)
    return act.id


def remove(actor: Actor, contract_id: uuid.UUID, *, today: date) -> uuid.UUID:
    """Delete a contract made by mistake, its bearers with it; returns the act that undoes it."""
    found = queries.contract(contract_id, lock=True)
    establishment_id = found.establishment_id
    before = {
        "offering": str(found.offering_id),
        "establishment": str(establishment_id),
        "starts_on": found.starts_on.isoformat(),
        "ends_on": _iso(found.ends_on),
        "note": found.note,
        "bearers": [
            {"edition": row.edition_id, "code": row.requirement_code, "bearer": row.bearer.value,
             "reason": row.reason}
            for row in queries.bearers_of(contract_id)
        ],
    }  # fmt: skip
    _note(actor, "contract.removed", found, starts_on=found.starts_on.isoformat())
    act = acts.remember(actor, REMOVED, summary={}, before=before)
    db.session.execute(delete(ContractBearer).where(ContractBearer.contract_id == contract_id))
    db.session.delete(found)
    db.session.flush()
    _moved([establishment_id], today)
    return act.id


def undo(actor: Actor, act_id: uuid.UUID, *, at: datetime, today: date) -> Undone:
    """Put back what an act on contracts replaced.  Raises ``NotFound`` or ``AlreadyUndone``."""
    act = acts.take_back(act_id, kinds=(SIGNED, ENDED, REMOVED), at=at)
    put_back = {SIGNED: _unsign, ENDED: _unend, REMOVED: _restore}[act.kind]
    moved, undone = put_back(act.before)
    audit.record(
        actor,
        "contract.undone",
        subject="act",
        subject_id=act.id,
        establishment_id=moved[0] if len(moved) == 1 else None,
        what=act.kind,
        contracts=undone.contracts,
    )
    _moved(moved, today)
    return replace(undone, establishment_ids=moved)


def _unsign(before: dict[str, Any]) -> tuple[list[uuid.UUID], Undone]:
    ids = [uuid.UUID(value) for value in before["contracts"]]
    removed = signing.unmake(ids)
    return sorted(set(removed)), Undone(len(removed), len(ids) - len(removed))


def _unend(before: dict[str, Any]) -> tuple[list[uuid.UUID], Undone]:
    found = queries.contract(uuid.UUID(before["contract"]), lock=True)
    ends_on = _day(before["ends_on"])
    if "became" in before and found.ends_on != _day(before["became"]):
        raise Conflict("Something changed here since: nothing is undone.")
    if queries.overlaps(found, ends_on):
        raise Conflict("Another contract for the same offering has begun since.")
    found.ends_on = ends_on
    db.session.flush()
    return [found.establishment_id], Undone(1, 0)


def _restore(before: dict[str, Any]) -> tuple[list[uuid.UUID], Undone]:
    contract = Contract(
        establishment_id=uuid.UUID(before["establishment"]),
        offering_id=uuid.UUID(before["offering"]),
        starts_on=date.fromisoformat(before["starts_on"]),
        ends_on=_day(before["ends_on"]),
        note=before["note"],
    )
    if queries.overlaps(contract, contract.ends_on):
        raise Conflict("Another contract for the same offering has begun since.")
    db.session.add(contract)
    db.session.flush()
    db.session.add_all(
        ContractBearer(
            contract_id=contract.id,
            edition_id=row["edition"],
            requirement_code=row["code"],
            establishment_id=contract.establishment_id,
            bearer=row["bearer"],
            reason=row["reason"],
        )
        for row in before["bearers"]
    )
    db.session.flush()
    return [contract.establishment_id], Undone(1, 0)


def _moved(establishment_ids: Sequence[uuid.UUID], today: date) -> None:
    db.session.flush()
    refresh_stages(establishment_ids, today)
    contracts_changed.send(establishment_ids=establishment_ids, today=today)


def _note(actor: Actor, action: str, contract: Contract, **details: Any) -> None:
    audit.record(
        actor,
        action,
        subject="contract",
        subject_id=contract.id,
        establishment_id=contract.establishment_id,
        offering=queries.offering(contract.offering_id).name,
        **details,
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
