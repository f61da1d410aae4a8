"""The fleet board: one line a client, filtered and sorted by the database, a page at a time."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import NullType

from portal.contracts.models import Contract, Offering
from portal.fleet.models import Establishment, ManagingBody, Stage
from portal.kit.folding import fold
from portal.tracking import kept
from portal.tracking.models import Scorecard
from tenants.context import Scope
from tenants.db import AnyRow, AnySelect, db

#: The last value means: weakest first, by what is proven.
SORTS = ("proven", "-proven", "declared", "recognised", "name", "city", "lapse", "contested")


@dataclass(frozen=True)
class BoardFilter:
    """What the board shows; the defaults show every client, the most fragile first."""

    text: str = ""
    stage: Stage | None = Stage.CLIENT
    managing_body_id: uuid.UUID | None = None
    offering_id: uuid.UUID | None = None
    region: str = ""
    state: str = ""
    below: int | None = None
    question: int | None = None
    sort: str = "proven"


def _conditions(wanted: BoardFilter, today: date) -> list[ColumnElement[bool]]:
    e, s = Establishment, Scorecard
    conditions: list[ColumnElement[bool]] = [e.archived_at.is_(None)]
    if wanted.stage is not None:
        conditions.append(e.stage == wanted.stage)
    conditions += [e.search.contains(word, autoescape=True) for word in wanted.text.split()[:6]]
    if wanted.managing_body_id is not None:
        conditions.append(e.managing_body_id == wanted.managing_body_id)
    if wanted.region:
        conditions.append(e.region == wanted.region)
    if wanted.offering_id is not None:
        conditions.append(_has(wanted.offering_id, today))
    if wanted.below is not None:
        conditions.append(_score(wanted.question).between(0, wanted.below - 1))
    states = {"contested": s.contested_total > 0, "lapsed": s.lapsed_total > 0,
              "unanswered": s.unanswered_total > 0}  # fmt: skip
    if wanted.state in states:
        conditions.append(states[wanted.state])
    return conditions


def _has(offering_id: uuid.UUID, today: date) -> ColumnElement[bool]:
    return exists().where(
        Contract.tenant_id == Establishment.tenant_id,
        Contract.establishment_id == Establishment.id,
        Contract.offering_id == offering_id,
        Contract.starts_on <= today,
        or_(Contract.ends_on.is_(None), Contract.ends_on >= today),
    )


def _score(question: int | None) -> ColumnElement[int] | InstrumentedAttribute[int]:
    """What is proven; of a question to which nothing applies, nothing."""
    if question is None:
        return Scorecard.proven_total
    return func.nullif(Scorecard.proven[question], -1)


def _order(wanted: BoardFilter) -> list[Any]:
    e, s = Establishment, Scorecard
    score = _score(wanted.question)
    orders: Mapping[str, list[Any]] = {
        "proven": [score.asc().nulls_last()],
        "-proven": [score.desc().nulls_last()],
        "declared": [s.declared_total.asc().nulls_last()],
        "recognised": [s.recognised_total.asc().nulls_last()],
        "name": [e.name_key],
        "city": [e.city_key],
        "lapse": [s.next_lapse.asc().nulls_last()],
        "contested": [s.contested_total.desc().nulls_last(), s.lapsed_total.desc().nulls_last()],
    }
    return [*orders.get(wanted.sort, orders["proven"]), e.name_key, e.id]


def _joined(query: AnySelect) -> AnySelect:
    e, s = Establishment, Scorecard
    return query.select_from(e).outerjoin(
        s, and_(s.tenant_id == e.tenant_id, s.establishment_id == e.id)
    )


def count(wanted: BoardFilter, today: date) -> int:
    query = _joined(select(func.count())).where(*_conditions(wanted, today))
    return db.session.scalar(query) or 0


def lines(wanted: BoardFilter, today: date, *, limit: int, offset: int) -> Sequence[AnyRow]:
    """A page of the selection; each line also tells how many there are in all (``found``)."""
    page = {"page_size": limit, "page_start": offset}
    return db.session.execute(_lines(wanted, today), page).all()


def kept_lines(
    wanted: BoardFilter, today: date, moved: str, *, limit: int, offset: int
) -> Sequence[AnyRow]:
    """As ``lines``, read again only when ``kept.mark()``, read before, has changed."""
    return _kept_lines(kept.audience(), moved, wanted, today, limit, offset)


@lru_cache(maxsize=256)
def _kept_lines(
    _audience: Scope, _moved: str, wanted: BoardFilter, today: date, limit: int, offset: int
) -> Sequence[AnyRow]:
    return lines(wanted, today, limit=limit, offset=offset)


@lru_cache(maxsize=512)
def _lines(wanted: BoardFilter, today: date) -> AnySelect:
    """The selection is counted and sorted by ids alone; the page's lines are then read whole.

    Kept, for most boards are asked for in one of a few ways.
    """
    e, s, b = Establishment, Scorecard, ManagingBody
    order = _order(wanted)
    sorted_ids = (
        _joined(
            select(
                e.id,
                func.count().over().label("found"),
                func.row_number().over(order_by=order).label("rank"),
            )
        )
        .where(*_conditions(wanted, today))
        .order_by(*order)
        .limit(bindparam("page_size", type_=Integer))
        .offset(bindparam("page_start", type_=Integer))
        .subquery("page")
    )
    return (
        _joined(
            select(
                e.id, e.name, e.city, e.finess, e.stage, e.closed_on, b.name.label("managing_body"),
                *map(_as_sent, (s.declared, s.proven, s.recognised, s.contested, s.lapsed)),
                s.declared_total, s.proven_total, s.recognised_total, s.applicable_total,
                s.contested_total, s.lapsed_total, s.unanswered_total, s.next_lapse, s.next_review,
                sorted_ids.c.found,
            )
        )
        .join(sorted_ids, sorted_ids.c.id == e.id)
        .outerjoin(b, and_(b.tenant_id == e.tenant_id, b.id == e.managing_body_id))
        .order_by(sorted_ids.c.rank)
    )  # fmt: skip


def _as_sent(column: InstrumentedAttribute[list[int]]) -> ColumnElement[Any]:
    """The list that the driver made: SQLAlchemy would go through its thirteen numbers again."""
    return type_coerce(column, NullType()).label(column.key)


def ids(wanted: BoardFilter, today: date) -> Sequence[uuid.UUID]:
    """Every establishment of the selection, whatever the page: what a bulk act touches."""
    query = _joined(select(Establishment.id)).where(*_conditions(wanted, today))
    return db.session.scalars(query.order_by(Establishment.id)).all()


@dataclass(frozen=True)
class Choices:
    """What the filters offer, as pairs (value, word)."""

    bodies: Sequence[tuple[str, str]]
    offerings: Sequence[tuple[str, str]]
    regions: Sequence[tuple[str, str]]


_CHOICES = union_all(
    select(
        literal("body").label("kind"), cast(ManagingBody.id, Text).label("value"), ManagingBody.name
    ),
    select(literal("offering"), cast(Offering.id, Text), Offering.name).where(
        Offering.archived_at.is_(None)
    ),
    select(literal("region"), Establishment.region, Establishment.region)
    .where(Establishment.archived_at.is_(None), Establishment.region != "")
    .distinct(),
)


def choices(moved: str) -> Choices:
    """The managing bodies, offerings and regions of the fleet; kept like the lines."""
    return _choices(kept.audience(), moved)


@lru_cache(maxsize=256)
def _choices(_audience: Scope, _moved: str) -> Choices:
    found: dict[str, list[tuple[str, str]]] = {"body": [], "offering": [], "region": []}
    for kind, value, word in db.session.execute(_CHOICES):
        found[kind].append((value, word))
    for pairs in found.values():
        pairs.sort(key=lambda pair: fold(pair[1]))
    return Choices(found["body"], found["offering"], found["region"])
