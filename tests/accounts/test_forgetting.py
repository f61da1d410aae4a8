"""What wore out goes once a day of whoever never comes back, and nothing that has not."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
import sqlalchemy as sa

from portal import dispatcher
from portal.accounts import forgetting
from portal.accounts.models import AccountEvent, AddressChange, Comeback
from portal.kit import clock
from tenants.access import Actor
from tenants.context import Reach, Scope, entered
from tenants.db import Model, db
from tenants.models import SignIn

MOMENT: Final = timedelta(minutes=5)
KINDS: Final = (SignIn, AccountEvent, Comeback, AddressChange)


def _row(kind: type[Model], actor: Actor, worn_out_at: datetime, *, how: str) -> Model:
    """One whose time is over at that instant; ``how``: what of a sign-in it counts from."""
    always = {"user_id": actor.user_id}
    if kind is SignIn:
        ended, later = worn_out_at - forgetting.SIGN_INS, clock.now() + timedelta(days=9)
        times = {"opened_at": ended, "confirmed_at": ended}
        ends = {"revoked_at": ended, "expires_at": later}
        ends = ends if how == "revoked" else {"expires_at": ended}
        return SignIn(**always, method="password", strong=True, **times, **ends)
    if kind is AccountEvent:
        return AccountEvent(**always, at=worn_out_at - forgetting.EVENTS, action="signed_in")
    if kind is Comeback:
        dates = dict.fromkeys(("asked_at", "opens_at", "expires_at"), worn_out_at)
        return Comeback(**always, **dates, digest="d")
    changed = worn_out_at - forgetting.ADDRESSES
    return AddressChange(**always, former="a@b.example", changed_at=changed, digest="d")


def _put(actor: Actor, row: Model) -> None:
    db.session.rollback()
    with entered(Scope(user_id=actor.user_id)):
        db.session.add(row)
        db.session.commit()


def _left(actor: Actor, kind: type[Model]) -> int:
    db.session.rollback()
    with entered(Scope(user_id=actor.user_id)):
        counted = db.session.scalar(sa.select(sa.func.count()).select_from(kind))
    db.session.rollback()
    return counted or 0


@pytest.mark.parametrize("how", ["revoked", "expired"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_wore_out_goes_and_what_has_a_moment_left_stays(
    owner: Actor, stranger: Actor, kind: type[Model], how: str
) -> None:
    _put(owner, _row(kind, owner, clock.now() - MOMENT, how=how))
    _put(stranger, _row(kind, stranger, clock.now() + MOMENT, how=how))
    with entered(Scope()):
        gone = forgetting.forget_worn_out(limit=100)
        db.session.commit()

    assert gone == 1
    assert (_left(owner, kind), _left(stranger, kind)) == (0, 1)


def test_a_day_s_batch_has_an_end(owner: Actor) -> None:
    for _ in range(3):
        _put(owner, _row(AccountEvent, owner, clock.now() - MOMENT, how=""))

    with entered(Scope()):
        told = [forgetting.forget_worn_out(limit=2) for _ in range(3)]

    assert told == [2, 1, 0]


def test_the_dispatcher_sees_to_it_once_a_day(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatcher.forget_worn_out()
    _put(owner, _row(AccountEvent, owner, clock.now() - MOMENT, how=""))
    with entered(Scope()):
        dispatcher.forget_worn_out()
    again = _left(owner, AccountEvent)
    tomorrow = clock.today() + timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: tomorrow)
    with entered(Scope()):
        dispatcher.forget_worn_out()

    assert (again, _left(owner, AccountEvent)) == (1, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_sees_or_erases_what_wore_out_of_another_herself(
    owner: Actor, stranger: Actor, kind: type[Model]
) -> None:
    """The policy is the owner's of the tables: the app has the function and no more."""
    _put(owner, _row(kind, owner, clock.now() - MOMENT, how="revoked"))
    for scope in (
        Scope(),
        Scope(user_id=stranger.user_id),
        Scope(owner.tenant_id, Reach.TENANT, None, stranger.user_id),
    ):
        db.session.rollback()
        with entered(scope):
            erased: Any = db.session.execute(sa.delete(kind))
            assert erased.rowcount == 0
        db.session.rollback()

    assert _left(owner, kind) == 1
