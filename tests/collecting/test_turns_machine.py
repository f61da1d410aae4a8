"""The turns of a collection always are what a plain model says they are (``turns_model.py``).

Whatever becomes of proofs, however days pass, and whether the portal was there each day or was
down for a year: one turn is open at most, none that is due is missing, and one sweep, however late,
opens one at most.  TREIZE_TURN_LIVES asks for more lives than every run tries.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from typing import ClassVar
from unittest import mock

import hypothesis.strategies as st
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from portal.collecting import recurring, rounds, skipping
from portal.collecting.models import Collector, Pace
from portal.collecting.recurring import Terms
from portal.evidence import service as evidence
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import Conflict
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.collecting import turns_model
from tests.collecting.turns import TITLE, proves, sets_up, the, turns
from tests.collecting.turns_model import Collected
from tests.conftest import isolation

LIVES = settings(
    max_examples=int(os.environ.get("TREIZE_TURN_LIVES", "12")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
MONTHS = st.sampled_from([1, 2, 3, 6, 12])
NUMBER = st.integers(0, 9)


class Rounds(RuleBasedStateMachine):
    """A provider who collects one proof, to whom anything may happen."""

    app: ClassVar[Flask]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(isolation(self.app))
        self.owner = make.tenant("acme")
        self.stack.enter_context(tenant_scope(self.owner.tenant_id))
        self.day = clock.today()
        self.stack.enter_context(mock.patch.object(clock, "today", self._today))

    def _today(self) -> date:
        return self.day

    def teardown(self) -> None:
        db.session.remove()
        self.stack.close()

    @initialize(months=MONTHS, first=st.integers(0, 60))
    def begin(self, months: int, first: int) -> None:
        self.id = sets_up(self.owner, months=months, first_in=first)
        self.model = Collected(self.day, self.day + timedelta(first), turns_model.Terms(months))
        self.model.follow()
        self.proofs = [proves(self.owner, until=self.day)]
        self.model.give(self.day, self.day)

    @rule(age=st.sampled_from([0, 0, 3, 29, 31, 95]), lasts=st.sampled_from([0, 5, 40, 100, 400]))
    def give(self, age: int, lasts: int) -> None:
        covered, until = self.day - timedelta(age), self.day + timedelta(lasts)
        self.proofs.append(proves(self.owner, covers_until=covered, until=until))
        self.model.give(covered, until)

    @rule(number=NUMBER)
    def withdraw_or_restore(self, number: int) -> None:
        number %= len(self.proofs)
        if self.model.given[number].withdrawn:
            evidence.restore(self.owner, self.proofs[number], at=clock.now(), today=self.day)
        else:
            evidence.withdraw(self.owner, self.proofs[number], at=clock.now(), today=self.day)
        db.session.commit()
        self.model.turn(number)

    @rule(months=MONTHS)
    def change(self, months: int) -> None:
        if self.model.pace != "stopped":
            recurring.change(
                self.owner, loader.current(), self.id, Terms(TITLE, Collector.COLLEAGUE, months),
                version=the(self.id).version, at=clock.now(), today=self.day,
            )  # fmt: skip
            db.session.commit()
            self.model.change(months)

    @rule()
    def skip(self) -> None:
        may = self.model.may_skip()
        assert self._done(lambda: skipping.skip(
            self.owner, self.id, reason="Site fermé.", at=clock.now(), today=self.day
        )) is may  # fmt: skip
        if may:
            self.model.skip()

    @rule()
    def undo(self) -> None:
        may = self.model.before is not None
        assert self._done(lambda: skipping.undo(
            self.owner, self.id, version=the(self.id).version, at=clock.now(), today=self.day
        )) is may  # fmt: skip
        if may:
            self.model.undo()

    @rule(pace=st.sampled_from(["running", "paused"]))
    def move(self, pace: str) -> None:
        if pace != self.model.pace:
            recurring.move(self.owner, self.id, Pace(pace), at=clock.now(), today=self.day)
            db.session.commit()
            self.model.move(pace)

    def _done(self, deed: Callable[[], object]) -> bool:
        try:
            deed()
            db.session.commit()
        except Conflict:
            db.session.rollback()
            return False
        return True

    @rule(days=st.sampled_from([1, 1, 5, 12, 31]))
    def days_pass(self, days: int) -> None:
        for _ in range(days):
            self._wakes(1)

    @rule(days=st.sampled_from([2, 9, 40, 400]))
    def the_portal_is_down(self, days: int) -> None:
        before = len(turns(self.id))
        self._wakes(days)

        assert len(turns(self.id)) - before <= 1

    def _wakes(self, days: int) -> None:
        """A day begins, so many days after the last that did."""
        self.day += timedelta(days)
        self.model.today = self.day
        rounds.follow_all(at=clock.now(), today=self.day)
        db.session.commit()
        self.model.follow()

    @invariant()
    def turns_are_what_they_should_be(self) -> None:
        found = [(turn.due_on, turn.state.value) for turn in turns(self.id)]

        assert found == [(turn.due, turn.state) for turn in self.model.turns]
        assert the(self.id).due_on == self.model.due
        db.session.rollback()


@pytest.fixture
def machine(app: Flask) -> type[Rounds]:
    app.extensions["limits"].forget()
    return type("RoundsOfThisApp", (Rounds,), {"app": app})


def test_no_turn_is_lost_and_none_comes_twice(machine: type[Rounds]) -> None:
    run_state_machine_as_test(machine, settings=LIVES)
