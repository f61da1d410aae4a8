"""The question that begins every page, asked without row-level security: it decides alone."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tenants import queries
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership, SignIn
from tenants.roles import Role
from tests import make

#: After everything the house is made of has begun.
NOW = datetime.now(UTC) + timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class House:
    """Acme's owner and its technician, Globex's owner, each with an open sign-in."""

    owner: Actor
    technician: Actor
    stranger: Actor
    sign_ins: dict[uuid.UUID, uuid.UUID]

    def enter(self, who: Actor, slug: str = "acme", *, by: Actor | None = None) -> str | None:
        """The role she comes in with; ``by`` whose sign-in."""
        return self.at(NOW, who, slug, by=by)

    def at(
        self, at: datetime, who: Actor, slug: str = "acme", *, by: Actor | None = None
    ) -> str | None:
        with entered(Scope(user_id=who.user_id)):
            held = self.sign_ins[(by or who).user_id]
            found = queries.entry(who.user_id, held, slug, at)
            db.session.rollback()
        return None if found is None else f"{found[2].role} of {found[3].slug}"


@pytest.fixture
def house(isolated: None, unlocked: None) -> House:
    owner, stranger = make.tenant("acme"), make.tenant("globex")
    with tenant_scope(owner.tenant_id):
        technician = make.member(Role.TECHNICIAN)
    db.session.rollback()
    sign_ins = {}
    with entered(Scope()):
        for actor in (owner, technician, stranger):
            opened = tenants.open_sign_in(actor.user_id, method="test", strong=True, at=NOW)
            sign_ins[actor.user_id] = opened.id
        db.session.commit()
    return House(owner, technician, stranger, sign_ins)


def _change(model: type[Membership | SignIn], actor: Actor, **columns: object) -> None:
    db.session.execute(sa.update(model).where(model.user_id == actor.user_id).values(**columns))
    db.session.commit()


def test_each_comes_in_with_her_own_role_where_she_has_one(house: House) -> None:
    assert house.enter(house.owner) == "owner of acme"
    assert house.enter(house.technician) == "technician of acme"
    assert house.enter(house.stranger, "globex") == "owner of globex"


def test_nobody_comes_in_by_the_membership_of_somebody_else(house: House) -> None:
    assert house.enter(house.stranger) is None
    assert house.enter(house.technician, "globex") is None


def test_nobody_comes_in_by_the_sign_in_of_somebody_else(house: House) -> None:
    assert house.enter(house.technician, by=house.owner) is None
    with entered(Scope(user_id=house.technician.user_id)):
        held = house.sign_ins[house.owner.user_id]
        assert queries.person(house.technician.user_id, held, NOW) is None


@pytest.mark.parametrize(
    ("column", "opens"),
    [
        ("starts_at", lambda moved: moved <= timedelta()),
        ("ends_at", lambda moved: moved > timedelta()),
    ],
)
@pytest.mark.parametrize("moved", [-INSTANT, timedelta(), INSTANT])
def test_a_membership_is_good_from_its_first_instant_until_just_before_its_last(
    house: House, column: str, opens: Callable[[timedelta], bool], moved: timedelta
) -> None:
    begun = {"starts_at": NOW - timedelta(days=1)} if column == "ends_at" else {}
    _change(Membership, house.technician, **{**begun, column: NOW + moved})

    assert (house.enter(house.technician) is not None) is opens(moved)


@pytest.mark.parametrize("moved", [-INSTANT, timedelta(), INSTANT])
def test_a_sign_in_is_good_until_just_before_it_expires(house: House, moved: timedelta) -> None:
    _change(SignIn, house.owner, expires_at=NOW + moved)

    assert (house.enter(house.owner) is not None) is (moved > timedelta())
    with entered(Scope(user_id=house.owner.user_id)):
        held = house.sign_ins[house.owner.user_id]
        assert (queries.person(house.owner.user_id, held, NOW) is not None) is (moved > timedelta())


@pytest.mark.parametrize("model", [Membership, SignIn])
def test_what_was_revoked_opens_nothing_at_any_instant(
    house: House, model: type[Membership | SignIn]
) -> None:
    _change(model, house.owner, revoked_at=NOW + timedelta(days=1))

    assert house.enter(house.owner) is None


def test_a_hat_is_one_s_own_and_valid(house: House) -> None:
    with entered(Scope()):
        assert [t.slug for _, t in queries.hats(house.technician.user_id, NOW)] == ["acme"]
        _change(Membership, house.technician, ends_at=NOW)
        assert queries.hats(house.technician.user_id, NOW) == []


def test_members_are_the_valid_ones(house: House) -> None:
    _change(Membership, house.technician, revoked_at=NOW)
    with tenant_scope(house.owner.tenant_id):
        assert [person.id for _, person in queries.members(NOW)] == [house.owner.user_id]
