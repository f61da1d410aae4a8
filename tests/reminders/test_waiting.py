"""What waits for somebody: actions, contests without an answer, files that do not come."""

import uuid
from datetime import date, datetime, time, timedelta

import pytest

from portal.actions.models import Action, State
from portal.collecting.models import (
    Collection,
    CollectionTurn,
    Collector,
    FileRequest,
    RequestState,
    TurnState,
)
from portal.contests.models import Contest, ContestMessage, Outcome, Side
from portal.fleet.models import Establishment
from portal.kit import clock
from portal.reminders import registry
from portal.reminders.items import Item, Window
from portal.reminders.kinds import Subject
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.reminders import scene
from tests.reminders.scene import TODAY

DAY = timedelta(days=1)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), clock.PARIS)


def _found(subject: Subject, *, days: list[date] | None = None) -> list[Item]:
    window = Window(make.EDITION, TODAY, TODAY - 60 * DAY, TODAY + 60 * DAY, days=days)
    return [item for item in registry.items(window) if item.subject is subject]


def _contest(place: uuid.UUID, opened: date, *said: tuple[Side, date]) -> uuid.UUID:
    contest = Contest(
        establishment_id=place, edition_id=make.EDITION, question=2, codes=[scene.CODE],
        said={}, reason="Non.", opened_by_name="D", opened_at=_noon(opened),
    )  # fmt: skip
    db.session.add(contest)
    db.session.flush()
    for side, day in said:
        db.session.add(
            ContestMessage(
                establishment_id=place, contest_id=contest.id, side=side, author_name="X",
                body="Un mot.", written_at=_noon(day),
            )
        )  # fmt: skip
    contest_id = contest.id
    db.session.commit()
    return contest_id


def test_an_action_that_is_left_is_due_on_its_day(owner: Actor) -> None:
    place = make.establishment("EHPAD Ici")
    action_id = scene.action(place, TODAY + DAY, holder=owner)
    scene.action(place, None)

    (item,) = _found(Subject.ACTION)

    assert (item.subject_id, item.due_on, item.holder) == (action_id, TODAY + DAY, owner.user_id)
    assert (item.label, item.place) == ("Changer les mots de passe", "EHPAD Ici")


@pytest.mark.parametrize("state", [State.DONE, State.DROPPED])
def test_what_was_done_or_dropped_is_due_no_more(owner: Actor, state: State) -> None:
    scene.action(make.establishment(), TODAY)
    db.session.execute(db.update(Action).values(state=state, closed_at=clock.now()))
    db.session.commit()

    assert _found(Subject.ACTION) == []


def test_an_archived_place_waits_for_nothing(owner: Actor) -> None:
    place = make.establishment()
    scene.action(place, TODAY)
    _contest(place, TODAY)
    db.session.execute(db.update(Establishment).values(archived_at=clock.now()))
    db.session.commit()

    assert _found(Subject.ACTION) + _found(Subject.CONTEST) == []


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ([], TODAY - 9 * DAY),
        ([(Side.ESTABLISHMENT, TODAY - 5 * DAY)], TODAY - 9 * DAY),
        ([(Side.PROVIDER, TODAY - 5 * DAY)], None),
        (
            [
                (Side.PROVIDER, TODAY - 7 * DAY),
                (Side.ESTABLISHMENT, TODAY - 4 * DAY),
                (Side.ESTABLISHMENT, TODAY - 2 * DAY),
            ],
            TODAY - 4 * DAY,
        ),
    ],
    ids=["opened", "said again", "answered", "asked again"],
)
def test_a_contest_waits_since_the_first_word_without_an_answer(
    owner: Actor, said: list[tuple[Side, date]], since: date | None
) -> None:
    _contest(make.establishment("EHPAD Ici"), TODAY - 9 * DAY, *said)

    assert [item.due_on for item in _found(Subject.CONTEST)] == ([] if since is None else [since])


def test_a_closed_contest_waits_no_more(owner: Actor) -> None:
    _contest(make.establishment(), TODAY)
    db.session.execute(db.update(Contest).values(closed_at=clock.now(), outcome=Outcome.WITHDRAWN))
    db.session.commit()

    assert _found(Subject.CONTEST) == []


