"""Who is told of what and from when, by the rules alone: steps, gaps, holders, waits."""

import uuid
from datetime import timedelta

import pytest

from portal.contests.models import Side
from portal.reminders import stages
from portal.reminders.items import Item
from portal.reminders.kinds import DEFAULTS, Kind, KindRules, Rung, Subject
from portal.reminders.stages import Reader, Team, Told
from tests.reminders import scene
from tests.reminders.scene import TODAY

ME, OTHER = uuid.uuid4(), uuid.uuid4()
EVERYBODY = Team(frozenset(Rung), frozenset({ME, OTHER}))


def _item(subject: Subject = Subject.EVIDENCE, **values: object) -> Item:
    return scene.item(subject=subject, **values)


def _reader(rung: Rung, **values: object) -> Reader:
    known = {"user_id": ME, "rung": rung, "declined": (), "waits": {}}
    return Reader(**{**known, **values})  # type: ignore[arg-type]  # as above


def _days(item: Item, reader: Reader, team: Team = EVERYBODY) -> list[int]:
    """How many days before the due day each new step comes for her; negative ones come after."""
    seen: set[int] = set()
    found = []
    for left in range(90, -61, -1):
        come = stages.told(item, item.due_on - timedelta(days=left), reader, team, DEFAULTS)
        if come is not None and come.step not in seen:
            seen.add(come.step)
            found.append(left)
    return found


@pytest.mark.parametrize(
    ("rung", "expected"),
    [
        (Rung.TECHNICIAN, [30, 7, 0]),
        (Rung.MANAGER, [7, 0]),
        (Rung.OWNER, [0]),
        (Rung.ESTABLISHMENT, [30, 7, 0]),
    ],
)
def test_a_lapse_goes_up_a_week_before_and_on_the_day(rung: Rung, expected: list[int]) -> None:
    assert _days(_item(), _reader(rung)) == expected


def test_what_went_up_says_so_and_what_came_first_does_not() -> None:
    item = _item()

    told = [stages.told(item, TODAY, _reader(rung), EVERYBODY, DEFAULTS) for rung in Rung]

    assert told == [Told(0, raised=up) for up in (False, True, True, False)]


def test_moved_to_another_day_it_falls_back_to_whoever_is_told_first() -> None:
    item = _item()
    moved = _item(subject_id=item.subject_id, due_on=TODAY + timedelta(days=28))

    before = stages.told(item, TODAY, _reader(Rung.OWNER), EVERYBODY, DEFAULTS)
    after = [
        stages.told(moved, TODAY, _reader(rung), EVERYBODY, DEFAULTS)
        for rung in (Rung.OWNER, Rung.MANAGER, Rung.TECHNICIAN)
    ]

    assert before == Told(0, raised=True)
    assert after == [None, None, Told(30, raised=False)]


@pytest.mark.parametrize(
    ("rungs", "rung", "expected"),
    [
        ({Rung.OWNER}, Rung.OWNER, [30, 7, 0]),
        ({Rung.OWNER, Rung.MANAGER}, Rung.MANAGER, [30, 7, 0]),
        ({Rung.OWNER, Rung.MANAGER}, Rung.OWNER, [0]),
        ({Rung.OWNER, Rung.TECHNICIAN}, Rung.OWNER, [7, 0]),
    ],
    ids=["all stand empty", "the first does", "not hers", "the one between does"],
)
def test_who_stands_above_an_empty_rung_is_told_in_its_place(
    rungs: set[Rung], rung: Rung, expected: list[int]
) -> None:
    team = Team(frozenset(rungs), frozenset({ME}))

    assert _days(_item(), _reader(rung), team) == expected


def test_a_rung_that_is_never_told_takes_nobody_s_place() -> None:
    gaps = dict.fromkeys(Rung, 0) | {Rung.OWNER: None}
    rules = {**DEFAULTS, Kind.PROOF: KindRules((30, 7, 0), gaps)}
    team = Team(frozenset({Rung.OWNER}), frozenset({ME}))

    assert stages.told(_item(), TODAY, _reader(Rung.OWNER), team, rules) is None


