"""What tracking does when the slices below it change; connected in ``portal.app``."""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from portal.contracts.rehearsal import Rehearsal
from portal.contracts.signals import (
    contracts_changed,
    offerings_changed,
    recognitions_asked,
    recognitions_returned,
    rehearsal_asked,
)
from portal.evidence.signals import evidence_changed, holding_asked
from portal.fleet.signals import establishments_changed
from portal.tracking import effective, holding, moves, scores, service, turn, verdicts
from portal.tracking.effective import Area
from tenants import queries as tenancy
from tenants.context import current_tenant_id


def connect() -> None:
    contracts_changed.connect(_on_contracts)
    offerings_changed.connect(_on_contracts)
    establishments_changed.connect(_on_establishments)
    evidence_changed.connect(_on_evidence)
    holding_asked.connect(holding.answer)
    rehearsal_asked.connect(_on_rehearsal)
    recognitions_asked.connect(_on_recognitions)
    recognitions_returned.connect(_on_returned)


def edition_id() -> str:
    """The edition that the current tenant follows."""
    return tenancy.tenant(current_tenant_id()).edition_id


def _on_contracts(
    _sender: object, *, establishment_ids: Sequence[uuid.UUID] | None, today: date
) -> None:
    """Open the files of new clients, share the requirements out again, inherit anew."""
    turn.take()
    area = Area(edition_id(), establishment_ids)
    effective.open_files(area, today)
    effective.share_out(area, today)
    service.follow(area, today)


def _on_establishments(
    _sender: object, *, establishment_ids: Sequence[uuid.UUID] | None, today: date
) -> None:
    turn.take()
    area = Area(edition_id(), establishment_ids)
    effective.apply_conditions(area, today)
    service.refresh(area, today)


def _on_evidence(
    _sender: object,
    *,
    codes: Sequence[str],
    establishment_ids: Sequence[uuid.UUID] | None,
    today: date,
) -> None:
    turn.take()
    service.refresh(Area(edition_id(), establishment_ids, codes), today)


def _on_rehearsal(
    _sender: object,
    *,
    act: Callable[[], object],
    codes: Collection[str],
    establishment_ids: Collection[uuid.UUID] | None,
    today: date,
) -> Rehearsal:
    places = None if establishment_ids is None else sorted(establishment_ids)
    return moves.rehearse_in(Area(edition_id(), places, sorted(codes)), act, today)


def _on_recognitions(_sender: object, *, codes: Collection[str]) -> Sequence[dict[str, str]]:
    turn.take()
    return verdicts.held(edition_id(), codes)


def _on_returned(_sender: object, *, kept: Sequence[dict[str, Any]], today: date) -> None:
    turn.take()
    recognised = verdicts.give_back(edition_id(), kept)
    if recognised is not None:
        scores.count(recognised, today)
