"""The scores always equal a plain recomputation, whatever people do and however days pass.

TREIZE_SCORE_LIVES asks for more lives than the thirty that every run tries.
"""

import os
from typing import Any

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

from portal.contracts.models import Bearer, Part
from portal.fleet.models import Tier
from portal.tracking.models import Status, Verdict
from tests.tracking import deeds
from tests.tracking.life import CODES, Life

LIVES = settings(
    max_examples=int(os.environ.get("TREIZE_SCORE_LIVES", "30")),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

PLACE = OFFERING = st.integers(0, 2)
NUMBER = st.integers(0, 20)
CODE = st.sampled_from(CODES)
SOME_CODES = st.sets(CODE, min_size=1, max_size=4)
STATUS = st.sampled_from(Status)
#: Days since a review: fresh ones, and those about to fall due after 3, 6 or 12 months.
AGE = st.sampled_from([0, 1, 60, 80, 90, 91, 92, 93, 180, 184, 364, 365, 366, 400])
DAYS = st.sampled_from([1, 1, 2, 5, 29, 30, 31, 32, 40, 100])
AHEAD = st.sampled_from([-40, -1, 0, 1, 5, 30, 31, 100])
BEARER = st.none() | st.sampled_from(Bearer)


class Provider(RuleBasedStateMachine):
    """Anything that may happen, in any order."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(self.app)

    def teardown(self) -> None:
        try:
            self.life.recompute()
        finally:
            self.life.end()

    @initialize()
    def begin(self) -> None:
        deeds.sign(self.life, places=[0, 1], sold=[0, 1], since=-40)
        deeds.declare(self.life, offering=0, code="SAUV-02", status=Status.IMPLEMENTED, age=0)
        deeds.add_proof(self.life, codes=CODES, level=0, number=0, begins=None, lasts=45)
        self.life.settle()
        deeds.judge(self.life, place=0, code="SAUV-02", verdict=Verdict.RECOGNISED)

    @rule(offering=OFFERING, code=CODE, status=STATUS, age=AGE)
    def declare(self, **given: Any) -> None:
        deeds.declare(self.life, **given)

    @rule(number=NUMBER)
    def undo(self, **given: Any) -> None:
        deeds.undo(self.life, **given)

    @rule(place=PLACE, code=CODE, status=STATUS, age=AGE)
    def except_(self, **given: Any) -> None:
        deeds.except_(self.life, **given)

    @rule(place=PLACE, code=CODE)
    def withdraw(self, **given: Any) -> None:
        deeds.withdraw(self.life, **given)

    @rule(place=PLACE, code=CODE, verdict=st.sampled_from(Verdict))
    def judge(self, **given: Any) -> None:
        deeds.judge(self.life, **given)

    @rule(place=PLACE, code=CODE)
    def recognise(self, **given: Any) -> None:
        deeds.judge(self.life, verdict=Verdict.RECOGNISED, **given)

    @rule(
        places=st.sets(PLACE, min_size=1),
        sold=st.sets(OFFERING, min_size=1),
        since=AHEAD,
        lasts=st.none() | st.integers(0, 60),
    )
    def sign(self, **given: Any) -> None:
        deeds.sign(self.life, **given)

    @rule(number=NUMBER, days=AHEAD)
    def end_contract(self, **given: Any) -> None:
        deeds.end_contract(self.life, **given)

    @rule(number=NUMBER)
    def remove_contract(self, **given: Any) -> None:
        deeds.remove_contract(self.life, **given)

    @rule(place=PLACE, code=CODE, bearer=BEARER)
    def share(self, **given: Any) -> None:
        deeds.share(self.life, **given)

    @rule(
        offering=OFFERING,
        codes=SOME_CODES,
        part=st.sampled_from(Part),
        bearer=BEARER,
        included=st.booleans(),
    )
    def rewrite(self, **given: Any) -> None:
        deeds.rewrite(self.life, **given)

    @rule(offering=OFFERING, archived=st.booleans())
    def shelve(self, **given: Any) -> None:
        deeds.shelve(self.life, **given)

    @rule(
        codes=SOME_CODES,
        level=st.integers(0, 2),
        number=PLACE,
        begins=st.none() | AHEAD,
        lasts=AHEAD,
    )
    def add_proof(self, **given: Any) -> None:
        deeds.add_proof(self.life, **given)

    @rule(
        number=NUMBER,
        deed=st.sampled_from(deeds.PROOF_DEEDS),
        lasts=AHEAD,
        codes=SOME_CODES,
        level=st.integers(0, 2),
        place=PLACE,
    )
    def handle_proof(self, **given: Any) -> None:
        deeds.handle_proof(self.life, **given)

    @rule(
        place=PLACE,
        tier=st.sampled_from(Tier),
        conditions=st.sets(st.sampled_from(["online_services", "health_data", "mobile_devices"])),
    )
    def settle_in(self, **given: Any) -> None:
        deeds.settle_in(self.life, **given)

    @rule(days=DAYS)
    def days_pass(self, days: int) -> None:
        self.life.days_pass(days)

    @rule(days=DAYS, offering=OFFERING, code=CODE, status=STATUS, age=AGE)
    def somebody_is_up_before_the_sweep(self, days: int, **given: Any) -> None:
        self.life.days_pass(days, before=lambda: deeds.declare(self.life, **given))

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        self.life.verify()


@pytest.fixture
def provider(app: Flask) -> type[Provider]:
    return type("ProviderOfThisApp", (Provider,), {"app": app})


def test_scores_follow_whatever_happens(provider: type[Provider]) -> None:
    run_state_machine_as_test(provider, settings=LIVES)