def test_an_action_is_told_to_who_holds_it_then_goes_up_past_her_peers() -> None:
    mine = _item(Subject.ACTION, side=Side.PROVIDER, holder=ME)
    theirs = _item(Subject.ACTION, side=Side.PROVIDER, holder=OTHER)

    assert _days(mine, _reader(Rung.TECHNICIAN)) == [7, 0, -7]
    assert _days(theirs, _reader(Rung.TECHNICIAN)) == []
    assert _days(theirs, _reader(Rung.MANAGER)) == [-7]
    assert _days(theirs, _reader(Rung.OWNER)) == [-14]


def test_what_somebody_who_left_held_is_everybody_s_again() -> None:
    item = _item(Subject.ACTION, side=Side.PROVIDER, holder=uuid.uuid4())

    assert _days(item, _reader(Rung.TECHNICIAN)) == [7, 0, -7]


@pytest.mark.parametrize(
    ("side", "rung"), [(Side.ESTABLISHMENT, Rung.OWNER), (Side.PROVIDER, Rung.ESTABLISHMENT)]
)
def test_an_action_of_the_other_side_is_told_to_none_of_this_one(side: Side, rung: Rung) -> None:
    assert _days(_item(Subject.ACTION, side=side), _reader(rung)) == []


def test_an_establishment_s_action_that_nobody_took_is_told_to_its_people_at_once() -> None:
    free = _item(Subject.ACTION, side=Side.ESTABLISHMENT)
    taken = _item(Subject.ACTION, side=Side.ESTABLISHMENT, holder=OTHER)

    assert _days(free, _reader(Rung.ESTABLISHMENT)) == [7, 0, -7]
    assert _days(taken, _reader(Rung.ESTABLISHMENT)) == [0, -7]


def test_a_contest_is_told_after_its_day_and_to_the_provider_alone() -> None:
    item = _item(Subject.CONTEST, side=Side.PROVIDER)

    days = {rung: _days(item, _reader(rung)) for rung in Rung}

    assert days == {
        Rung.TECHNICIAN: [-3, -7, -14], Rung.MANAGER: [-7, -14], Rung.OWNER: [-14],
        Rung.ESTABLISHMENT: [],
    }  # fmt: skip


def test_what_is_put_off_is_silent_until_its_day_and_tells_again_on_it() -> None:
    item = _item(due_on=TODAY + timedelta(days=30))
    waits = {(item.subject, item.subject_id): TODAY + timedelta(days=26)}
    reader = _reader(Rung.TECHNICIAN, waits=waits)

    assert _days(item, reader) == [4, 0]
    assert _days(item, _reader(Rung.TECHNICIAN)) == [30, 7, 0]


def test_what_lapsed_long_ago_is_no_news() -> None:
    item, reader = _item(), _reader(Rung.TECHNICIAN)

    days = [TODAY + timedelta(days=after) for after in (60, 61)]

    assert [stages.told(item, day, reader, EVERYBODY, DEFAULTS) is None for day in days] == [
        False, True,
    ]  # fmt: skip


def test_a_kind_that_she_declined_is_never_told() -> None:
    assert _days(_item(), _reader(Rung.TECHNICIAN, declined={Kind.PROOF})) == []


@pytest.mark.parametrize(
    ("side", "expected"), [(Side.ESTABLISHMENT, [7, 0, -7]), (Side.PROVIDER, [])]
)
def test_an_establishment_hears_of_what_it_collects_itself_and_of_nothing_else(
    side: Side, expected: list[int]
) -> None:
    item = _item(Subject.COLLECTION_TURN, side=side)

    assert _days(item, _reader(Rung.ESTABLISHMENT)) == expected
