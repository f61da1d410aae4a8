"""How far a proof reaches: which establishments it serves today, and what goes with it."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    and_,
    case,
    except_,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import aliased

from portal.contracts import queries as contracts
from portal.evidence.models import Evidence, EvidenceLink, State
from tenants.db import db

_Successor = aliased(Evidence)


def superseded(today: date) -> ColumnElement[bool]:
    """Whether another proof, ready and not withdrawn, took this one's place.

    One that only begins after its last day leaves the days between to nobody until it begins.
    """
    following = func.greatest(Evidence.valid_until + 1, today)
    return (
        select(_Successor.id)
        .where(
            _Successor.tenant_id == Evidence.tenant_id,
            _Successor.id == Evidence.replaced_by,
            _Successor.withdrawn_at.is_(None),
            _Successor.state == State.READY,
            or_(_Successor.covers_from.is_(None), _Successor.covers_from <= following),
        )
        .exists()
    )


def on_show(today: date) -> ColumnElement[bool]:
    """Neither withdrawn, refused, superseded nor only proposed.

    It may have lapsed, or wait to be examined.
    """
    refused = Evidence.state == State.REJECTED
    return and_(Evidence.withdrawn_at.is_(None), ~refused, ~Evidence.proposed, ~superseded(today))


def proving(today: date) -> ColumnElement[bool]:
    """Whether a proof counts on ``today``, as tracking counts it."""
    return and_(
        Evidence.state == State.READY,
        Evidence.withdrawn_at.is_(None),
        Evidence.valid_until >= today,
        or_(Evidence.covers_from.is_(None), Evidence.covers_from <= today),
    )


def coming(today: date) -> ColumnElement[bool]:
    """Whether a proof will count once its period begins, and does not yet on ``today`` for that."""
    return and_(
        Evidence.state == State.READY,
        Evidence.withdrawn_at.is_(None),
        Evidence.valid_until >= today,
        Evidence.covers_from > today,
    )


def _in_force(today: date) -> CTE:
    """The offerings in force, read once however often the statement looks at them."""
    return select(contracts.active(today)).cte("in_force").prefix_with("MATERIALIZED")


def touched(evidence_ids: Collection[uuid.UUID], today: date) -> Mapping[uuid.UUID, int]:
    """How many establishments each proof serves today, by whatever link; one SQL statement."""
    if not evidence_ids:
        return {}
    link, pairs = EvidenceLink, _in_force(today)
    mine = link.evidence_id.in_(evidence_ids)
    one_by_one = union(
        select(link.evidence_id, link.establishment_id).where(
            mine, link.establishment_id.is_not(None)
        ),
        select(link.evidence_id, pairs.c.establishment_id)
        .join(pairs, pairs.c.offering_id == link.offering_id)
        .where(mine),
    ).subquery("one_by_one")
    some = (
        select(one_by_one.c.evidence_id, func.count().label("n"))
        .group_by(one_by_one.c.evidence_id)
        .cte("some")
        .prefix_with("MATERIALIZED")
    )
    wide = (
        select(link.evidence_id)
        .where(mine, link.offering_id.is_(None), link.establishment_id.is_(None))
        .distinct()
        .subquery("wide")
    )
    # A proof for everyone is not multiplied by everyone: one count serves all of those.
    everyone = select(func.count(pairs.c.establishment_id.distinct())).scalar_subquery()
    counted = func.coalesce(some.c.n, 0)
    rows = db.session.execute(
        select(
            Evidence.id,
            case(
                (wide.c.evidence_id.is_not(None), func.greatest(counted, everyone)), else_=counted
            ),
        )
        .outerjoin(some, some.c.evidence_id == Evidence.id)
        .outerjoin(wide, wide.c.evidence_id == Evidence.id)
        .where(Evidence.id.in_(evidence_ids))
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True)
class Loss:
    """What stops being proven when a proof goes: nothing else proves it there today."""

    establishments: int
    requirements: int


def loss(evidence_id: uuid.UUID, *, edition_id: str, today: date) -> Loss:
    """What withdrawing this proof would leave unproven today; one SQL statement."""
    asked = select(EvidenceLink.requirement_code).where(EvidenceLink.evidence_id == evidence_id)
    pairs = _in_force(today)
    covered = _covered(
        and_(Evidence.id == evidence_id, EvidenceLink.edition_id == edition_id), pairs, today
    )
    otherwise = _covered(
        and_(
            Evidence.id != evidence_id,
            EvidenceLink.edition_id == edition_id,
            EvidenceLink.requirement_code.in_(asked),
        ),
        pairs,
        today,
    )
    left = except_(covered, otherwise).subquery("left_bare")
    row = db.session.execute(
        select(func.count(left.c.establishment_id.distinct()), func.count(left.c.code.distinct()))
    ).one()
    return Loss(*row)


def _covered(which: ColumnElement[bool], pairs: CTE, today: date) -> CompoundSelect[uuid.UUID, str]:
    """Pairs (establishment_id, code) that the proofs in ``which`` cover today."""
    link = (
        select(
            EvidenceLink.requirement_code.label("code"),
            EvidenceLink.offering_id,
            EvidenceLink.establishment_id,
        )
        .join(
            Evidence,
            and_(
                Evidence.tenant_id == EvidenceLink.tenant_id,
                Evidence.id == EvidenceLink.evidence_id,
            ),
        )
        .where(which, proving(today))
        .distinct()
        .subquery()
    )
    wide = and_(link.c.offering_id.is_(None), link.c.establishment_id.is_(None))
    return union(
        select(link.c.establishment_id, link.c.code).where(link.c.establishment_id.is_not(None)),
        select(pairs.c.establishment_id, link.c.code).join_from(
            link, pairs, pairs.c.offering_id == link.c.offering_id
        ),
        select(pairs.c.establishment_id, link.c.code).join_from(link, pairs, true()).where(wide),
    )
