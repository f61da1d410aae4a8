"""Nobody ever reads more than a plain model allows, whatever is given, taken back or left to end.

The model is a dictionary and a dozen lines of Python; the portal is asked through its real door,
and PostgreSQL in the scope that the door would open.
TREIZE_ACCESS_LIVES asks for more lives than every run tries.
"""

import itertools
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

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

from portal.kit import clock
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Reach, Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership, MembershipEstablishment
from tenants.roles import PROVIDER_ROLES, Role
from tests import make
from tests.conftest import isolation, sign_in

LIVES = settings(
    max_examples=int(os.environ.get("TREIZE_ACCESS_LIVES", "40")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SLUGS = ("acme", "globex")
PERSON, SLUG, PLACE = st.integers(0, 2), st.sampled_from(SLUGS), st.integers(0, 2)
PLACES = st.sets(PLACE)
ROLE = st.sampled_from([Role.OWNER, Role.TECHNICIAN, Role.DIRECTOR, Role.MEMBER, Role.AUDITOR])
#: In days from today; none of them at midnight's edge.
DAYS = st.integers(-3, 3)


@dataclass
class Access:
    """What somebody was given in one tenant.  Days count from the model's own today."""

    role: Role
    starts: int
    ends: int | None
    listed: set[int] = field(default_factory=set)
    revoked: bool = False

    def reached(self, today: int) -> set[int]:
        if self.revoked or today < self.starts or (self.ends is not None and today >= self.ends):
            return set()
        if self.role is Role.AUDITOR:
            return set()  # nothing without an engagement: tests/engagements/test_locks.py
        return {0, 1, 2} if self.role in PROVIDER_ROLES else self.listed


class Door(RuleBasedStateMachine):
    """Two tenants, three establishments each, three people whom anything may happen to."""

    app: ClassVar[Flask]

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[tuple[int, str], Access] = {}
        self.today = 0
        self.isolation = isolation(self.app)
        self.isolation.__enter__()
        self.owners = {slug: make.tenant(slug) for slug in SLUGS}
        self.places = {slug: self._places(slug) for slug in SLUGS}
        with entered(Scope()):
            people = [
                tenants.register_user(email=f"p{n}@x.example", name=f"P{n}", password_hash=None)
                for n in range(3)
            ]
            self.people = [person.id for person in people]
            db.session.commit()

    def _places(self, slug: str) -> list[uuid.UUID]:
        with tenant_scope(self.owners[slug].tenant_id):
            found = [make.establishment(f"{slug} {n}") for n in range(3)]
            db.session.commit()
        db.session.remove()
        return found

    def teardown(self) -> None:
        """Every life ends at every door."""
        try:
            self._knock(0)
        finally:
            db.session.remove()
            self.isolation.__exit__(None, None, None)

    @initialize(person=PERSON, slug=SLUG)
    def begin(self, person: int, slug: str) -> None:
        self._give(person, slug, Access(Role.DIRECTOR, -1, None, {0}))

    @rule(person=PERSON, slug=SLUG, role=ROLE, starts=DAYS, ends=st.none() | DAYS, listed=PLACES)
    def give(
        self, person: int, slug: str, role: Role, starts: int, ends: int | None, listed: set[int]
    ) -> None:
        if (person, slug) not in self.given:
            ends = None if ends is None else self.today + ends
            self._give(person, slug, Access(role, self.today + starts, ends, listed))

    def _give(self, person: int, slug: str, access: Access) -> None:
        self.given[person, slug] = access
        with self._inside(slug):
            membership = tenants.admit(
                self.people[person],
                role=access.role,
                establishments=[self.places[slug][n] for n in access.listed],
                ends_at=None if access.ends is None else self._at(access.ends),
            )
            membership.starts_at = self._at(access.starts)
            db.session.commit()

    @rule(person=PERSON, slug=SLUG, listed=PLACES)
    def list_others(self, person: int, slug: str, listed: set[int]) -> None:
        if (access := self.given.get((person, slug))) is None:
            return
        access.listed = listed
        with self._inside(slug):
            membership_id = self._membership(person).id
            db.session.execute(
                sa.delete(MembershipEstablishment).where(
                    MembershipEstablishment.membership_id == membership_id
                )
            )
            db.session.add_all(
                MembershipEstablishment(
                    membership_id=membership_id, establishment_id=self.places[slug][n]
                )
                for n in listed
            )
            db.session.commit()

    @rule(person=PERSON, slug=SLUG)
    def revoke(self, person: int, slug: str) -> None:
        if (access := self.given.get((person, slug))) is None or access.revoked:
            return
        access.revoked = True
        with self._inside(slug):
            tenants.revoke(self._membership(person), at=clock.now())
            db.session.commit()

    @rule(days=st.integers(1, 3))
    def wait(self, days: int) -> None:
        """Days pass: for rows that hold moments, they come nearer."""
        self.today += days
        gone = timedelta(days=days)
        for slug in SLUGS:
            with self._inside(slug):
                db.session.execute(
                    sa.update(Membership).values(
                        starts_at=Membership.starts_at - gone, ends_at=Membership.ends_at - gone
                    )
                )
                db.session.commit()

    @rule(place=PLACE)
    def knock(self, place: int) -> None:
        """Everybody, at each door, with the id of an establishment behind it and of another."""
        self._knock(place)

    def _knock(self, place: int) -> None:
        for person, user_id in enumerate(self.people):
            client = self.app.test_client()
            sign_in(client, Actor(user_id, uuid.uuid4(), Role.MEMBER, "P"))
            for slug, at in itertools.product(SLUGS, SLUGS):
                address = f"/{slug}/etablissements/{self.places[at][place]}"
                may = slug == at and place in self._reached(person, slug)
                assert (client.get(address).status_code == 200) is may, (address, self.given)

    @invariant()
    def a_scope_reads_what_the_model_allows(self) -> None:
        for (person, slug), access in self.given.items():
            with self._inside(slug):
                membership_id = self._membership(person).id
            if access.role in PROVIDER_ROLES:
                continue  # what the door alone decides: see ``knock``
            tenant_id = self.owners[slug].tenant_id
            with entered(Scope(tenant_id, Reach.LISTED, membership_id, self.people[person])):
                read = set(db.session.scalars(sa.select(sa.text("id")).select_from(_TABLE)))
                db.session.rollback()
            reached = self._reached(person, slug)
            assert read == {self.places[slug][n] for n in reached}, access

    def _reached(self, person: int, slug: str) -> set[int]:
        access = self.given.get((person, slug))
        return set() if access is None else access.reached(self.today)

    @contextmanager
    def _inside(self, slug: str) -> Iterator[None]:
        with tenant_scope(self.owners[slug].tenant_id):
            yield
        db.session.remove()

    def _membership(self, person: int) -> Membership:
        return db.session.scalars(
            sa.select(Membership).where(Membership.user_id == self.people[person])
        ).one()

    def _at(self, day: int) -> datetime:
        return clock.now() + timedelta(days=day - self.today, seconds=-60)


#: Read without the ORM's own filter: PostgreSQL stands alone here.
_TABLE = sa.table("establishment", sa.column("id", sa.Uuid()))


@pytest.fixture(autouse=True)
def _clean(app: Flask) -> None:
    Door.app = app


def test_nobody_reads_more_or_less_than_the_model_allows() -> None:
    run_state_machine_as_test(Door, settings=LIVES)
