"""Each side writes its own part of an audit, knocked at by plain SQL: the gate is not asked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.kit import clock
from tenants.access import Actor
from tenants.context import Reach, Scope, entered
from tenants.db import Base, db
from tenants.scoping import new_id
from tests.conftest import Visit
from tests.engagements.conftest import Room, as_auditor, membership_of
from tests.house.locks import Outcome, outcome_of
from tests.tracking import scene
from tests.tracking.scene import CODE

FINDING, REQUEST, DRAW = (
    Base.metadata.tables[name] for name in ("audit_finding", "audit_request", "engagement_draw")
)
AUDITOR: Mapping[str, Any] = {
    "conclusion": "conform", "words": "Tout va bien.", "version": 9, "found_by_name": "Autre",
}  # fmt: skip
PROVIDER: Mapping[str, Any] = {
    "provider_answer": "Oui.", "provider_by_name": "Yann", "provider_at": clock.now(),
}  # fmt: skip
PLACE: Mapping[str, Any] = {
    "place_answer": "Oui.", "place_by_name": "Léa", "place_at": clock.now(),
}  # fmt: skip
SIDES = {"auditor": AUDITOR, "owner": PROVIDER, "director": PLACE}


@contextmanager
def as_(room: Room, who: str) -> Iterator[None]:
    """In the scope in which this person's requests run."""
    actor: Actor = getattr(room, who)
    if who == "auditor":
        with as_auditor(actor, room.id):
            yield
        return
    scope = scene.listed(actor)
    if who == "owner":
        member = membership_of(actor)
        db.session.rollback()
        scope = Scope(actor.tenant_id, Reach.TENANT, member, actor.user_id)
    with entered(scope):
        yield
        db.session.rollback()


def done(room: Room, who: str, statement: sa.Executable) -> Outcome:
    with as_(room, who):
        return outcome_of(db.session.connection(), statement)


@pytest.fixture
def spoken(room: Room, visit: Visit) -> Room:
    """An audit with a request and a conclusion in it."""
    browser = visit(room.auditor)
    due = clock.today().isoformat()
    browser.post(f"{room.point}/demander", data={"words": "Le rapport", "due_on": due})
    said = {"conclusion": "major", "words": "Rien vu.", "version": "0"}
    assert browser.post(f"{room.point}/conclure", data=said).status_code == 303
    return room


@pytest.mark.parametrize("who", SIDES)
@pytest.mark.parametrize("side", SIDES)
def test_of_a_conclusion_each_writes_its_own_part(spoken: Room, who: str, side: str) -> None:
    for column, value in SIDES[side].items():
        outcome = done(spoken, who, FINDING.update().values({column: value}))
        assert (column, outcome) == (column, Outcome.DONE if who == side else Outcome.REFUSED)


@pytest.mark.parametrize("who", SIDES)
@pytest.mark.parametrize("table", [FINDING, REQUEST], ids=lambda table: table.name)
def test_nobody_moves_what_was_said_to_another_point(
    spoken: Room, who: str, table: sa.Table
) -> None:
    for change in ({"requirement_code": "SAUV-01"}, {"establishment_id": spoken.other}):
        assert done(spoken, who, table.update().values(change)) is Outcome.REFUSED


@pytest.mark.parametrize(
    ("change", "who"),
    [
        ({"answer": "Voici.", "answered_by_name": "Yann", "answered_at": clock.now()}, "owner"),
        ({"words": "Autre chose"}, ""),
        ({"due_on": clock.today() + timedelta(9)}, ""),
        ({"asked_by_name": "Autre"}, ""),
    ],
)
def test_what_is_asked_is_the_provider_s_to_answer_and_nobody_s_to_change(
    spoken: Room, change: dict[str, Any], who: str
) -> None:
    for person in SIDES:
        outcome = done(spoken, person, REQUEST.update().values(change))
        assert outcome is (Outcome.DONE if person == who else Outcome.REFUSED)


def _new(room: Room, table: sa.Table) -> sa.Insert:
    found = db.session.execute(sa.select(table)).first() if table is not DRAW else None
    db.session.rollback()
    if found is None:
        return DRAW.insert().values(
            tenant_id=room.owner.tenant_id, id=new_id(), engagement_id=room.id,
            seed="0", size=1, drawn_by_name="X",
        )  # fmt: skip
    row = {**found._asdict(), "id": new_id(), "requirement_code": CODE}
    return table.insert().values({name: v for name, v in row.items() if v is not None})


@pytest.mark.parametrize("who", SIDES)
@pytest.mark.parametrize("table", [FINDING, REQUEST, DRAW], ids=lambda table: table.name)
def test_an_auditor_alone_asks_draws_and_concludes(spoken: Room, who: str, table: sa.Table) -> None:
    outcome = done(spoken, who, _new(spoken, table))

    if who == "auditor":
        assert outcome in {Outcome.DONE, Outcome.TIED}
    else:
        assert outcome is Outcome.REFUSED


def test_a_director_does_not_answer_in_her_provider_s_place(spoken: Room, visit: Visit) -> None:
    asked = db.session.scalar(sa.select(REQUEST.c.id))
    db.session.rollback()

    answer = visit(spoken.director).post(
        f"{spoken.url}/demandes/{asked}", data={"words": "À sa place."}
    )

    assert answer.status_code == 403
    assert db.session.scalar(sa.select(REQUEST.c.answer)) is None
