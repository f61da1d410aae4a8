"""What happened at one establishment: the deeds on it, and what was said for many at once.

A deed on many clients, such as a declaration, names none of them.  What it made of each is in the
past that is kept (:mod:`portal.tracking.past`), evening by evening.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from portal.audit import queries as audit
from portal.audit.models import AuditEvent
from portal.contracts import queries as contracts
from portal.kit import clock
from portal.kit.pages import PER_PAGE, Page
from portal.tracking import timeline
from portal.tracking.models import Origin
from portal.tracking.timeline import Moment

#: What of a state is told: verdicts and proofs of the place are deeds of their own.
_TOLD = ("status", "origin", "offering", "applies", "proven")


@dataclass(frozen=True)
class Entry:
    """A deed, or how a requirement stood from the evening of a day on: ``moment``, ``offering``."""

    at: datetime
    code: str | None
    event: AuditEvent | None = None
    moment: Moment | None = None
    offering: str | None = None


def page_of(
    establishment_id: uuid.UUID,
    edition_id: str,
    *,
    code: str | None = None,
    readings: bool = True,
    number: int = 1,
    per_page: int = PER_PAGE,
) -> Page[Entry]:
    """The latest first, of one requirement or of all; with what auditors read of it, or without."""
    moved = list(_moved(establishment_id, edition_id, code))
    deeds = audit.establishment_history(
        establishment_id, requirement_code=code, readings=readings, limit=number * per_page
    )
    entries = [Entry(one.at, one.requirement_code, event=one) for one in deeds]
    ordered = sorted([*entries, *moved], key=lambda entry: entry.at, reverse=True)
    total = len(moved) + audit.establishment_deeds(
        establishment_id, requirement_code=code, readings=readings
    )
    return Page(ordered[(number - 1) * per_page : number * per_page], number, total, per_page)


def _moved(establishment_id: uuid.UUID, edition_id: str, code: str | None) -> Iterator[Entry]:
    moments = timeline.of_place(establishment_id, edition_id, code=code)
    names = contracts.offering_names() if moments else {}
    for of, found in moments.items():
        for moment in _inherited(found):
            yield Entry(_evening(moment), of, moment=moment, offering=_offering(moment, names))


def _inherited(moments: Sequence[Moment]) -> Iterator[Moment]:
    """Those that no deed on the place tells of: words of the provider's for all its clients."""
    before: tuple[Any, ...] | None = None
    for moment in moments:
        here = (moment.text, *(moment.state[name] for name in _TOLD))
        first = before is None and moment.state["origin"] == Origin.NONE
        if here != before and not first and moment.state["origin"] != Origin.OWN:
            yield moment
        before = here


def _offering(moment: Moment, names: Mapping[uuid.UUID, str]) -> str | None:
    offering = moment.state["offering"] if moment.state["origin"] == Origin.STATEMENT else None
    return names.get(uuid.UUID(offering)) if offering else None


def _evening(moment: Moment) -> datetime:
    return datetime.combine(moment.since, time.max, clock.PARIS) - timedelta(seconds=1)
