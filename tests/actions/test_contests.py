"""What a house contests is for its provider to answer, and no longer once it is settled."""

from datetime import timedelta

import sqlalchemy as sa

from portal.actions.models import Action, Origin, Priority, State
from portal.contests.models import Side
from portal.kit import clock
from portal.tracking.models import Status, Verdict
from tenants.db import AnyRow, db
from tests.conftest import Visit
from tests.contests.test_contests import contest_question
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE


def _judge(pages: Pages, verdict: Verdict, reason: str = "") -> None:
    scene.judge_as(
        pages.director, pages.place, verdict, code=CODE, reason=reason,
        when=clock.now(), today=clock.today(),
    )  # fmt: skip


def _declare(pages: Pages, status: Status, code: str = CODE) -> None:
    scene.declare(pages.owner, pages.offering, status, code=code, today=clock.today())


def _only() -> AnyRow:
    (found,) = db.session.execute(sa.select(Action.__table__)).all()
    db.session.rollback()
    return found


def test_a_contest_opens_an_action_for_the_provider(pages: Pages) -> None:
    _judge(pages, Verdict.CONTESTED, "Rien vu.")

    made = _only()
    assert (made.side, made.origin, made.priority) == (Side.PROVIDER, Origin.CONTEST, Priority.HIGH)
    assert (made.requirement_code, made.note) == (CODE, "Rien vu.")
    assert made.due_on > clock.today()


def test_a_changed_word_answers_it(pages: Pages) -> None:
    _judge(pages, Verdict.CONTESTED, "Rien vu.")

    _declare(pages, Status.PLANNED)

    assert _only().state is State.DONE


def test_a_contest_taken_back_leaves_nothing_to_do(pages: Pages) -> None:
    _judge(pages, Verdict.CONTESTED, "Rien vu.")

    _judge(pages, Verdict.NONE)

    assert _only().state is State.DROPPED


def test_the_same_contest_opened_again_is_the_same_action(pages: Pages) -> None:
    _judge(pages, Verdict.CONTESTED, "Rien vu.")
    _declare(pages, Status.PLANNED)

    _declare(pages, Status.IMPLEMENTED)

    assert _only().state is State.TODO


def test_contested_anew_what_was_ticked_off_is_to_be_done_again(pages: Pages, visit: Visit) -> None:
    """Done by hand, with nothing changed: the house says again that it is not."""
    _judge(pages, Verdict.CONTESTED, "Rien vu.")
    assert visit(pages.owner).post(f"/acme/actions/{_only().id}/etat/done").status_code == 303
    before = _only().state

    _judge(pages, Verdict.CONTESTED, "Toujours rien.")

    made = _only()
    assert (before, made.state) == (State.DONE, State.TODO)
    assert made.note == "Toujours rien.\n\nRien vu."
    _judge(pages, Verdict.CONTESTED, "Vraiment rien.")
    assert _only().note == made.note


def test_opened_again_long_after_it_is_not_late_already(pages: Pages) -> None:
    _judge(pages, Verdict.CONTESTED, "Rien vu.")
    due = _only().due_on
    _declare(pages, Status.PLANNED)
    db.session.execute(sa.update(Action).values(due_on=clock.today() - timedelta(40)))
    db.session.commit()

    _declare(pages, Status.IMPLEMENTED)

    assert (_only().due_on, _only().note) == (due, "Rien vu.")


def test_a_word_contested_anew_keeps_its_action_when_the_old_contest_is_answered(
    pages: Pages,
) -> None:
    _declare(pages, Status.IMPLEMENTED, code="SAUV-01")
    contest_question(pages, [CODE, "SAUV-01"])
    _declare(pages, Status.PARTIAL)
    _judge(pages, Verdict.CONTESTED, "En partie non plus.")

    _declare(pages, Status.PARTIAL, code="SAUV-01")

    table = Action.__table__
    told = db.session.execute(
        sa.select(table.c.requirement_code, table.c.state).order_by(table.c.id)
    ).all()
    assert told == [(None, State.DONE), (CODE, State.TODO)]
