"""What boards keep is read again as soon as anything it shows has been written."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.contracts.models import Offering
from portal.evidence.models import Evidence
from portal.fleet.models import Establishment, ManagingBody
from portal.tracking import agenda, board, kept, scores
from portal.tracking.board import BoardFilter
from portal.tracking.effective import Area
from tenants.access import Actor
from tenants.context import Reach, Scope, entered, tenant_scope
from tenants.db import db
from tests import make
from tests.tracking import scene
from tests.tracking.scene import TODAY


def _moved() -> str:
    return kept.mark()


@pytest.fixture
def client(owner: Actor) -> uuid.UUID:
    offering = make.offering(carries=[scene.CODE])
    return scene.client(offering)


def _rename(model: type[Establishment | ManagingBody | Offering]) -> Callable[[], None]:
    def rename() -> None:
        db.session.execute(update(model).values(name=model.name + " bis"))

    return rename


def _count_again() -> None:
    scores.count(Area(make.EDITION), TODAY)


@pytest.mark.parametrize(
    "deed",
    [
        _rename(Establishment),
        _rename(ManagingBody),
        _rename(Offering),
        make.establishment,
        make.managing_body,
        make.offering,
        _count_again,
    ],
)
def test_whatever_a_board_shows_moves_the_mark(
    client: uuid.UUID, deed: Callable[[], object]
) -> None:
    make.managing_body()
    before = _moved()

    deed()
    db.session.commit()

    assert _moved() != before


def test_a_mark_stays_while_nothing_is_written(client: uuid.UUID) -> None:
    before = _moved()
    db.session.commit()

    assert _moved() == before


def test_scores_counted_twice_in_one_transaction_move_the_mark_twice(client: uuid.UUID) -> None:
    marks = {_moved()}
    for _ in range(2):
        _count_again()
        marks.add(_moved())

    assert len(marks) == 3


def test_a_line_that_was_kept_is_read_again_once_it_is_renamed(client: uuid.UUID) -> None:
    def names() -> list[str]:
        lines = board.kept_lines(BoardFilter(), TODAY, _moved(), limit=5, offset=0)
        return [line.name for line in lines]

    before = names()
    _rename(Establishment)()
    db.session.commit()

    assert names() == [f"{name} bis" for name in before]


def test_a_listed_scope_is_never_given_what_was_kept_for_the_whole_tenant(
    owner: Actor, client: uuid.UUID
) -> None:
    moved = _moved()
    assert board.kept_lines(BoardFilter(), TODAY, moved, limit=5, offset=0)
    db.session.rollback()

    with entered(Scope(owner.tenant_id, Reach.LISTED, uuid.uuid4(), uuid.uuid4())):
        kept_for_nobody = board.kept_lines(BoardFilter(), TODAY, moved, limit=5, offset=0)
        db.session.rollback()

    assert kept_for_nobody == []


def test_another_tenant_is_never_given_what_was_kept(
    owner: Actor, stranger: Actor, client: uuid.UUID
) -> None:
    moved = _moved()
    assert board.kept_lines(BoardFilter(), TODAY, moved, limit=5, offset=0)
    db.session.rollback()

    with tenant_scope(stranger.tenant_id):
        theirs = board.kept_lines(BoardFilter(), TODAY, moved, limit=5, offset=0)
        db.session.rollback()

    assert theirs == []


def test_a_renamed_proof_is_named_anew_in_the_agenda(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=TODAY + timedelta(days=5), offering_id=offering)

    def labels() -> set[str]:
        return {item.label for item in agenda.items(TODAY, _moved())}

    before = labels()
    db.session.execute(update(Evidence).values(title="Nouveau titre"))
    db.session.commit()

    assert before != {"Nouveau titre"} == labels()


def test_nothing_is_kept_for_a_listed_scope(owner: Actor, client: uuid.UUID) -> None:
    with entered(Scope(owner.tenant_id, Reach.LISTED, uuid.uuid4(), uuid.uuid4())):
        assert kept.mark() != kept.mark()
