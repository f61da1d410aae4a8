"""What the former provider left to do is taken up by the new one: chosen, opened once, undone."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.actions.models import Action, Origin, State
from portal.kit import clock
from portal.leaving import queries, reopening
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.leaving import archives, house
from tests.leaving.house import House
from tests.leaving.nextdoor import Next, looked_at, there
from tests.tracking.scene import CODE


@pytest.fixture
def kept(leaving: dict[str, bytes], after: Next, visit: Visit) -> str:
    """The address of the prior record at the next provider's."""
    browser = visit(after.owner)
    url = looked_at(browser, after, archives.zipped(leaving))
    assert browser.post(f"{url}/reprendre").status_code == 303
    with there(after):
        (found,) = queries.kept(after.place)
        return f"/globex/dossiers-anterieurs/{found.id}"


def _here(after: Next) -> list[tuple[str, State, Origin]]:
    with there(after):
        rows = db.session.execute(
            sa.select(Action.title, Action.state, Action.origin).order_by(Action.title)
        ).all()
        return [(row[0], row[1], row[2]) for row in rows]


def _left(after: Next) -> list[reopening.Left]:
    with there(after):
        (found,) = queries.kept(after.place)
        return reopening.left(found)


def test_all_that_was_left_to_do_is_offered_and_taken_up_at_once(
    kept: str, after: Next, visit: Visit
) -> None:
    browser = visit(after.owner)
    offered = [it for it in _left(after) if it.open]
    page = browser.get(f"{kept}/actions").text

    answer = browser.post(f"{kept}/actions", data={"every": "1"})

    assert "Changer l’onduleur" in page
    assert len(offered) >= 2  # the one by hand, the contest's, the finding's
    assert answer.status_code == 303
    assert {(state, origin) for _, state, origin in _here(after)} == {(State.TODO, Origin.PRIOR)}
    assert len(_here(after)) == len(offered)
    plan = browser.get(f"{after.url}/plan").text
    assert "Changer l’onduleur" in plan


def test_it_says_where_it_comes_from_and_is_one_s_own(kept: str, after: Next, visit: Visit) -> None:
    browser = visit(after.owner)
    chosen = next(it for it in _left(after) if it.told.title == "Changer l’onduleur")

    browser.post(f"{kept}/actions", data={"ids": str(chosen.id)})

    with there(after):
        (action,) = db.session.scalars(sa.select(Action))
        told = (action.note, action.owner_id, action.requirement_code, action.opened_by_name)
        due = action.due_on
        page = browser.get(f"/globex/actions/{action.id}").text
    assert told[0].startswith("Celui du rez-de-chaussée.")
    assert "Acme" in told[0]
    assert told[1:] == (None, CODE, after.owner.name)
    assert due == clock.today() + timedelta(20)
    assert "reprise d’un dossier antérieur" in page


def test_asked_for_twice_there_is_one(kept: str, after: Next, visit: Visit) -> None:
    browser = visit(after.owner)
    one = str(next(it.id for it in _left(after) if it.open))
    browser.post(f"{kept}/actions", data={"ids": one})

    again = browser.post(f"{kept}/actions", data={"ids": one})
    page = browser.get(f"{kept}/actions").text

    assert again.status_code == 422
    assert "déjà dans votre plan" in page
    assert len(_here(after)) == 1


def test_undone_they_are_dropped_but_for_what_somebody_took_in_hand(
    kept: str, after: Next, visit: Visit
) -> None:
    browser = visit(after.owner)
    browser.post(f"{kept}/actions", data={"every": "1"})
    page = browser.get(f"{kept}/actions").text
    undo = page.split('action="' + kept + "/actions/")[1].split('"')[0]
    with there(after):
        taken = db.session.scalars(sa.select(Action.id).order_by(Action.title)).first()
    browser.post(f"/globex/actions/{taken}/etat/doing")

    answer = browser.post(f"{kept}/actions/{undo}")
    second = browser.post(f"{kept}/actions/{undo}")

    states = [state for _, state, _ in _here(after)]
    assert answer.status_code == 303
    assert second.status_code == 409
    assert states.count(State.DOING) == 1
    assert set(states) == {State.DOING, State.DROPPED}
    assert "sauf" in browser.get(f"{kept}/actions").text
    browser.post(f"{kept}/actions", data={"every": "1"})
    assert State.DROPPED not in {state for _, state, _ in _here(after)}


def test_a_day_that_is_past_is_told_in_words(
    leaving: dict[str, bytes], after: Next, visit: Visit
) -> None:
    told = house.told(leaving)
    for one in told["chapters"][0]["actions"]:
        one["due_on"] = "2020-02-01"
    entries = archives.resigned(
        archives.rewritten(leaving, "record.json", chapters=told["chapters"])
    )
    browser = visit(after.owner)
    url = looked_at(browser, after, archives.zipped(entries))
    browser.post(f"{url}/reprendre")
    with there(after):
        (found,) = queries.kept(after.place)
        prior = found.id

    browser.post(f"/globex/dossiers-anterieurs/{prior}/actions", data={"every": "1"})

    with there(after):
        for action in db.session.scalars(sa.select(Action)):
            assert action.due_on is None
            assert "1 février 2020" in action.note.replace("\N{NO-BREAK SPACE}", " ").replace(
                "1er", "1"
            )


def test_what_leaves_again_has_the_published_shape(kept: str, after: Next, visit: Visit) -> None:
    """An action that was taken up is one's own by then: the shape knows no other word."""
    browser = visit(after.owner)
    browser.post(f"{kept}/actions", data={"every": "1"})

    with there(after):
        entries = house.taken(browser, f"{after.url}/emporter")

    chapters = house.told(entries)["chapters"]
    assert {it["origin"] for it in chapters[0]["actions"]} == {"hand"}
    assert len(chapters) == 2


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.TECHNICIAN, Role.BILLING])
def test_only_who_receives_records_takes_their_actions_up(
    kept: str, after: Next, visit: Visit, role: Role
) -> None:
    with there(after):
        listed = [after.place] if role is Role.DIRECTOR else []
        browser = visit(make.member(role, establishments=listed))

    assert browser.get(f"{kept}/actions").status_code == 403
    assert browser.post(f"{kept}/actions", data={"every": "1"}).status_code == 403
    assert "actions qui restaient" not in browser.get(kept).text


def test_a_stranger_s_act_or_record_is_unknown(
    kept: str, after: Next, house: House, visit: Visit
) -> None:
    stranger, browser = visit(house.owner), visit(after.owner)
    foreign = kept.replace("/globex/", "/acme/")

    assert stranger.get(f"{foreign}/actions").status_code == 404
    assert stranger.post(f"{foreign}/actions", data={"every": "1"}).status_code == 404
    unknown = f"{kept}/actions/{uuid.UUID(int=7)}/annuler"
    assert browser.post(unknown).status_code == 404
    assert browser.post(f"{kept}/actions", data={"ids": "x"}).status_code == 422
    assert _here(after) == []
