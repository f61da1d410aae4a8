"""What tracking does when the slices below it change; connected in ``portal.app``."""

import uuid
from collections.abc import Sequence
from datetime import date

from portal.contracts.signals import contracts_changed, offerings_changed
from portal.evidence.signals import evidence_changed, holding_asked
from portal.fleet.signals import establishments_changed
from portal.tracking import effective, holding, service, turn
from portal.tracking.effective import Area
from tenants import queries as tenancy
from tenants.context import current_tenant_id


def connect() -> None:
    contracts_changed.connect(_on_contracts)
    offerings_changed.connect(_on_contracts)
    establishments_changed.connect(_on_establishments)
    evidence_changed.connect(_on_evidence)
    holding_asked.connect(holding.answer)


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
