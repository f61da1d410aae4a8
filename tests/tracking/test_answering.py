"""What a house answered is kept for each evening, and undone only while it is the last word."""

import uuid
from collections.abc import Callable
from datetime import date

import pytest

from portal.kit.errors import Conflict
from portal.tracking import answering, past
from portal.tracking.models import Status, Verdict
from tenants.access import Actor
from tenants.context import entered
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.tracking import scene
from tests.tracking.scene import TODAY

#: Borne by the establishment here: no offering says anything of it.
OURS = "PARC-01"
SAID = "Tenu à jour par Léa."


@pytest.fixture
def director(place: uuid.UUID) -> Actor:
    return make.member(Role.DIRECTOR, establishments=[place])


def answer(
    by: Actor,
    place: uuid.UUID,
    status: Status = Status.IMPLEMENTED,
    *,
    note: str = SAID,
    today: date = TODAY,
) -> uuid.UUID:
    """Answer in the author's own scope, which sees her establishments alone."""
    with entered(scene.listed(by)):
        act = answering.answer(
            by,
            establishment_id=place,
            edition_id=make.EDITION,
            code=OURS,
            status=status,
            note=note,
            reviewed_on=today,
            version=scene.written(place, OURS),
            at=scene.at(today),
            today=today,
        )
        made = act.id
        db.session.commit()
    return made


def undo(by: Actor, place: uuid.UUID, made: uuid.UUID, today: date = TODAY) -> None:
    answering.undo(by, establishment_id=place, answer_id=made, at=scene.at(today), today=today)


def evening(place: uuid.UUID, day: date) -> tuple[str, str, str]:
    kept = past.as_of(place, make.EDITION, day, codes=[OURS])[OURS]
    return kept["status"], kept["origin"], kept["text"]


def test_each_evening_keeps_what_the_house_said_by_then(place: uuid.UUID, director: Actor) -> None:
    first, second, third = (scene.later(days) for days in (1, 2, 3))
    answer(director, place, today=first)
    made = answer(director, place, Status.PLANNED, note="Au printemps.", today=second)
    with entered(scene.listed(director)):
        undo(director, place, made, third)
        db.session.commit()

    assert [evening(place, day) for day in (TODAY, first, second, third)] == [
        ("unknown", "none", ""),
        ("implemented", "own", SAID),
        ("planned", "own", "Au printemps."),
        ("implemented", "own", SAID),
    ]


def test_an_answer_taken_back_is_kept_for_the_evening_it_stood(
    place: uuid.UUID, director: Actor
) -> None:
    answer(director, place)
    answer(director, place, Status.UNKNOWN, note="", today=scene.later(1))

    assert evening(place, TODAY) == ("implemented", "own", SAID)
    assert evening(place, scene.later(1)) == ("unknown", "none", "")


def _answered_again(by: Actor, place: uuid.UUID) -> None:
    answer(by, place, Status.PARTIAL, note="Il manque l’annexe.")


def _answered_alike_by_another(_: Actor, place: uuid.UUID) -> None:
    answer(make.member(Role.MEMBER, establishments=[place]), place)


def _taken_back(by: Actor, place: uuid.UUID) -> None:
    answer(by, place, Status.UNKNOWN, note="")


def _answered_and_undone(by: Actor, place: uuid.UUID) -> None:
    made = answer(by, place, Status.PLANNED)
    with entered(scene.listed(by)):
        undo(by, place, made)
        db.session.commit()


@pytest.mark.parametrize(
    "word", [_answered_again, _answered_alike_by_another, _taken_back, _answered_and_undone]
)
def test_it_is_undone_only_while_it_is_the_last_word(
    place: uuid.UUID, director: Actor, word: Callable[[Actor, uuid.UUID], None]
) -> None:
    made = answer(director, place)
    word(director, place)

    with entered(scene.listed(director)):
        scene.refused(Conflict, lambda: undo(director, place, made))


def test_a_verdict_on_it_is_a_later_word(place: uuid.UUID, director: Actor) -> None:
    made = answer(director, place)
    scene.judge_as(director, place, Verdict.CONTESTED, code=OURS)

    with entered(scene.listed(director)):
        scene.refused(Conflict, lambda: undo(director, place, made))