def test_a_file_that_was_asked_for_is_told_to_its_asker_until_it_comes(owner: Actor) -> None:
    row = FileRequest(
        title="Attestation d’assurance", to_name="Assureur", to_email=None, due_on=TODAY,
        codes=[], asked_by=owner.user_id, asked_by_name=owner.name,
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    before = _found(Subject.FILE_REQUEST)
    db.session.execute(db.update(FileRequest).values(state=RequestState.REVOKED, digest=None))
    db.session.commit()

    assert [(item.label, item.holder) for item in before] == [
        ("Attestation d’assurance", owner.user_id)
    ]
    assert _found(Subject.FILE_REQUEST) == []


@pytest.mark.parametrize(
    ("collector", "side"),
    [(Collector.COLLEAGUE, Side.PROVIDER), (Collector.ESTABLISHMENT, Side.ESTABLISHMENT)],
)
def test_a_proof_to_bring_again_is_told_to_whoever_brings_it(
    owner: Actor, collector: Collector, side: Side
) -> None:
    place, mine = make.establishment("EHPAD Ici"), collector is Collector.COLLEAGUE
    collection = Collection(
        title="Essai de restauration", edition_id=make.EDITION, requirement_code=scene.CODE,
        establishment_id=place, months=6, collector=collector, due_on=TODAY, first_on=TODAY,
        person_id=owner.user_id if mine else None, person_name="Claire",
        set_by=owner.user_id, set_by_name=owner.name,
    )  # fmt: skip
    db.session.add(collection)
    db.session.flush()
    turn = CollectionTurn(
        collection_id=collection.id, establishment_id=place, due_on=TODAY, opened_on=TODAY
    )
    db.session.add(turn)
    db.session.commit()
    (item,) = _found(Subject.COLLECTION_TURN)
    turn.state, turn.closed_on = TurnState.DROPPED, TODAY
    db.session.commit()

    assert (item.label, item.side) == ("Essai de restauration", side)
    assert item.holder == (owner.user_id if mine else None)
    assert _found(Subject.COLLECTION_TURN) == []


def test_asked_for_some_days_alone_nothing_else_is_found(owner: Actor) -> None:
    place = make.establishment()
    for after in (0, 1, 2):
        scene.action(place, TODAY + after * DAY)

    found = _found(Subject.ACTION, days=[TODAY, TODAY + 2 * DAY])

    assert [item.due_on for item in found] == [TODAY, TODAY + 2 * DAY]


def test_an_action_goes_up_and_falls_back_when_it_is_moved(owner: Actor) -> None:
    technician, manager = make.member(Role.TECHNICIAN), make.member(Role.MANAGER)
    scene.remind_on_any_day(owner)
    action_id = scene.action(make.establishment(), TODAY, holder=technician)

    def told_on(day: date) -> list[int]:
        before = [len(scene.mails(actor)) for actor in (technician, manager, owner)]
        scene.plan(day)
        return [
            len(scene.mails(actor)) - n
            for actor, n in zip((technician, manager, owner), before, strict=True)
        ]

    raised = [told_on(TODAY + days * DAY) for days in (0, 7, 14)]
    db.session.execute(
        db.update(Action).where(Action.id == action_id).values(due_on=TODAY + 22 * DAY)
    )
    db.session.commit()
    moved = [told_on(TODAY + days * DAY) for days in (15, 22, 29)]

    assert raised == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert moved == [[1, 0, 0], [1, 0, 0], [1, 1, 0]]


def test_what_went_up_says_so_in_the_message(owner: Actor) -> None:
    technician = make.member(Role.TECHNICIAN)
    manager = make.member(Role.MANAGER)
    scene.remind_on_any_day(owner)
    scene.action(make.establishment(), TODAY - 7 * DAY, holder=technician)

    scene.plan(TODAY)

    (up,) = scene.mails(manager)
    (first,) = scene.mails(technician)
    assert "Remonté jusqu’à vous" in up.text
    assert "Remonté jusqu’à vous" in up.html
    assert "Remonté" not in first.text
