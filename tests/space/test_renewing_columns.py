"""What an establishment may write of the place that one proof takes of another, by plain SQL."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.evidence.models import Visibility
from portal.kit import clock
from tenants.access import Actor
from tenants.context import entered
from tenants.db import Base, db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.house.locks import Outcome, outcome_of
from tests.space.depositing import deposited
from tests.space.test_proof_columns import begun
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE

EVIDENCE = Base.metadata.tables["evidence"]
TODAY = clock.today()


def put(pages: Pages, **values: Any) -> uuid.UUID:
    """A proof of the house as the tenant may leave it there, in quarantine by default."""
    row = begun(pages, **values)
    db.session.execute(EVIDENCE.insert().values(row))
    db.session.commit()
    made: uuid.UUID = row["id"]
    return made


def points(old: object, new: object, **besides: Any) -> sa.Update:
    return EVIDENCE.update().where(EVIDENCE.c.id == old).values(replaced_by=new, **besides)


def comes_of(pages: Pages, *statements: sa.Update, by: Actor | None = None) -> list[Outcome]:
    """Of each in turn, in the director's scope or another's; undone."""
    with entered(scene.listed(by or pages.director)):
        connection = db.session.connection()
        found = [outcome_of(connection, one) for one in statements]
        db.session.rollback()
    return found


@pytest.fixture
def old(pages: Pages, visit: Visit) -> uuid.UUID:
    """One that proves."""
    found: uuid.UUID = deposited(visit(pages.director), pages).id
    return found


def test_what_has_just_come_in_takes_its_place_and_nothing_else_is_said_with_it(
    pages: Pages, old: uuid.UUID
) -> None:
    new = put(pages)

    assert comes_of(pages, points(old, new, version=2)) == [Outcome.DONE]
    assert comes_of(pages, points(old, new, title="Autre")) == [Outcome.REFUSED]
    assert comes_of(pages, points(old, new, state="rejected")) == [Outcome.REFUSED]
    assert comes_of(pages, points(old, new, valid_until=TODAY)) == [Outcome.REFUSED]


@pytest.mark.parametrize(
    "values",
    [
        {"state": "ready"},
        {"state": "held"},
        {"state": "rejected", "reason": "virus"},
        {"withdrawn_at": clock.now()},
        {"added_by": uuid.UUID(int=9)},
    ],
)
def test_nothing_else_does(pages: Pages, old: uuid.UUID, values: dict[str, Any]) -> None:
    assert comes_of(pages, points(old, put(pages, **values))) == [Outcome.REFUSED]


def test_neither_does_what_is_elsewhere_or_nowhere(pages: Pages, old: uuid.UUID) -> None:
    theirs = scene.prove(
        pages.owner, CODE, until=TODAY + timedelta(30), today=TODAY,
        establishment_ids=[pages.place], visibility=Visibility.CLIENTS,
    )  # fmt: skip
    neighbour = make.member(Role.DIRECTOR, establishments=[pages.neighbour])
    beside = put(pages, establishment_id=pages.neighbour, added_by=pages.director.user_id)
    mine = put(pages, establishment_id=pages.neighbour, added_by=neighbour.user_id)

    for wrong in (theirs, beside, mine, uuid.UUID(int=5), old):
        assert comes_of(pages, points(old, wrong)) == [Outcome.REFUSED]


def test_nor_does_what_another_of_her_houses_deposited(pages: Pages, old: uuid.UUID) -> None:
    """Whoever directs two sees the proofs of both."""
    both = make.member(Role.DIRECTOR, establishments=[pages.place, pages.neighbour])
    here = put(pages, added_by=both.user_id)
    there = put(pages, establishment_id=pages.neighbour, added_by=both.user_id)

    assert comes_of(pages, points(old, here), by=both) == [Outcome.DONE]
    assert comes_of(pages, points(old, there), by=both) == [Outcome.REFUSED]


def test_a_place_that_is_taken_is_taken_until_its_holder_fails(
    pages: Pages, old: uuid.UUID
) -> None:
    first, second = put(pages), put(pages)
    gone = EVIDENCE.update().where(EVIDENCE.c.id == first).values(withdrawn_at=clock.now())

    assert comes_of(pages, points(old, first), points(old, second)) == [
        Outcome.DONE, Outcome.REFUSED,
    ]  # fmt: skip
    assert comes_of(pages, points(old, first), points(old, None)) == [
        Outcome.DONE, Outcome.REFUSED,
    ]  # fmt: skip
    assert comes_of(
        pages, points(old, first), gone, points(first, second), points(old, second)
    ) == [Outcome.DONE] * 4  # fmt: skip


def test_no_line_closes_on_itself(pages: Pages) -> None:
    first, second = put(pages), put(pages)

    assert comes_of(pages, points(first, second), points(second, first)) == [
        Outcome.DONE, Outcome.REFUSED,
    ]  # fmt: skip


def test_an_auditor_and_another_house_write_none_of_it(pages: Pages, old: uuid.UUID) -> None:
    new = put(pages)
    neighbour = make.member(Role.DIRECTOR, establishments=[pages.neighbour])
    db.session.commit()
    for who in (pages.auditor, neighbour):
        with entered(scene.listed(who)):
            assert outcome_of(db.session.connection(), points(old, new)) is Outcome.NOTHING
            db.session.rollback()
