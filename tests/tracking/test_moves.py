"""A preview says exactly what the act will do, and moves nothing itself."""

import uuid

import pytest

from portal.contracts.rehearsal import Moves
from portal.kit.errors import Conflict, Refused
from portal.tracking import moves, service
from portal.tracking.models import Status
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY


@pytest.fixture
def offering(owner: Actor) -> uuid.UUID:
    return make.offering(carries=[CODE])


def rehearse(
    owner: Actor,
    offering: uuid.UUID,
    status: Status,
    *,
    version: int | None = None,
    text: str = "-",
) -> Moves:
    spoken = scene.spoken(offering)
    return moves.rehearse(
        lambda: service.declare(
            owner,
            edition_id=make.EDITION,
            offering_id=offering,
            code=CODE,
            status=status,
            text=text,
            reviewed_on=TODAY,
            version=spoken if version is None else version,
            today=TODAY,
        )
    )


@pytest.fixture
def fleet(owner: Actor, offering: uuid.UUID) -> list[uuid.UUID]:
    """Two who inherit a proven word, an exception to it, one outside."""
    places = [
        scene.client(offering, name="Les Aulnes"),
        scene.client(offering, name="Les Bouleaux"),
        scene.client(offering, name="Les Charmes"),
        scene.client(make.offering(), name="Les Dunes"),
    ]
    scene.declare(owner, offering, Status.IMPLEMENTED)
    scene.prove(owner)
    scene.except_(owner, places[2])
    return places


@pytest.mark.parametrize("status", [Status.PLANNED, Status.PARTIAL, Status.NOT_APPLICABLE])
def test_a_preview_says_what_the_act_then_does(
    owner: Actor, offering: uuid.UUID, fleet: list[uuid.UUID], status: Status
) -> None:
    before = dict(zip(fleet, scene.totals(*fleet), strict=True))
    said = rehearse(owner, offering, status)

    scene.declare(owner, offering, status, text="-")

    after = dict(zip(fleet, scene.totals(*fleet), strict=True))
    moved = {
        place: tuple(zip(before[place], after[place], strict=True))
        for place in fleet
        if before[place] != after[place]
    }
    assert {
        move.establishment_id: (move.declared, move.proven, move.recognised) for move in said.moves
    } == moved
    assert set(moved) == set(fleet[:2])
    assert [move.name for move in said.moves] == ["Les Aulnes", "Les Bouleaux"]


def test_a_preview_moves_nothing_in_any_table(
    owner: Actor, offering: uuid.UUID, fleet: list[uuid.UUID]
) -> None:
    before = scene.whole()

    rehearse(owner, offering, Status.PLANNED)

    assert scene.whole() == before
    db.session.commit()
    assert scene.whole() == before


def test_a_preview_of_a_first_declaration_moves_nothing_either(
    owner: Actor, offering: uuid.UUID
) -> None:
    scene.client(offering)
    before = scene.whole()

    said = rehearse(owner, offering, Status.IMPLEMENTED)

    assert len(said.moves) == 1
    db.session.commit()
    assert scene.whole() == before


def test_the_largest_loss_of_proof_comes_first_and_is_counted(
    owner: Actor, offering: uuid.UUID, fleet: list[uuid.UUID]
) -> None:
    other = make.offering(carries=[CODE])
    make.contract(fleet[1], other, starts_on=TODAY)
    scene.tell(fleet[1])
    scene.declare(owner, other, Status.PARTIAL)

    said = rehearse(owner, offering, Status.PLANNED)

    assert [move.name for move in said.moves] == ["Les Aulnes", "Les Bouleaux"]
    assert (said.up, said.down) == (0, 2)
    assert (said.declared_up, said.declared_down) == (0, 2)
    assert said.moves[0].proven[1] == 0 < said.moves[1].proven[1]


def test_a_gain_of_proof_is_counted_apart(
    owner: Actor, offering: uuid.UUID, fleet: list[uuid.UUID]
) -> None:
    scene.declare(owner, offering, Status.PARTIAL)

    said = rehearse(owner, offering, Status.IMPLEMENTED)

    assert (said.up, said.down, len(said.moves)) == (2, 0, 2)


def test_other_words_alone_move_no_score(
    owner: Actor, offering: uuid.UUID, fleet: list[uuid.UUID]
) -> None:
    assert rehearse(owner, offering, Status.IMPLEMENTED, text="Autrement dit.").moves == []


def test_an_archived_establishment_is_not_told(
    owner: Actor, offering: uuid.UUID, fleet: list[uuid.UUID]
) -> None:
    scene.archive(owner, fleet[0])

    said = rehearse(owner, offering, Status.PLANNED)

    assert [move.name for move in said.moves] == ["Les Bouleaux"]


def test_what_the_act_would_refuse_the_preview_refuses_and_nothing_moves(
    owner: Actor, offering: uuid.UUID, fleet: list[uuid.UUID]
) -> None:
    before = scene.whole()

    with pytest.raises(Conflict):
        rehearse(owner, offering, Status.PLANNED, version=7)
    with pytest.raises(Refused):
        rehearse(owner, offering, Status.NOT_APPLICABLE, text="")

    assert scene.whole() == before
