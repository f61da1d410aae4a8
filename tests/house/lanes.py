"""Lanes put into the tables as the app's role does it, each row by whom it belongs to."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from tenants import service as tenants
from tenants.db import Base, db
from tests.house.rows import Lane

#: No provider and no establishment writes any (``tests/engagements/test_sides.py``).
SAID_BY_AUDITORS = frozenset({"audit_finding", "audit_request", "engagement_draw"})


def opened(tenant_id: uuid.UUID) -> Lane:
    """A lane with a row in every table; commits.  In the scope of the tenant."""
    person = tenants.register_user(
        email=f"{uuid.uuid4()}@people.example", name="Lane", password_hash=None
    )
    lane = Lane(tenant_id, person.id)
    tables = [it for it in Base.metadata.sorted_tables if "tenant_id" in it.columns]
    for table in tables:
        if table.name not in SAID_BY_AUDITORS:
            db.session.execute(sa.insert(table), lane.fill(table))
    _audit(lane, [it for it in tables if it.name in SAID_BY_AUDITORS])
    db.session.commit()
    return lane


def _audit(lane: Lane, tables: Sequence[sa.Table]) -> None:
    """What only an auditor says: her who is else a director, for as long as it takes."""
    member = lane.rows["membership"]["id"]
    becomes = sa.text("UPDATE membership SET role = :role WHERE id = :member")
    scope = sa.text(
        "SELECT set_config('app.reach', :reach, true), set_config('app.user_id', :user, true),"
        " set_config('app.membership_id', :member, true),"
        " set_config('app.engagement_id', :engagement, true)"
    )
    db.session.execute(becomes, {"role": "auditor", "member": member})
    hers = {"user": lane.user_id, "member": member, "engagement": lane.rows["engagement"]["id"]}
    db.session.execute(scope, {"reach": "listed"} | {k: str(v) for k, v in hers.items()})
    for table in tables:
        db.session.execute(sa.insert(table), lane.fill(table))
    db.session.execute(
        scope, {"reach": "tenant"} | dict.fromkeys(("user", "member", "engagement"), "")
    )
    db.session.execute(becomes, {"role": "director", "member": member})
