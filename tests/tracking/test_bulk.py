"""Declarations as acts: what a preview says, what the act does, and what undoing gives back."""

import uuid

import pytest
import sqlalchemy as sa

from portal.audit.acts import AlreadyUndone
from portal.audit.models import AuditEvent, BulkAct
from portal.kit.errors import Conflict, NotFound
from portal.tracking import bulk
from portal.tracking.models import Status, Verdict
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY


@pytest.fixture
def offering(owner: Actor) -> uuid.UUID:
    return make.offering(carries=[CODE])


def undo(actor: Actor, act_id: uuid.UUID) -> None:
    try:
        bulk.undo(actor, act_id=act_id, at=scene.at(), today=TODAY)
        db.session.commit()
    finally:
        db.session.rollback()


def kept() -> dict[str, list[AnyRow]]:
    """What the screens show of every establishment: states, proofs, verdicts and scores."""
    tables = ("tracked_requirement", "scorecard")
    volatile = {"version", "updated_at"}
    found = {}
    for name in tables:
        table = db.metadata.tables[name]
        columns = [column for column in table.columns if column.name not in volatile]
        found[name] = sorted(db.session.execute(sa.select(*columns)).all(), key=repr)
    return found


def test_an_act_says_how_many_follow_it(owner: Actor, offering: uuid.UUID) -> None:
    for _ in range(3):
        scene.client(offering)
    exception = scene.client(offering)
    scene.except_(owner, exception)

    act_id = scene.declare(owner, offering)

    act = db.session.scalars(sa.select(BulkAct).where(BulkAct.id == act_id)).one()
    assert act.summary == {"code": CODE, "offering_id": str(offering), "establishments": 3}
    assert act.actor_name == owner.name


def test_undoing_gives_back_every_score_and_every_recognition(
    owner: Actor, offering: uuid.UUID
) -> None:
    first, second, exception, archived = (scene.client(offering) for _ in range(4))
    director = make.member(Role.DIRECTOR, establishments=[first, second, exception, archived])
    scene.declare(owner, offering, Status.PARTIAL)
    scene.prove(owner)
    scene.except_(owner, exception, Status.IMPLEMENTED)
    for place in (first, exception):
        scene.judge_as(director, place)
    scene.judge_as(director, second, Verdict.CONTESTED)
    before = kept()

    act_id = scene.declare(owner, offering, Status.IMPLEMENTED)
    during = kept()
    undo(owner, act_id)

    assert during != before
    assert kept() == before


def test_undoing_a_first_declaration_leaves_nothing_said(owner: Actor, offering: uuid.UUID) -> None:
    place = scene.client(offering)
    before = kept()

    act_id = scene.declare(owner, offering)
    undo(owner, act_id)

    assert kept() == before
    assert scene.row(place).origin == "none"


def test_undoing_does_not_recognise_in_the_place_of_who_thought_again(
    owner: Actor, offering: uuid.UUID
) -> None:
    place = scene.client(offering)
    director = make.member(Role.DIRECTOR, establishments=[place])
    scene.declare(owner, offering, Status.PARTIAL)
    scene.judge_as(director, place)
    act_id = scene.declare(owner, offering, Status.IMPLEMENTED)
    scene.judge_as(director, place, Verdict.RECOGNISED)
    scene.judge_as(director, place, Verdict.NONE, today=TODAY)

    undo(owner, act_id)

    assert scene.row(place).verdict == "none"


def test_undoing_does_not_recognise_an_exception_made_since(
    owner: Actor, offering: uuid.UUID
) -> None:
    place = scene.client(offering)
    director = make.member(Role.DIRECTOR, establishments=[place])
    scene.declare(owner, offering, Status.PARTIAL)
    scene.judge_as(director, place)
    act_id = scene.declare(owner, offering, Status.IMPLEMENTED)
    scene.except_(owner, place, Status.PARTIAL)

    undo(owner, act_id)

    assert (scene.row(place).origin, scene.row(place).verdict) == ("own", "none")


def test_undoing_is_refused_once_somebody_has_declared_since(
    owner: Actor, offering: uuid.UUID
) -> None:
    act_id = scene.declare(owner, offering, Status.IMPLEMENTED)
    scene.declare(owner, offering, Status.PLANNED, text="Prévu au printemps.")
    before = scene.whole()

    with pytest.raises(Conflict):
        undo(owner, act_id)

    assert scene.whole() == before


def test_the_later_of_two_acts_can_still_be_undone(owner: Actor, offering: uuid.UUID) -> None:
    place = scene.client(offering)
    scene.declare(owner, offering, Status.IMPLEMENTED)
    later = scene.declare(owner, offering, Status.PLANNED)

    undo(owner, later)

    assert scene.row(place).status == "implemented"


def test_undoing_twice_is_refused(owner: Actor, offering: uuid.UUID) -> None:
    act_id = scene.declare(owner, offering)
    undo(owner, act_id)
    before = scene.whole()

    with pytest.raises(AlreadyUndone):
        undo(owner, act_id)

    assert scene.whole() == before


def test_an_act_of_another_tenant_or_kind_or_none_at_all_is_not_found(
    owner: Actor, stranger: Actor, offering: uuid.UUID
) -> None:
    with tenant_scope(stranger.tenant_id):
        foreign = scene.declare(stranger, make.offering(carries=[CODE]))
    db.session.remove()
    other_kind = BulkAct(
        kind="contracts.signed", actor_id=owner.user_id, actor_name="-", summary={}, before={}
    )
    db.session.add(other_kind)
    db.session.commit()

    for act_id in (foreign, other_kind.id, scene.UNKNOWN):
        with pytest.raises(NotFound):
            undo(owner, act_id)


def test_declaring_and_undoing_each_leave_one_line_in_the_journal(
    owner: Actor, offering: uuid.UUID, technician: Actor
) -> None:
    scene.client(offering)
    act_id = scene.declare(technician, offering, Status.PARTIAL, text="Un site sur deux.")
    undo(owner, act_id)

    events = db.session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action.startswith("statement."))
        .order_by(AuditEvent.at)
    ).all()
    assert [(e.action, e.actor_name, e.requirement_code) for e in events] == [
        ("statement.declared", technician.name, CODE),
        ("statement.undone", owner.name, CODE),
    ]
    assert events[0].details == {"status": "partial", "before": None, "text": "Un site sur deux."}
