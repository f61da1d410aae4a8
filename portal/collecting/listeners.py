"""What collections do when proofs move; connected in ``portal.app``, as is the day's beginning."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from portal.collecting import rounds
from portal.evidence.signals import evidence_changed
from portal.kit import clock, outbox
from tenants.scoping import new_id

BEGIN: Final = "collecting.begin"


def connect() -> None:
    evidence_changed.connect(_on_evidence)


def _on_evidence(_sender: object, *, codes: Sequence[str], today: date, **_: Any) -> None:
    """Wherever the proof serves: few collections have these requirements."""
    rounds.follow_or_promise(
        rounds.of_codes(codes), key=f"evidence {new_id()}", at=clock.now(), today=today
    )


def on_day(_sender: object, *, today: date) -> None:
    """Promised with the sweep's own transaction; what it opens leaves with the day's mails."""
    outbox.promise(BEGIN, key=today.isoformat(), payload={}, run_at=clock.now())
