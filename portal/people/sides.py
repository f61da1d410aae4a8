"""A person's establishments as each of her providers tells them, to stand side by side.

Each provider is read under its own scope, in a transaction of its own: nothing here looks across.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, select

from portal.fleet.models import Establishment
from portal.tracking.models import Scorecard
from tenants.context import Reach, Scope, entered
from tenants.db import db


@dataclass(frozen=True)
class Hat:
    """One of her accesses to listed establishments.  ``shut``: two factors are demanded first."""

    membership_id: uuid.UUID
    tenant_id: uuid.UUID
    user_id: uuid.UUID
    slug: str
    provider: str
    shut: bool


@dataclass(frozen=True)
class Card:
    """An establishment's thirteen questions as one provider has them, per mille; -1 for none."""

    establishment_id: uuid.UUID
    name: str
    city: str
    finess: str | None
    declared: Sequence[int]
    proven: Sequence[int]
    recognised: Sequence[int]


@dataclass
class Side:
    """One establishment, and what each provider that follows it says."""

    name: str
    city: str
    finess: str | None
    cards: list[tuple[Hat, Card]] = field(default_factory=list)


def side_by_side(hats: Iterable[Hat]) -> list[Side]:
    """By establishment: those with several providers first, then by name.

    The same place is known by its FINESS number; without one, each provider's stands alone.
    """
    found: dict[str, Side] = {}
    for hat in hats:
        if hat.shut:
            continue
        for card in _read(hat):
            key = card.finess or str(card.establishment_id)
            side = found.setdefault(key, Side(card.name, card.city, card.finess))
            side.cards.append((hat, card))
    return sorted(found.values(), key=lambda side: (-len(side.cards), side.name))


def _read(hat: Hat) -> list[Card]:
    scope = Scope(
        tenant_id=hat.tenant_id,
        reach=Reach.LISTED,
        membership_id=hat.membership_id,
        user_id=hat.user_id,
    )
    db.session.rollback()
    with entered(scope):
        cards = _cards()
        db.session.rollback()
    return cards


def _cards() -> list[Card]:
    e, s = Establishment, Scorecard
    rows = db.session.execute(
        select(e.id, e.name, e.city, e.finess, s.declared, s.proven, s.recognised)
        .join(s, and_(s.tenant_id == e.tenant_id, s.establishment_id == e.id))
        .where(e.archived_at.is_(None))
        .order_by(e.name_key, e.id)
    )
    return [Card(*row) for row in rows]
