"""The session's locks: what PostgreSQL is told, the filter on reads, the guard on writes.

Row-level security is lifted for some of these, so that each lock is seen to hold alone.
"""

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import SessionTransaction, aliased

from portal.audit.models import AuditEvent
from portal.fleet.models import Establishment, ManagingBody
from tenants.access import Actor
from tenants.context import (
    NO_SCOPE,
    NoTenantError,
    Reach,
    Scope,
    current_scope,
    current_tenant_id,
    entered,
    tenant_scope,
)
from tenants.db import db
from tenants.models import UserAccount
from tenants.scoping import CrossTenantWriteError, ScopeSwitchError, find, go_on
from tests import make


def _told(setting: str) -> str:
    value = db.session.scalar(sa.text("SELECT current_setting(:name, true)"), {"name": setting})
    return str(value)


@pytest.fixture
def two(isolated: None, unlocked: None) -> tuple[Actor, Actor]:
    """Two tenants, one establishment each, without row-level security."""
    pair = make.tenant("acme"), make.tenant("globex")
    for actor in pair:
        with tenant_scope(actor.tenant_id):
            make.establishment(f"Of {actor.name}")
        db.session.remove()
    return pair


def test_each_transaction_tells_postgresql_its_scope(owner: Actor) -> None:
    assert _told("app.tenant_id") == str(owner.tenant_id)
    assert _told("app.reach") == "tenant"


def test_a_transaction_without_scope_clears_what_an_earlier_one_told(owner: Actor) -> None:
    _told("app.tenant_id")
    db.session.commit()

    with entered(NO_SCOPE):
        assert _told("app.tenant_id") == ""
        assert _told("app.reach") == ""
        db.session.rollback()


def test_the_next_transaction_is_told_the_next_scope(owner: Actor, stranger: Actor) -> None:
    _told("app.tenant_id")
    db.session.commit()

    with tenant_scope(stranger.tenant_id):
        assert _told("app.tenant_id") == str(stranger.tenant_id)
        db.session.rollback()


def test_a_rolled_back_savepoint_leaves_the_scope_told(owner: Actor) -> None:
    _told("app.tenant_id")
    db.session.begin_nested().rollback()

    assert _told("app.tenant_id") == str(owner.tenant_id)


def test_reading_in_another_scope_within_one_transaction_is_refused(
    owner: Actor, stranger: Actor
) -> None:
    _told("app.tenant_id")

    with tenant_scope(stranger.tenant_id), pytest.raises(ScopeSwitchError):
        db.session.scalars(sa.select(Establishment)).all()


def test_writing_in_another_scope_within_one_transaction_is_refused(
    owner: Actor, stranger: Actor
) -> None:
    _told("app.tenant_id")
    db.session.add(ManagingBody(name="x", finess=None))

    with tenant_scope(stranger.tenant_id), pytest.raises(ScopeSwitchError):
        db.session.flush()


def test_a_narrower_reach_is_another_scope_too(owner: Actor) -> None:
    _told("app.tenant_id")
    listed = Scope(tenant_id=owner.tenant_id, reach=Reach.LISTED, membership_id=uuid.uuid4())

    with entered(listed), pytest.raises(ScopeSwitchError):
        db.session.scalars(sa.select(Establishment)).all()


def _transaction() -> SessionTransaction | None:
    """The session's, begun if there was none."""
    db.session.connection()
    return db.session().get_transaction()


def test_a_transaction_begun_for_a_person_alone_goes_on_in_a_tenant(owner: Actor) -> None:
    db.session.rollback()
    db.session.expunge_all()
    with entered(Scope(user_id=owner.user_id)):
        begun, before = _transaction(), _told("app.tenant_id")
        with entered(Scope(owner.tenant_id, Reach.TENANT, None, owner.user_id)):
            go_on(db.session())

            assert _transaction() is begun
            assert (before, _told("app.tenant_id")) == ("", str(owner.tenant_id))
            assert (_told("app.reach"), _told("app.user_id")) == ("tenant", str(owner.user_id))
        db.session.rollback()


def _nobodys(_actor: Actor) -> Scope:
    return NO_SCOPE


def _another_persons(_actor: Actor) -> Scope:
    return Scope(user_id=uuid.uuid4())


def _a_tenants(actor: Actor) -> Scope:
    return Scope(actor.tenant_id, Reach.TENANT, None, actor.user_id)


@pytest.mark.parametrize("begun_for", [_nobodys, _another_persons, _a_tenants])
def test_no_other_transaction_goes_on_in_a_tenant(
    owner: Actor, stranger: Actor, begun_for: Callable[[Actor], Scope]
) -> None:
    db.session.rollback()
    db.session.expunge_all()
    with entered(begun_for(stranger)):
        begun = _transaction()
    with entered(_a_tenants(owner)):
        go_on(db.session())

        assert _transaction() is not begun
        assert _told("app.tenant_id") == str(owner.tenant_id)
        db.session.rollback()


