"""Nobody ever reads more than a plain model allows, whatever is given, taken back or left to end.

The model is a dictionary and a dozen lines of Python (``access_model.py``); the portal is asked
through its real doors, and PostgreSQL in the scope that the door would open, for every table that
hangs on an establishment.  TREIZE_ACCESS_LIVES asks for more lives than every run tries.
"""

import itertools
import os
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from portal.engagements import service as engagements
from portal.engagements.models import Engagement, EngagementAuditor, EngagementEstablishment
from portal.kit import clock
from tenants import service as tenants
from tenants.db import db
from tenants.models import Membership, MembershipEstablishment
from tenants.roles import PROVIDER_ROLES, Role
from tests.conftest import isolation
from tests.tenants import access_world
from tests.tenants.access_model import Access, Audit
from tests.tenants.access_world import HANGING, SLUGS, World

LIVES = settings(
    max_examples=int(os.environ.get("TREIZE_ACCESS_LIVES", "20")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
PERSON, SLUG, PLACE = st.integers(0, 2), st.sampled_from(SLUGS), st.integers(0, 2)
PLACES = st.sets(PLACE)
ROLE = st.sampled_from(
    [Role.OWNER, Role.TECHNICIAN, Role.DIRECTOR, Role.MEMBER, Role.AUDITOR, Role.AUDITOR]
)
#: In days from today; none of them at midnight's edge.
DAYS = st.integers(-3, 3)
#: Looked at after every step; all the others at the end of each life and whenever chance wants.
CENTRAL = ("contract", "tracked_requirement")


class Door(RuleBasedStateMachine):
    """Three people whom anything may happen to."""

    world: ClassVar[World]
    connection: ClassVar[sa.Connection]

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[tuple[int, str], Access] = {}
        self.memberships: dict[tuple[int, str], uuid.UUID] = {}
        self.audits: dict[tuple[int, str], Audit] = {}
        self.engagements: dict[tuple[int, str], uuid.UUID] = {}
        self.clients: dict[int, FlaskClient] = {}
        self.today = 0
        self.undone = self.connection.begin_nested()

    def teardown(self) -> None:
        """Every life ends at every door and before every table; then everything has its end."""
        try:
            for place in range(3):
                self._knock(place)
            self._look(HANGING)
            self.wait(4)
            self._look(HANGING)
        finally:
            db.session.remove()
            self.undone.rollback()

    @initialize(person=PERSON, slug=SLUG)
    def begin(self, person: int, slug: str) -> None:
        """A director of one place; an auditor of two, one of them in her engagement; an owner.

        And somebody whose access has not begun.
        """
        second, third = (person + 1) % 3, (person + 2) % 3
        self._give(person, slug, Access(-1, 3, role=Role.DIRECTOR, listed={0}))
        self._give(second, slug, Access(-1, 3, role=Role.AUDITOR, listed={0, 1}))
        self._open(second, slug, Audit(-1, 2, places={0, 2}))
        self._give(third, slug, Access(-1, 2, role=Role.OWNER))
        (other,) = {*SLUGS} - {slug}
        self._give(person, other, Access(2, None, role=Role.MEMBER, listed={1}))

    @rule(person=PERSON, slug=SLUG, role=ROLE, starts=DAYS, ends=st.none() | DAYS, listed=PLACES)
    def give(
        self, person: int, slug: str, role: Role, starts: int, ends: int | None, listed: set[int]
    ) -> None:
        if (person, slug) not in self.given:
            ends = None if ends is None else self.today + ends
            access = Access(self.today + starts, ends, role=role, listed=listed)
            self._give(person, slug, access)

    def _give(self, person: int, slug: str, access: Access) -> None:
        self.given[person, slug] = access
        with self.world.inside(slug):
            membership = tenants.admit(
                self.world.people[person],
                role=access.role,
                establishments=[self.world.places[slug][n] for n in access.listed],
                ends_at=None if access.ends is None else self._at(access.ends),
            )
            membership.starts_at = self._at(access.starts)
            db.session.commit()
            self.memberships[person, slug] = membership.id
        self._visit(person, slug, 0)

    @rule(person=PERSON, slug=SLUG, starts=DAYS, lasts=st.integers(1, 4), places=PLACES)
    def audit(self, person: int, slug: str, starts: int, lasts: int, places: set[int]) -> None:
        access = self.given.get((person, slug))
        if access and access.role is Role.AUDITOR and (person, slug) not in self.audits:
            starts += self.today
            self._open(person, slug, Audit(starts, starts + lasts, places=places))

    def _open(self, person: int, slug: str, audit: Audit) -> None:
        """As an owner does, on days of which some are past."""
        self.audits[person, slug] = audit
        day, owner = clock.today(), self.world.owners[slug]
        assert audit.ends is not None
        with self.world.inside(slug):
            engagement = Engagement(
                title="Audit", questions=[1], period_from=day, period_until=day, as_of=None,
                starts_at=self._at(audit.starts), ends_at=self._at(audit.ends), revoked_at=None,
                downloads=True, watermark=True, auditors=["P"], opened_by=owner.user_id,
                opened_by_name=owner.name,
            )  # fmt: skip
            db.session.add(engagement)
            db.session.flush()
            self.engagements[person, slug] = engagement.id
            its = {"engagement_id": engagement.id}
            db.session.add(EngagementAuditor(**its, membership_id=self.memberships[person, slug]))
            db.session.add_all(
                EngagementEstablishment(**its, establishment_id=self.world.places[slug][n])
                for n in audit.places
            )
            db.session.commit()
        self._visit(person, slug, 0)

    @rule(person=PERSON, slug=SLUG)
    def end_audit(self, person: int, slug: str) -> None:
        audit = self.audits.get((person, slug))
        if audit and not audit.revoked:
            audit.revoked = True
            with self.world.inside(slug):
                its_id = self.engagements[person, slug]
                engagements.revoke(self.world.owners[slug], its_id, at=clock.now())
                db.session.commit()
            self._visit(person, slug, 0)

    @rule(person=PERSON, slug=SLUG, listed=PLACES)
    def list_others(self, person: int, slug: str, listed: set[int]) -> None:
        if (access := self.given.get((person, slug))) is None:
            return
        access.listed = listed
        its = {"membership_id": self.memberships[person, slug]}
        with self.world.inside(slug):
            db.session.execute(sa.delete(MembershipEstablishment).filter_by(**its))
            db.session.add_all(
                MembershipEstablishment(**its, establishment_id=self.world.places[slug][n])
                for n in listed
            )
            db.session.commit()
        self._visit(person, slug, 0)

    @rule(person=PERSON, slug=SLUG)
    def revoke(self, person: int, slug: str) -> None:
        if (access := self.given.get((person, slug))) is None or access.revoked:
            return
        access.revoked = True
        with self.world.inside(slug):
            found = db.session.get_one(
                Membership,
                (self.world.owners[slug].tenant_id, self.memberships[person, slug]),
            )
            tenants.revoke(found, at=clock.now())
            db.session.commit()
        self._visit(person, slug, 0)

    @rule(days=st.integers(1, 3))
    def wait(self, days: int) -> None:
        """Days pass: for rows that hold moments, they come nearer."""
        self.today += days
        gone = timedelta(days=days)
        for slug, model in itertools.product(SLUGS, (Membership, Engagement)):
            with self.world.inside(slug):
                nearer = {"starts_at": model.starts_at - gone, "ends_at": model.ends_at - gone}
                db.session.execute(sa.update(model).values(nearer))
                db.session.commit()
        for person, slug in self.given:
            self._visit(person, slug, 0)

    @rule(place=PLACE)
    def knock(self, place: int) -> None:
        """Everybody, at each door, with the id of an establishment behind it and of another."""
        self._knock(place)
        self._look(HANGING)

    def _knock(self, place: int) -> None:
        for person, slug in itertools.product(range(3), SLUGS):
            self._visit(person, slug, place)
            (other,) = {*SLUGS} - {slug}
            foreign = f"/{slug}/etablissements/{self.world.places[other][place]}"
            assert not self._opens(person, foreign), (foreign, self.given)

    def _visit(self, person: int, slug: str, place: int) -> None:
        """One person, at the tenant's door, an establishment's and those of its engagements."""
        access = self.given.get((person, slug))
        reached = access.reached(self.today) if access else set()
        doors = {
            f"/{slug}/audits": access is not None and access.lasts(self.today),
            f"/{slug}/etablissements/{self.world.places[slug][place]}": place in reached,
        }
        for (whose, of), audit in self.audits.items():
            if of == slug:
                enters = access and access.enters(self.today, audit, hers=whose == person)
                doors[f"/{slug}/audits/{self.engagements[whose, of]}"] = bool(enters)
        told = {address: self._opens(person, address) for address in doors}
        assert told == doors, (person, self.given, self.audits)

    def _opens(self, person: int, address: str) -> bool:
        if person not in self.clients:
            self.clients[person] = self.world.client(person)
        return self.clients[person].get(address).status_code == 200

    @invariant()
    def a_scope_reads_what_the_model_allows(self) -> None:
        self._look(CENTRAL)

    def _look(self, hanging: Collection[str]) -> None:
        """In the scope of each access, outside any engagement and within her own.

        A provider's people are let in or not by the door alone: see ``_visit``.
        """
        for (person, slug), access in self.given.items():
            if access.role in PROVIDER_ROLES:
                continue
            self._look_as(person, slug, hanging, None, None)
            if (audit := self.audits.get((person, slug))) is not None:
                self._look_as(person, slug, hanging, audit, self.engagements[person, slug])

    def _look_as(
        self,
        person: int,
        slug: str,
        hanging: Collection[str],
        audit: Audit | None,
        audit_id: uuid.UUID | None,
    ) -> None:
        access, user_id = self.given[person, slug], self.world.people[person]
        reached = access.reached(self.today, audit)
        of = (slug, user_id, self.memberships[person, slug], audit_id)
        for table, read in self.world.read(*of, hanging=hanging).items():
            # Of what is within her engagement, some tables show an auditor less.
            less = access.role is Role.AUDITOR and table != "establishment"
            assert read <= reached if less else read == reached, (table, access, audit)

    def _at(self, day: int) -> datetime:
        return self.world.at(day - self.today)


@pytest.fixture
def door(app: Flask) -> Iterator[type[Door]]:
    app.extensions["limits"].forget()
    with isolation(app) as connection:
        world = access_world.build(app)
        yield type("DoorOfThisApp", (Door,), {"world": world, "connection": connection})


def test_nobody_reads_more_or_less_than_the_model_allows(door: type[Door]) -> None:
    run_state_machine_as_test(door, settings=LIVES)
