"""How a proof stands, and how it stood: an earlier day is read as it was told then."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from portal.evidence.models import Evidence, EvidencePast, State
from tenants.db import db

_DAYS = ("covers_from", "covers_until", "valid_until")


def said(found: Evidence) -> dict[str, str | None]:
    """Its facts as plain values, days in ISO form."""
    return {
        "title": found.title,
        "visibility": found.visibility.value,
        **{name: _iso(getattr(found, name)) for name in _DAYS},
        "certificate": found.certificate.value if found.certificate else None,
        "issuer": found.issuer,
        "number": found.number,
        "scope": found.scope,
    }


@contextmanager
def kept(found: Evidence, at: datetime) -> Iterator[None]:
    """Remember how it stood until ``at``, if it stands otherwise after what is done within."""
    before = _stands(found)
    yield
    if _stands(found) != before:
        db.session.add(EvidencePast(evidence_id=found.id, replaced_at=at, facts=before))
        db.session.flush()


def _stands(found: Evidence) -> dict[str, Any]:
    """Its facts, whether it is withdrawn, and whether it was found sound: none else proves."""
    sound = found.state is State.READY
    return {**said(found), "withdrawn": found.withdrawn_at is not None, "sound": sound}


def as_of(
    evidence_ids: Collection[uuid.UUID], instant: datetime
) -> Mapping[uuid.UUID, dict[str, Any]]:
    """How those stood just before ``instant`` that stand otherwise, or did, since."""
    p = EvidencePast
    rows = db.session.execute(
        select(p.evidence_id, p.facts)
        .ext(distinct_on(p.evidence_id))
        .where(p.evidence_id.in_(evidence_ids), p.replaced_at >= instant)
        .order_by(p.evidence_id, p.replaced_at, p.id)
    ).all()
    return {row[0]: row[1] for row in rows}


def day(facts: Mapping[str, Any], name: str) -> date | None:
    """One of its days."""
    value = facts[name]
    return None if value is None else date.fromisoformat(value)


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
