"""What is said, proven, recognised and shown always is what a plain model says it is.

The model is a dictionary and a few lists (``record_model.py``).  Whatever people do and however
days pass, the rows, the scores, the provider's board, the house's page and the auditor's rooms say
the same as it; nothing is shown outside a mission; recognised <= proven <= declared.
TREIZE_RECORD_LIVES asks for more lives than every run tries.

Seen to notice, each broken by hand, within a dozen lives: a proof over a day early, a recognition
that outlives the status it was given for, an undo that gives back what was thought over, a renewal
without links, a sweep that forgets proofs that begin, contests not counted, a withdrawn proof shown
in a room, a mission that never ends, a proof kept to the provider shown to an auditor; a house's
own proof that its provider may take back, that no room shows, or that counts though taken back.
"""

import os
from datetime import timedelta
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from portal.tracking.models import Scorecard, TrackedRequirement
from tenants.db import db
from tests.engagements import record_houses, record_nights, record_pages
from tests.engagements.record_model import Audit, Card, Proof, State
from tests.engagements.record_world import CODES, EDITION, QUESTIONS, World

LIVES = settings(
    max_examples=int(os.environ.get("TREIZE_RECORD_LIVES", "10")),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
PLACE, CODE, NUMBER = st.integers(0, 1), st.sampled_from(CODES), st.integers(0, 9)
STATUS = st.sampled_from(["planned", "partial", "implemented", "alternative", "not_applicable"])
#: Days since a review: fresh ones, and those about to fall due after three or six months.
AGE = st.sampled_from([0, 0, 1, 90, 91, 92, 180, 181, 183, 184, 185])
LASTS = st.sampled_from([0, 0, 1, 1, 2, 40])


class Keeper(RuleBasedStateMachine):
    """A provider, two houses and an auditor, to whom anything may happen."""

    app: ClassVar[Flask]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.app)
        self.record = self.world.record

    def teardown(self) -> None:
        """Every life ends before every page, in rooms that open all of it; then those end too."""
        try:
            self.withdraw_or_restore(number=1)  # what its house deposited as it began
            everywhere = {"places": {0, 1}, "questions": set(QUESTIONS), "lasts": 2}
            self.open(evening=None, **everywhere)
            self.open(evening=-1, **everywhere)
            self._read_all()
            for _ in range(4):
                record_nights.night(self.world)
                self.all_is_as_it_should_be()
            self._read_all()
        finally:
            self.world.end()

    @initialize(place=PLACE, code=CODE, house=PLACE)
    def begin(self, place: int, code: str, house: int) -> None:
        """Said, proven and recognised at one house; a mission that reads it for three days.

        And said of the other requirement, which one house proves itself and nothing elsewhere.
        """
        self.declare(code=code, status="implemented", age=0)
        self.prove(code=code, place=None, begins=None, lasts=1, shared=True)
        other = next(one for one in CODES if one != code)
        self.declare(code=other, status="partial", age=0)
        self.deposit(place=house, code=other, begins=None, lasts=2)
        self.judge(place=place, code=code, verdict="recognised")
        questions = {EDITION.requirement(code).question}
        self.open(places={place}, questions=questions, evening=None, lasts=3)

    @rule(code=CODE, status=STATUS, age=AGE)
    def declare(self, code: str, status: str, age: int) -> None:
        reviewed_on = self.record.today - timedelta(age)
        self.world.declare(code, status, reviewed_on)
        self.record.declare(code, status, reviewed_on)

    @rule(number=NUMBER)
    def undo(self, number: int) -> None:
        number %= len(self.world.acts)
        may = self.record.may_undo(number)
        assert self.world.undo(number) is may, "undone, or refused, where it should not be"
        if may:
            self.record.undo(number)

    @rule(code=CODE, place=st.none() | PLACE, begins=st.none() | st.sampled_from([-3, 0, 1, 2]),
          lasts=LASTS, shared=st.booleans())  # fmt: skip
    def prove(
        self, code: str, place: int | None, begins: int | None, lasts: int, *, shared: bool
    ) -> None:
        proof = self._proof(code, place, begins, lasts, shared=shared)
        self.world.prove(proof)
        self.record.proofs.append(proof)

    @rule(place=PLACE, code=CODE, begins=st.none() | st.sampled_from([-3, 0, 1, 2]), lasts=LASTS)
    def deposit(self, place: int, code: str, begins: int | None, lasts: int) -> None:
        """A house proves something itself: at home, for its auditors and nobody else."""
        proof = self._proof(code, place, begins, lasts, shared=True, house=True)
        record_houses.deposit(self.world, place, proof)
        self.record.proofs.append(proof)

    def _proof(
        self,
        code: str,
        place: int | None,
        begins: int | None,
        lasts: int,
        *,
        shared: bool,
        house: bool = False,
    ) -> Proof:
        today = self.record.today
        begun = None if begins is None else today + timedelta(begins)
        until = max(today + timedelta(lasts), begun or today)
        title = f"P{len(self.record.proofs)}"
        return Proof(title, code, place, begun, until, shared, today, house=house)

    @rule(number=NUMBER, begins=st.none() | st.sampled_from([0, 1]), lasts=LASTS)
    def renew(self, number: int, begins: int | None, lasts: int) -> None:
        number %= len(self.record.proofs)
        old, may = self.record.proofs[number], self.record.may_renew(number)
        proof = self._proof(old.code, old.place, begins, lasts, shared=old.shared, house=old.house)
        if not may:
            return
        if old.house:
            assert record_houses.renew(self.world, old.home, number, proof)
        else:
            self.world.renew(number, proof)
        self.record.renew(number, proof)

    @rule(number=NUMBER)
    def withdraw_or_restore(self, number: int) -> None:
        number %= len(self.record.proofs)
        one, back = self.record.proofs[number], self.record.withdrawn(number)
        if one.house:
            record_houses.turn(self.world, one.home, number, back=back)
        elif back:
            self.world.restore(number)
        else:
            self.world.withdraw(number)
        self.record.turn(number)

    @rule(place=PLACE, code=CODE, verdict=st.sampled_from(["recognised", "contested", "none"]))
    def judge(self, place: int, code: str, verdict: str) -> None:
        may = self.record.may_judge(code, verdict)
        assert self.world.judge(place, code, verdict) is may
        if may:
            self.record.judge(place, code, verdict)

    @rule(place=PLACE, code=CODE)
    def recognise(self, place: int, code: str) -> None:
        self.judge(place=place, code=code, verdict="recognised")

    @rule(place=PLACE, code=CODE, status=STATUS, verdict=st.none() | st.just("none"))
    def say_otherwise_and_undo(
        self, place: int, code: str, status: str, verdict: str | None
    ) -> None:
        """What was recognised comes back, unless the house thought again meanwhile."""
        self.judge(place=place, code=code, verdict="recognised")
        self.declare(code=code, status=status, age=0)
        if verdict is not None:
            self.judge(place=place, code=code, verdict=verdict)
        self.undo(number=len(self.world.acts) - 1)

    @rule(
        places=st.sets(PLACE, min_size=1),
        questions=st.sets(st.sampled_from(QUESTIONS), min_size=1),
        evening=st.none() | NUMBER,
        lasts=st.integers(1, 4),
    )
    def open(self, places: set[int], questions: set[int], evening: int | None, lasts: int) -> None:
        """A mission that reads the present, or the evening of a day that is over."""
        over = sorted(self.record.evenings)
        as_of = over[evening % len(over)] if evening is not None and over else None
        ends = self.record.today + timedelta(lasts)
        audit = Audit(frozenset(places), frozenset(questions), as_of, ends)
        self.world.open(audit)
        self.record.audits.append(audit)

    @rule(number=NUMBER)
    def close(self, number: int) -> None:
        number %= len(self.record.audits)
        if not self.record.audits[number].revoked and self.record.audits[number].lasts(
            self.record.today
        ):
            self.world.close(number)
            self.record.revoke(number)

    @rule(nights=st.sampled_from([1, 1, 1, 2, 3]))
    def days_pass(self, nights: int) -> None:
        for _ in range(nights):
            record_nights.night(self.world)

    @rule(days=st.sampled_from([2, 2, 4, 33]))
    def the_portal_is_down(self, days: int) -> None:
        record_nights.down(self.world, days)

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        """Row by row and score by score; and what PostgreSQL shows of proofs in each mission."""
        wrong = {
            key: (found, expected)
            for key, found in self._kept().items()
            if found != (expected := self._expected(key))
        }
        assert not wrong, f"kept, and expected on {self.record.today}: {wrong}"
        for place in range(2):
            _same(self._card(place), self.record.card(place))
            assert record_houses.titles(self.world, place) == self.record.owned(place)
        assert self.world.titles(None) == set()
        for number in range(len(self.record.audits)):
            assert self.world.titles(number) == self.record.shown(number, EDITION_QUESTIONS)

    def _kept(self) -> dict[tuple[int, str], tuple[State, bool]]:
        t = TrackedRequirement
        rows = db.session.execute(
            sa.select(
                t.establishment_id, t.requirement_code, t.status, t.proven, t.verdict, t.recognised
            )
        ).all()
        db.session.rollback()
        return {
            (self.world.places.index(row.establishment_id), row.requirement_code): (
                State(row.status.value, row.proven, row.verdict.value),
                row.recognised,
            )
            for row in rows
        }

    def _expected(self, key: tuple[int, str]) -> tuple[State, bool]:
        (asked,) = [one for one in self.record.guide if one.code == key[1]]
        state = self.record.state(key[0], asked)
        return state, state.recognised

    def _card(self, place: int) -> Any:
        c = Scorecard
        found = db.session.execute(
            sa.select(
                c.declared, c.proven, c.recognised, c.contested,
                c.declared_total, c.proven_total, c.recognised_total,
            ).where(c.establishment_id == self.world.places[place])
        ).one()  # fmt: skip
        db.session.rollback()
        return found

    @rule(number=NUMBER)
    def read(self, number: int) -> None:
        """The provider, both houses, and the auditor in one of her rooms."""
        record_pages.scores(self.world)
        record_pages.room(self.world, number % len(self.record.audits))

    def _read_all(self) -> None:
        record_pages.scores(self.world)
        for number in range(len(self.record.audits)):
            record_pages.room(self.world, number)


EDITION_QUESTIONS = {code: EDITION.requirement(code).question for code in CODES}


def _same(kept: Any, expected: Card) -> None:
    assert [kept.declared, kept.proven, kept.recognised, kept.contested] == [
        expected.declared, expected.proven, expected.recognised, expected.contested,
    ]  # fmt: skip
    totals = (kept.declared_total, kept.proven_total, kept.recognised_total)
    assert totals == expected.totals
    by_question = zip(kept.recognised, kept.proven, kept.declared, strict=True)
    assert all(-1 <= one <= two <= three <= 1000 for one, two, three in by_question)
    assert 0 <= totals[2] <= totals[1] <= totals[0] <= 1000


@pytest.fixture
def keeper(app: Flask) -> type[Keeper]:
    app.extensions["limits"].forget()
    return type("KeeperOfThisApp", (Keeper,), {"app": app})


def test_the_record_shows_what_was_done_and_nobody_reads_more(keeper: type[Keeper]) -> None:
    run_state_machine_as_test(keeper, settings=LIVES)
