"""Two campaigns at the same moment, or a campaign and a house that begins by itself."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.assessments import service
from portal.assessments.models import Assessment
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import AnyRow, db
from tenants.roles import Role
from tenants.scoping import new_id
from tests import make
from tests.at_once import browsers, lingers, portal, sent
from tests.tracking import scene
from tests.tracking.scene import CODE

__all__ = ["portal"]


def fleet(owner: Actor) -> list[uuid.UUID]:
    """Two clients of the current tenant."""
    today, offering = clock.today(), make.offering(carries=[CODE])
    return [scene.client(offering, since=today, today=today) for _ in range(2)]


def drafts(owner: Actor) -> list[AnyRow]:
    with tenant_scope(owner.tenant_id):
        table = Assessment.__table__
        found = db.session.execute(
            sa.select(table.c.establishment_id, table.c.campaign_id, table.c.due_on)
        ).all()
        db.session.rollback()
        return list(found)


def test_two_campaigns_at_once_leave_each_house_one_draft_of_one_of_them(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = make.tenant("campaigns")
    with tenant_scope(owner.tenant_id):
        places = fleet(owner)
        theirs = browsers(portal, [make.member(Role.MANAGER) for _ in range(2)])
    days = [clock.today() + timedelta(days) for days in (30, 60)]
    lingers(monkeypatch, service, "new_id")

    told = sent(
        portal,
        theirs,
        ["/campaigns/auto-evaluations"] * 2,
        [{"due_on": day.isoformat()} for day in days],
    )

    assert [answer.status_code for answer in told.values()] == [303, 303]
    kept = drafts(owner)
    assert sorted(row.establishment_id for row in kept) == sorted(places)
    (asked,) = {(row.campaign_id, row.due_on) for row in kept}
    assert asked[1] in days


def test_a_house_that_begins_by_itself_meanwhile_keeps_its_draft_and_is_told_the_day(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = make.tenant("alone")
    with tenant_scope(owner.tenant_id):
        first, second = fleet(owner)
        director = make.member(Role.DIRECTOR, establishments=[first])
        hers, ours = browsers(portal, [director, make.member(Role.MANAGER)])
    begun: list[int] = []

    def meanwhile() -> Any:
        """Between what the campaign read and what it writes, the director begins."""
        if not begun:
            begun.append(0)
            path = f"/alone/etablissements/{first}/auto-evaluation"
            begun[0] = sent(portal, [hers], [path], [{}])[0].status_code
        return new_id()

    monkeypatch.setattr(service, "new_id", meanwhile)
    due_on = clock.today() + timedelta(30)

    told = sent(portal, [ours], ["/alone/auto-evaluations"], [{"due_on": due_on.isoformat()}])

    assert (begun, told[0].status_code) == ([303], 303)
    kept = {row.establishment_id: row.due_on for row in drafts(owner)}
    assert kept == {first: due_on, second: due_on}
