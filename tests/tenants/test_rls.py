"""The lock inside PostgreSQL, by raw SQL: no filter of ours stands between."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from portal.kit import clock, outbox
from tenants import queries, service
from tenants.access import Actor
from tenants.context import NO_SCOPE, Reach, Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import make


@contextmanager
def _scope(scope: Scope) -> Iterator[None]:
    db.session.commit()
    with entered(scope):
        yield
        db.session.rollback()


def _ids() -> set[uuid.UUID]:
    return set(db.session.scalars(sa.text("SELECT id FROM establishment")))


@pytest.fixture
def two(owner: Actor) -> tuple[uuid.UUID, uuid.UUID]:
    return make.establishment(), make.establishment()


def _listed(owner: Actor, *establishments: uuid.UUID) -> Scope:
    director = make.member(Role.DIRECTOR, establishments=establishments)
    membership = next(
        m for m, person in queries.members(clock.now()) if person.id == director.user_id
    )
    scope = Scope(owner.tenant_id, Reach.LISTED, membership.id, director.user_id)
    db.session.rollback()
    return scope


def test_an_unset_scope_sees_nothing(two: tuple[uuid.UUID, uuid.UUID]) -> None:
    with _scope(NO_SCOPE):
        assert _ids() == set()


@pytest.mark.parametrize("reach", [Reach.NOTHING, Reach.LISTED])
def test_a_tenant_without_reach_or_membership_sees_nothing(
    owner: Actor, two: tuple[uuid.UUID, uuid.UUID], reach: Reach
) -> None:
    with _scope(Scope(owner.tenant_id, reach)):
        assert _ids() == set()


def test_an_invented_reach_sees_nothing(owner: Actor, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    db.session.execute(sa.text("SELECT set_config('app.reach', 'everything', true)"))

    assert _ids() == set()


def test_a_tenant_sees_its_own(owner: Actor, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    assert _ids() == set(two)


def test_a_tenant_sees_nothing_of_another(
    stranger: Actor, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with _scope(Scope(stranger.tenant_id, Reach.TENANT)):
        assert _ids() == set()


def test_a_listed_membership_sees_its_list(owner: Actor, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    with _scope(_listed(owner, two[0])):
        assert _ids() == {two[0]}


def test_a_listed_membership_of_one_tenant_sees_nothing_of_another(
    owner: Actor, stranger: Actor, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    scope = _listed(owner, two[0])

    with _scope(Scope(stranger.tenant_id, Reach.LISTED, scope.membership_id, scope.user_id)):
        assert _ids() == set()


@pytest.mark.parametrize(
    "ended",
    [
        {"revoked_at": timedelta(seconds=-1)},
        {"ends_at": timedelta(seconds=-1)},
        {"starts_at": timedelta(hours=1)},
    ],
    ids=["revoked", "expired", "not yet begun"],
)
def test_a_membership_out_of_time_sees_nothing(
    owner: Actor, two: tuple[uuid.UUID, uuid.UUID], ended: dict[str, timedelta]
) -> None:
    scope = _listed(owner, two[0])
    ((column, delta),) = ended.items()
    db.session.execute(
        sa.update(Membership)
        .where(Membership.id == scope.membership_id)
        .values({column: clock.now() + delta})
    )

    with _scope(scope):
        assert _ids() == set()


def test_a_list_grows_and_shrinks_at_once(owner: Actor, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    scope = _listed(owner, two[0])
    db.session.execute(
        sa.text("UPDATE membership_establishment SET establishment_id = :to"), {"to": two[1]}
    )

    with _scope(scope):
        assert _ids() == {two[1]}


def test_a_listed_membership_cannot_widen_its_list(
    owner: Actor, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    scope = _listed(owner, two[0])

    with _scope(scope), pytest.raises(ProgrammingError, match="row-level security"):
        db.session.execute(
            sa.text("INSERT INTO membership_establishment VALUES (:tenant, :membership, :other)"),
            {"tenant": owner.tenant_id, "membership": scope.membership_id, "other": two[1]},
        )


def test_a_listed_membership_cannot_promote_itself(
    owner: Actor, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    promote = sa.text("UPDATE membership SET whole_tenant = true, role = 'owner' RETURNING id")

    with _scope(_listed(owner, two[0])):
        assert db.session.execute(promote).all() == []


def test_a_person_reads_her_own_memberships_everywhere_and_no_other(
    owner: Actor, stranger: Actor
) -> None:
    with tenant_scope(stranger.tenant_id):
        service.admit(owner.user_id, role=Role.AUDITOR)
        db.session.commit()

    with _scope(Scope(user_id=owner.user_id)):
        seen = db.session.execute(sa.text("SELECT tenant_id, user_id FROM membership")).all()

    assert {row.tenant_id for row in seen} == {owner.tenant_id, stranger.tenant_id}
    assert {row.user_id for row in seen} == {owner.user_id}


def test_a_person_cannot_write_memberships_outside_a_tenant(owner: Actor) -> None:
    with _scope(Scope(user_id=owner.user_id)):
        changed = db.session.execute(sa.text("UPDATE membership SET revoked_at = now()"))

        assert changed.rowcount == 0  # type: ignore[attr-defined]  # a cursor result


def test_a_row_cannot_be_given_to_another_tenant(owner: Actor, stranger: Actor) -> None:
    make.managing_body()

    with pytest.raises(ProgrammingError, match="row-level security"):
        db.session.execute(
            sa.text("UPDATE managing_body SET tenant_id = :other"), {"other": stranger.tenant_id}
        )


def test_a_pooled_connection_forgets_its_last_scope(app: Flask) -> None:
    """Without the isolation of other tests: the same connection, twice, as in production."""
    tenant_id = uuid.uuid4()
    with app.app_context():
        for scope, told in ((Scope(tenant_id, Reach.TENANT), str(tenant_id)), (NO_SCOPE, "")):
            with entered(scope):
                assert _told_raw() == told
                db.session.commit()
        with db.engine.connect() as raw:
            assert raw.scalar(sa.text("SELECT current_setting('app.tenant_id', true)")) in {
                "",
                None,
            }


def _told_raw() -> str:
    return str(db.session.scalar(sa.text("SELECT current_setting('app.tenant_id', true)")))


def test_the_app_s_role_may_not_truncate(owner: Actor) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.execute(sa.text("TRUNCATE establishment CASCADE"))


def test_the_app_s_role_may_not_rewrite_the_journal_or_the_guide(owner: Actor) -> None:
    for statement in (
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM audit_event",
        "UPDATE requirement SET weight = 1",
        "INSERT INTO edition VALUES ('x', now(), 'x')",
        "DELETE FROM tenant",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), db.session.begin_nested():
            db.session.execute(sa.text(statement))


def test_a_listed_membership_promises_work_and_neither_sees_nor_stops_any(
    owner: Actor, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with _scope(_listed(owner, two[0])):
        for _ in range(2):
            outbox.promise("test.kind", key="1", payload={}, run_at=clock.now())
        db.session.commit()
        seen = db.session.execute(sa.text("SELECT id FROM outbox")).all()
        stopped = db.session.execute(sa.text("DELETE FROM outbox RETURNING id")).all()
        db.session.commit()

    assert (seen, stopped) == ([], [])
    assert db.session.scalar(sa.text("SELECT count(*) FROM outbox")) == 1
