"""An offering rewritten for all its clients: done, and undone."""

import uuid
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from portal.audit.acts import AlreadyUndone
from portal.audit.models import AuditEvent
from portal.contracts import offerings, queries
from portal.contracts.offerings import Content
from portal.contracts.rewriting import ChangedSince
from portal.kit.errors import NotFound, Refused
from portal.tracking.models import Status, Verdict
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.contracts import rewritten
from tests.contracts.rewritten import (
    CARRIED,
    SUPPORTED,
    WISHES,
    content,
    edit,
    foresee,
    named,
    undo,
)
from tests.tracking import scene
from tests.tracking.scene import TODAY

offering, homes = rewritten.offering, rewritten.homes


def shown() -> dict[str, Sequence[AnyRow]]:
    """What the screens show of offerings, states, verdicts and scores."""
    volatile = {"version", "updated_at"}
    found: dict[str, Sequence[AnyRow]] = {}
    for name in ("offering", "offering_requirement", "tracked_requirement", "scorecard"):
        table = db.metadata.tables[name]
        columns = [column for column in table.columns if column.name not in volatile]
        found[name] = sorted(db.session.execute(sa.select(*columns)).all(), key=repr)
    return found


@pytest.mark.parametrize("wish", WISHES)
def test_undoing_gives_back_every_state_score_and_recognition(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID], wish: str
) -> None:
    included, served = WISHES[wish]
    scene.client(make.offering(), name="Dunes")
    scene.judge(owner, homes[0])
    scene.judge(owner, homes[2])
    before = shown()

    act_id = edit(owner, offering, content(offering, *served, included=included))
    between = shown()
    undo(owner, act_id)

    assert between != before
    assert shown() == before


def test_a_name_alone_moves_nobody_and_is_undone_all_the_same(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    wished = Content("La nôtre", "Autrement dit.", False, [CARRIED])

    told = foresee(owner, offering, wished)
    act_id = edit(owner, offering, wished)
    renamed = queries.offering(offering).name
    undo(owner, act_id)

    assert (told.idle, told.differences, told.rehearsed.moves) == (False, [], [])
    assert (renamed, queries.offering(offering).name) == ("La nôtre", "Sauvegarde")


def test_the_same_words_again_write_nothing(owner: Actor, offering: uuid.UUID) -> None:
    before = scene.whole()

    assert foresee(owner, offering, content(offering, CARRIED)).idle
    assert edit(owner, offering, content(offering, CARRIED)) is None
    assert scene.whole() == before


def test_a_recognition_that_somebody_thought_over_since_does_not_come_back(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    for home in homes[:2]:
        scene.judge(owner, home)
    act_id = edit(owner, offering, content(offering))
    scene.judge(owner, homes[1], Verdict.CONTESTED)

    undo(owner, act_id)

    assert [scene.row(home).verdict for home in homes[:2]] == ["recognised", "contested"]


def test_whoever_became_a_client_since_follows_back_as_well(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    act_id = edit(owner, offering, content(offering))
    newcomer = scene.client(offering)
    without = scene.row(newcomer).status

    undo(owner, act_id)

    assert (without, scene.row(newcomer).status) == (Status.UNKNOWN, Status.IMPLEMENTED)


def test_nothing_is_undone_once_somebody_changed_the_offering(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    first = edit(owner, offering, content(offering, SUPPORTED))
    edit(owner, offering, content(offering, SUPPORTED, included=True))
    scene.refused(ChangedSince, lambda: undo(owner, first))

    second = edit(owner, offering, content(offering, CARRIED))
    offerings.archive(owner, offering, at=scene.at(), today=TODAY)
    db.session.commit()
    scene.refused(ChangedSince, lambda: undo(owner, second))


def test_what_is_undone_is_undone_once(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    act_id = edit(owner, offering, content(offering))
    undo(owner, act_id)

    scene.refused(AlreadyUndone, lambda: undo(owner, act_id))


def test_a_name_taken_meanwhile_does_not_come_back(owner: Actor, offering: uuid.UUID) -> None:
    act_id = edit(owner, offering, Content("La nôtre", "", False, [CARRIED]))
    named("Sauvegarde")

    told = scene.refused(Refused, lambda: undo(owner, act_id))

    assert told.field == "name"


def test_an_act_of_another_kind_or_of_another_provider_is_not_there(
    owner: Actor, offering: uuid.UUID, stranger: Actor
) -> None:
    declared = scene.declare(owner, offering, Status.PLANNED)
    act_id = edit(owner, offering, content(offering))

    scene.refused(NotFound, lambda: undo(owner, declared))
    db.session.rollback()
    with tenant_scope(stranger.tenant_id), pytest.raises(NotFound):
        undo(stranger, act_id)


def test_both_ways_are_deeds_of_the_journal(owner: Actor, offering: uuid.UUID) -> None:
    second = make.member(Role.MANAGER)
    undo(second, edit(owner, offering, Content("La nôtre", "", False, [])))

    events = db.session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action.startswith("offering."))
        .order_by(AuditEvent.at, AuditEvent.id)
    ).all()
    assert [(e.action, e.actor_name, e.details) for e in events] == [
        ("offering.edited", owner.name,
         {"name": "La nôtre", "before": "Sauvegarde", "requirements": 1}),
        ("offering.edit_undone", second.name,
         {"name": "Sauvegarde", "before": "La nôtre", "requirements": 1}),
    ]  # fmt: skip
