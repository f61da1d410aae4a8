"""The life of a small provider, and what its scores should be at each moment of it."""

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from portal.fleet.models import Stage
from portal.kit.errors import DomainError
from portal.tracking import effective, service
from portal.tracking.effective import Area
from portal.tracking.sweep import sweep
from tenants.context import Scope, current_scope, entered, tenant_scope
from tenants.db import Base, db
from tenants.roles import Role
from tests import make
from tests.conftest import isolation
from tests.tracking import oracle, scene
from tests.tracking.oracle import Key, State

#: Of both tiers, with and without a condition, several in one question, reviewed each quarter,
#: half-year or year.
CODES = ("SAUV-02", "SAUV-03", "SAUV-05", "SAUV-07", "MAJ-02", "MAJ-05", "NOM-02", "MSG-03")


class Life:
    """Three establishments, three offerings (one comes with every contract), and time."""

    def __init__(self, app: Flask) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(isolation(app))
        self.owner = make.tenant("acme")
        self.stack.enter_context(tenant_scope(self.owner.tenant_id))
        self.today = scene.TODAY
        self.offerings = [
            make.offering("one", carries=CODES[:5]),
            make.offering("two", carries=CODES[3:]),
            make.offering("all", carries=CODES[::2], included=True),
        ]
        self.places = [make.establishment(f"Maison {n}", stage=Stage.PROSPECT) for n in "ABC"]
        self.director = make.member(Role.DIRECTOR, establishments=self.places)
        self.listed = scene.listed(self.director)
        #: What the establishments think, and how often each thought again.
        self.verdicts: dict[Key, str] = {}
        self.thoughts: dict[Key, int] = {}
        self.now: dict[Key, State] = {}
        #: Declarations that may be undone, with the recognitions they may have cost.
        self.acts: list[tuple[uuid.UUID, dict[Key, tuple[str, int]]]] = []

    def end(self) -> None:
        self.stack.close()

    def day(self, ahead: int) -> date:
        return self.today + timedelta(ahead)

    def attempt(self, deed: Callable[[], object], scope: Scope | None = None) -> bool:
        """Do it as a request does: kept whole, or refused and nothing happened."""
        db.session.rollback()
        with entered(scope or current_scope()):
            try:
                deed()
                db.session.commit()
            except DomainError:
                return False
            finally:
                db.session.rollback()
        return True

    def pick(self, table: str, number: int) -> uuid.UUID | None:
        """One of the ids that the table holds, or none."""
        ids = db.session.scalars(sa.select(Base.metadata.tables[table].c.id)).all()
        return sorted(ids)[number % len(ids)] if ids else None

    def days_pass(self, days: int, *, before: Callable[[], None] | None = None) -> None:
        """Days go by without anybody, then comes the sweep; run twice it changes nothing more.

        ``before``: what somebody does on that day before the sweep.
        """
        since, self.today = self.today, self.day(days)
        if before is not None:
            before()
        self.sweep(since)
        swept = self.picture()
        self.sweep(since)
        assert self.picture() == swept, "the second sweep of a day changed something"

    def sweep(self, since: date | None) -> None:
        sweep(make.EDITION, today=self.today, since=since, signature="Treize")
        db.session.commit()

    def recompute(self) -> None:
        """Work everything out anew: nothing may change, not even a version."""
        before = self.picture()
        area = Area(make.EDITION)
        effective.open_files(area, self.today)
        effective.share_out(area, self.today)
        service.follow(area, self.today)
        assert self.picture() == before, "what was kept up to date differs from a recomputation"
        db.session.commit()

    @staticmethod
    def picture() -> dict[str, list[Any]]:
        """What the portal keeps, but for the hour at which it was written."""
        kept = {}
        for name in ("tracked_requirement", "scorecard"):
            columns = [c for c in Base.metadata.tables[name].columns if c.name != "updated_at"]
            kept[name] = sorted(db.session.execute(sa.select(*columns)).all(), key=repr)
        return kept

    def settle(self) -> dict[Key, State]:
        """What things should be now; a recognised state that changed is recognised no longer."""
        tracked = oracle.rows("tracked_requirement")
        found = oracle.states(oracle.facts(self.today), tracked, self.verdicts)
        for key, state in found.items():
            had = self.now.get(key)
            if state.verdict == "recognised" and had and had.status != state.status:
                self.verdicts[key] = "none"
                found[key] = replace(state, verdict="none", recognised=False)
        self.now = found
        return found

    def verify(self) -> None:
        """The portal says, row by row and score by score, what the oracle says."""
        expected = self.settle()
        kept = {
            (row.establishment_id, row.requirement_code): State(
                *(getattr(row, field.name) for field in fields(State))
            )
            for row in oracle.rows("tracked_requirement")
        }
        wrong = {
            key: (kept.get(key), state) for key, state in expected.items() if kept.get(key) != state
        }
        assert not wrong, f"kept, and expected on {self.today}: {wrong}"
        assert kept.keys() == expected.keys()
        cards = {row.establishment_id: row for row in oracle.rows("scorecard")}
        assert cards.keys() == {place for place, _ in expected}
        for place, kept_card in cards.items():
            states = [state for (where, _), state in expected.items() if where == place]
            _same(kept_card, oracle.card(states, self.today))
        db.session.rollback()


def _same(kept: Any, expected: oracle.Card) -> None:
    for name, values in expected.arrays.items():
        assert getattr(kept, name) == values, name
        assert getattr(kept, f"{name}_total") == expected.totals[name], f"{name}_total"
    assert (kept.next_lapse, kept.next_review) == (expected.next_lapse, expected.next_review)
    by_question = zip(kept.recognised, kept.proven, kept.declared, strict=True)
    assert all(-1 <= one <= two <= three <= 1000 for one, two, three in by_question)
    assert 0 <= kept.recognised_total <= kept.proven_total <= kept.declared_total <= 1000