def test_a_transaction_from_which_a_row_is_kept_ends_before_the_tenant(owner: Actor) -> None:
    db.session.rollback()
    db.session.expunge_all()
    with entered(Scope(user_id=owner.user_id)):
        begun, person = _transaction(), db.session.get(UserAccount, owner.user_id)
        with entered(_a_tenants(owner)):
            go_on(db.session())

            assert person is not None
            assert _transaction() is not begun
        db.session.rollback()


def test_scopes_nest_and_end(owner: Actor, stranger: Actor) -> None:
    with tenant_scope(stranger.tenant_id):
        assert current_tenant_id() == stranger.tenant_id

    assert current_tenant_id() == owner.tenant_id


def test_there_is_no_tenant_outside_a_scope(isolated: None) -> None:
    assert current_scope() == NO_SCOPE
    with pytest.raises(NoTenantError):
        current_tenant_id()


def test_the_filter_alone_hides_other_tenants_rows(two: tuple[Actor, Actor]) -> None:
    acme, _ = two
    assert db.session.scalar(sa.text("SELECT count(*) FROM establishment")) == 2
    db.session.rollback()

    with tenant_scope(acme.tenant_id):
        names = db.session.scalars(sa.select(Establishment.name)).all()

    assert names == ["Of Owner of acme"]


@pytest.mark.parametrize("shape", ["entity", "column", "alias", "subquery", "join", "count"])
def test_the_filter_alone_reaches_every_shape_of_read(two: tuple[Actor, Actor], shape: str) -> None:
    other = aliased(Establishment)
    inner = sa.select(Establishment.id).subquery()
    reads = {
        "entity": sa.select(Establishment),
        "column": sa.select(Establishment.id),
        "alias": sa.select(other),
        "subquery": sa.select(inner.c.id),
        "join": sa.select(Establishment.id).join(other, other.id == Establishment.id),
        "count": sa.select(sa.func.count()).select_from(Establishment),
    }
    with tenant_scope(two[1].tenant_id):
        found = db.session.execute(reads[shape]).all()

    assert found[0][0] == 1 if shape == "count" else len(found) == 1


def test_the_filter_alone_keeps_updates_and_deletes_inside(two: tuple[Actor, Actor]) -> None:
    with tenant_scope(two[0].tenant_id):
        db.session.execute(sa.update(Establishment).values(name="changed"))
        db.session.execute(sa.delete(AuditEvent))
        db.session.commit()

    names = db.session.scalars(sa.text("SELECT name FROM establishment")).all()
    assert sorted(names) == ["Of Owner of globex", "changed"]


def test_the_filter_alone_hides_a_foreign_id(two: tuple[Actor, Actor]) -> None:
    foreign = db.session.scalar(
        sa.text("SELECT id FROM establishment WHERE tenant_id = :tenant"),
        {"tenant": two[1].tenant_id},
    )
    db.session.rollback()

    with tenant_scope(two[0].tenant_id):
        assert find(Establishment, foreign) is None


def test_the_guard_alone_refuses_a_row_for_another_tenant(two: tuple[Actor, Actor]) -> None:
    with tenant_scope(two[0].tenant_id):
        db.session.add(ManagingBody(tenant_id=two[1].tenant_id, name="x", finess=None))
        with pytest.raises(CrossTenantWriteError):
            db.session.flush()


def test_the_guard_alone_refuses_to_move_a_row(two: tuple[Actor, Actor]) -> None:
    with tenant_scope(two[0].tenant_id):
        body = db.session.get_one(ManagingBody, (two[0].tenant_id, make.managing_body()))
        body.tenant_id = two[1].tenant_id
        with pytest.raises(CrossTenantWriteError):
            db.session.flush()


def test_the_guard_alone_refuses_to_delete_a_foreign_row(two: tuple[Actor, Actor]) -> None:
    with tenant_scope(two[1].tenant_id):
        body = db.session.get_one(ManagingBody, (two[1].tenant_id, make.managing_body()))
        db.session.expunge(body)
        db.session.rollback()

    with tenant_scope(two[0].tenant_id):
        db.session.delete(body)
        with pytest.raises(CrossTenantWriteError):
            db.session.flush()


def test_a_tenant_row_outside_a_scope_is_refused(isolated: None) -> None:
    db.session.add(ManagingBody(tenant_id=uuid.uuid4(), name="x", finess=None))

    with pytest.raises(NoTenantError):
        db.session.flush()
