"""Rules of declaring, excepting and judging: what is refused, to whom, and what is kept of it."""

import uuid
from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from portal.kit.errors import Conflict, NotFound, Refused
from portal.tracking.models import Statement, Status
from tenants.access import Actor
from tenants.context import entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY


def test_a_statement_moves_every_client_that_inherits_it(owner: Actor, offering: uuid.UUID) -> None:
    clients, other = [scene.client(offering) for _ in range(3)], scene.client(make.offering())

    scene.declare(owner, offering)

    assert [scene.row(client).status for client in clients] == ["implemented"] * 3
    assert [scene.card(client).declared[1] > 0 for client in clients] == [True] * 3
    assert scene.row(other).status == "unknown"


def test_each_declaration_counts_a_version(owner: Actor, offering: uuid.UUID) -> None:
    scene.declare(owner, offering, Status.PLANNED, text="Au printemps.")
    scene.declare(owner, offering, Status.PARTIAL, text="À moitié.")

    said = db.session.scalars(sa.select(Statement)).one()
    assert (said.version, said.status, said.text) == (2, Status.PARTIAL, "À moitié.")
    assert said.changed_by_name == owner.name


@pytest.mark.parametrize("version", [0, 2])
def test_a_second_editor_is_told_and_nothing_is_written(
    owner: Actor, offering: uuid.UUID, version: int
) -> None:
    scene.declare(owner, offering)

    scene.refused(Conflict, lambda: scene.declare(owner, offering, Status.PARTIAL, version=version))


def test_a_statement_that_was_never_made_has_no_first_version(
    owner: Actor, offering: uuid.UUID
) -> None:
    scene.refused(Conflict, lambda: scene.declare(owner, offering, version=1))


@pytest.mark.parametrize("deed", ["except_", "withdraw", "judge"])
def test_whoever_read_an_older_state_is_told(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, director: Actor, deed: str
) -> None:
    read = scene.written(place)
    scene.declare(owner, offering)
    if deed == "withdraw":
        scene.except_(owner, place)
    person = director if deed == "judge" else owner

    scene.refused(Conflict, lambda: getattr(scene, deed)(person, place, version=read))


@pytest.mark.parametrize(
    ("reviewed_on", "field"),
    [
        (TODAY + timedelta(1), "reviewed_on"),
        (date(TODAY.year - 6, 12, 31), "reviewed_on"),
        (date.min, "reviewed_on"),
        (date.max, "reviewed_on"),
    ],
)
def test_a_review_is_neither_of_tomorrow_nor_of_another_age(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, reviewed_on: date, field: str
) -> None:
    declared = scene.refused(
        Refused, lambda: scene.declare(owner, offering, reviewed_on=reviewed_on)
    )
    excepted = scene.refused(Refused, lambda: scene.except_(owner, place, reviewed_on=reviewed_on))

    assert (declared.field, excepted.field) == (field, field)


@pytest.mark.parametrize("reviewed_on", [TODAY, date(TODAY.year - 5, 1, 1)])
def test_a_review_of_today_or_of_five_years_ago_is_taken(
    owner: Actor, offering: uuid.UUID, reviewed_on: date
) -> None:
    scene.declare(owner, offering, reviewed_on=reviewed_on)

    assert db.session.scalars(sa.select(Statement.reviewed_on)).one() == reviewed_on


@pytest.mark.parametrize(
    ("status", "words"), [(Status.IMPLEMENTED, "x" * 4001), (Status.NOT_APPLICABLE, "")]
)
def test_words_too_long_and_a_reason_left_out_are_refused_beside_their_field(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, status: Status, words: str
) -> None:
    declared = scene.refused(Refused, lambda: scene.declare(owner, offering, status, text=words))
    excepted = scene.refused(Refused, lambda: scene.except_(owner, place, status, note=words))

    assert (declared.field, excepted.field) == ("text", "note")


def test_an_offering_speaks_only_of_what_it_serves(owner: Actor, offering: uuid.UUID) -> None:
    for code in ("SAUV-01", "NOPE-99"):
        scene.refused(NotFound, partial(scene.declare, owner, offering, code=code))


def test_what_is_not_tracked_or_not_ours_is_not_found(
    owner: Actor, stranger: Actor, offering: uuid.UUID
) -> None:
    with tenant_scope(stranger.tenant_id):
        their_offering = make.offering(carries=[CODE])
        theirs = scene.client(their_offering)
    db.session.remove()
    prospect = make.establishment()

    scene.refused(NotFound, lambda: scene.declare(owner, their_offering, version=0))
    for place in (theirs, prospect, scene.UNKNOWN):
        for deed in (scene.except_, scene.withdraw, scene.judge):
            scene.refused(NotFound, partial(deed, owner, place, version=1))


def test_an_exception_can_only_be_withdrawn_where_there_is_one(
    owner: Actor, place: uuid.UUID
) -> None:
    scene.refused(Refused, lambda: scene.withdraw(owner, place))


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.MEMBER])
def test_the_database_keeps_statements_from_whoever_sees_only_some_establishments(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, role: Role
) -> None:
    """As if no view ever asked for a permission."""
    scene.declare(owner, offering)
    person = make.member(role, establishments=[place])
    before = scene.whole()
    statement = db.metadata.tables["statement"]
    (said,) = before["statement"]
    another = {**said._mapping, "id": uuid.uuid4(), "requirement_code": "SAUV-01"}

    with entered(scene.listed(person)):
        for write in (sa.update(statement).values(status="planned"), sa.delete(statement)):
            assert db.session.connection().execute(write).rowcount == 0
        with pytest.raises(DBAPIError, match="row-level security"):
            db.session.execute(sa.insert(statement).values(another))
        db.session.rollback()
        with pytest.raises(StaleDataError):
            scene.declare(person, offering, Status.PLANNED, version=1)
        db.session.rollback()

    assert scene.whole() == before
