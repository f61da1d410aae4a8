"""Two people change accesses at once: each rule holds of what the other has just done."""

import time
import uuid
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.kit import clock
from portal.kit.errors import Refused
from portal.people import team
from portal.people.service import Access
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import earnest, make


@pytest.fixture
def acme(app: Flask) -> Iterator[Actor]:
    with earnest.tenant(app) as owner:
        yield owner


def _membership(actor: Actor) -> uuid.UUID:
    return db.session.scalars(
        sa.select(Membership.id).where(Membership.user_id == actor.user_id)
    ).one()


def _meanwhile(app: Flask, tenant: Actor, deed: Callable[[], object]) -> list[str]:
    def act() -> str:
        with app.app_context(), tenant_scope(tenant.tenant_id):
            try:
                deed()
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                return type(refusal).__name__
            finally:
                db.session.remove()
        return "done"

    return earnest.meanwhile(act)


def test_who_becomes_an_owner_meanwhile_is_out_of_a_manager_s_reach(
    app: Flask, acme: Actor
) -> None:
    with app.app_context(), tenant_scope(acme.tenant_id):
        manager, technician = make.member(Role.MANAGER), make.member(Role.TECHNICIAN)
        member = _membership(technician)
        db.session.rollback()
        team.change(acme, member, Access(role=Role.OWNER), at=clock.now())
        told = _meanwhile(app, acme, lambda: team.revoke(manager, member, at=clock.now()))
        time.sleep(0.5)
        waiting = list(told)
        db.session.commit()

        assert waiting == []
        assert earnest.became(told) == "NotYours"
        db.session.rollback()
        assert db.session.get_one(Membership, (acme.tenant_id, member)).revoked_at is None
        db.session.remove()


def test_of_two_owners_who_shut_each_other_out_one_stays(app: Flask, acme: Actor) -> None:
    with app.app_context(), tenant_scope(acme.tenant_id):
        other = make.member(Role.OWNER)
        first, second = _membership(acme), _membership(other)
        db.session.rollback()
        team.revoke(acme, second, at=clock.now())
        told = _meanwhile(app, acme, lambda: team.revoke(other, first, at=clock.now()))
        time.sleep(0.5)
        db.session.commit()

        assert earnest.became(told) == "LastOwner"
        db.session.remove()
