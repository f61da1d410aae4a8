"""What collections do when proofs move; connected in ``portal.app``, as is the day's beginning."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from portal.collecting import letter, queries, rounds, service
from portal.evidence.signals import evidence_changed
from portal.kit import clock, days, outbox
from portal.kit.errors import NotFound
from portal.kit.mail import same
from portal.kit.numbering import Number
from portal.kit.returned import Fault, Returned, came_back
from tenants.scoping import new_id

BEGIN: Final = "collecting.begin"


def connect() -> None:
    evidence_changed.connect(_on_evidence)
    came_back.connect(_on_return)


def _on_evidence(_sender: object, *, codes: Sequence[str], today: date, **_: Any) -> None:
    """Wherever the proof serves: few collections have these requirements."""
    rounds.follow_or_promise(
        rounds.of_codes(codes), key=f"evidence {new_id()}", at=clock.now(), today=today
    )


def _on_return(_sender: object, *, number: Number, returned: Returned) -> bool:
    """The message that asks: to its own address, and refused for good."""
    if number.kind != letter.ASKS or returned.fault is not Fault.HARD:
        return False
    try:
        row = queries.request(number.of_id)
    except NotFound:
        return False
    if not same(row.to_email or "", returned.address):
        return False
    return service.undelivered(row.id, turn=number.turn, said=returned.detail)


def on_day(_sender: object, *, today: date) -> None:
    """Promised with the sweep's own transaction; what it opens leaves with the day's mails."""
    outbox.promise(BEGIN, key=today.isoformat(), payload=days.of(today), run_at=clock.now())
