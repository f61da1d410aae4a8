"""What contests do when a house judges and when a provider speaks; connected in ``portal.app``."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from portal.contests import service
from portal.kit import clock
from portal.tracking.models import Status, Verdict
from portal.tracking.signals import judged, restated
from tenants.access import Actor


def connect() -> None:
    judged.connect(_on_judged)
    restated.connect(_on_restated)


def _on_judged(
    _sender: object,
    *,
    actor: Actor,
    establishment_id: uuid.UUID,
    edition_id: str,
    said: Mapping[str, Status],
    verdict: Verdict,
    reason: str,
    at: datetime,
) -> None:
    if verdict is Verdict.CONTESTED:
        service.open_(
            actor,
            establishment_id=establishment_id,
            edition_id=edition_id,
            said=dict(said),
            reason=reason,
            at=at,
        )
    else:
        service.settle([establishment_id], at=at)


def _on_restated(_sender: object, *, establishment_ids: Sequence[uuid.UUID] | None) -> None:
    service.settle(establishment_ids, at=clock.now())
