"""A contest lives as long as something is contested and still said; both sides speak in it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from portal.contests.models import Contest, ContestMessage, Outcome
from portal.contests.signals import contest_closed, contest_opened
from portal.kit import clock
from portal.tracking import board, bulk, judging, moves, service
from portal.tracking.board import BoardFilter
from portal.tracking.models import Status, Verdict
from tenants.access import Actor
from tenants.context import entered
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE


def contest(pages: Pages, code: str = CODE, reason: str = "Rien vu.") -> None:
    scene.judge_as(
        pages.director, pages.place, Verdict.CONTESTED, code=code, reason=reason,
        when=clock.now(), today=clock.today(),
    )  # fmt: skip


def think_again(pages: Pages, verdict: Verdict = Verdict.RECOGNISED) -> None:
    scene.judge_as(
        pages.director, pages.place, verdict, reason="", when=clock.now(), today=clock.today()
    )


def declare(pages: Pages, status: Status, **more: Any) -> uuid.UUID:
    return scene.declare(pages.owner, pages.offering, status, today=clock.today(), **more)


def contests() -> list[AnyRow]:
    table = Contest.__table__
    found = db.session.execute(sa.select(table).order_by(table.c.opened_at)).all()
    db.session.rollback()
    return list(found)


def only() -> AnyRow:
    (found,) = contests()
    return found


@contextmanager
def heard() -> Iterator[list[str]]:
    """What a list of things to do would hear."""
    told: list[str] = []

    def opened(_sender: object, *, contest: Contest) -> None:
        told.append(f"open {','.join(contest.codes)}: {contest.reason}")

    def closed(_sender: object, *, contest_ids: list[uuid.UUID], outcome: Outcome) -> None:
        told.append(f"{outcome.value} {len(contest_ids)}")

    with contest_opened.connected_to(opened), contest_closed.connected_to(closed):
        yield told


def test_contesting_opens_one_and_tells_whoever_keeps_a_list(pages: Pages) -> None:
    with heard() as told:
        contest(pages)

    found = only()
    assert told == [f"open {CODE}: Rien vu."]
    assert (found.codes, found.said, found.question) == ([CODE], {CODE: "implemented"}, 2)
    assert (found.opened_by_name, found.closed_at) == (pages.director.name, None)


def test_recognising_opens_none(pages: Pages) -> None:
    think_again(pages)

    assert contests() == []


@pytest.mark.parametrize("verdict", [Verdict.RECOGNISED, Verdict.NONE])
def test_the_house_settles_it_by_thinking_again(pages: Pages, verdict: Verdict) -> None:
    contest(pages)

    with heard() as told:
        think_again(pages, verdict)

    assert told == ["withdrawn 1"]
    assert only().outcome is Outcome.WITHDRAWN


def test_a_changed_declaration_closes_it_and_the_point_stays_contested(pages: Pages) -> None:
    contest(pages)

    with heard() as told:
        declare(pages, Status.PARTIAL)

    assert told == ["changed 1"]
    assert only().outcome is Outcome.CHANGED
    assert scene.row(pages.place).verdict is Verdict.CONTESTED


def test_a_point_contested_anew_on_its_new_word_does_not_end_with_the_old_contest(
    pages: Pages,
) -> None:
    declare(pages, Status.IMPLEMENTED, code="SAUV-01")
    contest_question(pages, [CODE, "SAUV-01"])
    declare(pages, Status.PARTIAL)
    with heard() as told:
        contest(pages, reason="En partie non plus.")
        contest(pages, reason="Toujours pas.")
        declare(pages, Status.PARTIAL, code="SAUV-01")

    old, new = contests()
    assert told == [f"open {CODE}: En partie non plus.", "changed 1"]
    assert (old.outcome, old.said) == (
        Outcome.CHANGED, {CODE: "implemented", "SAUV-01": "implemented"},
    )  # fmt: skip
    assert (new.closed_at, new.said) == (None, {CODE: "partial"})
    # What is said of the new word stands in its own thread, once.
    assert said_in() == [(new.id, "Toujours pas.")]
    declare(pages, Status.PLANNED)
    assert [one.outcome for one in contests()] == [Outcome.CHANGED] * 2


def contest_question(pages: Pages, codes: list[str]) -> None:
    """Contest these points of question 2 in one go."""
    with entered(scene.listed(pages.director)):
        judging.judge_question(
            pages.director,
            establishment_id=pages.place,
            edition_id=make.EDITION,
            question=2,
            verdict=Verdict.CONTESTED,
            reason="Rien vu.",
            versions={code: scene.written(pages.place, code) for code in codes},
            at=clock.now(),
            today=clock.today(),
        )
        db.session.commit()


def said_in() -> list[tuple[uuid.UUID, str]]:
    """What was written, by contest."""
    table = ContestMessage.__table__
    found = db.session.execute(sa.select(table.c.contest_id, table.c.body)).all()
    db.session.rollback()
    return [(one.contest_id, one.body) for one in found]


def test_other_words_for_the_same_state_close_nothing(pages: Pages) -> None:
    contest(pages)

    declare(pages, Status.IMPLEMENTED, text="Deux copies.")

    assert only().closed_at is None


def test_an_exception_closes_it_too(pages: Pages) -> None:
    contest(pages)

    scene.except_(pages.owner, pages.place, Status.PLANNED, today=clock.today())

    assert only().outcome is Outcome.CHANGED


def test_a_rehearsed_declaration_closes_nothing(pages: Pages) -> None:
    contest(pages)

    moves.rehearse(
        lambda: service.declare(
            pages.owner, edition_id=make.EDITION, offering_id=pages.offering, code=CODE,
            status=Status.PLANNED, text="", reviewed_on=clock.today(),
            version=scene.spoken(pages.offering), today=clock.today(),
        )
    )  # fmt: skip
    db.session.commit()

    assert only().closed_at is None


def test_undoing_the_declaration_opens_it_again(pages: Pages) -> None:
    contest(pages)
    act = declare(pages, Status.PLANNED)

    with heard() as told:
        bulk.undo(pages.owner, act_id=act, at=clock.now(), today=clock.today())
        db.session.commit()

    assert told == [f"open {CODE}: Rien vu."]
    assert (only().closed_at, only().outcome) == (None, None)


def test_contesting_anew_what_changed_is_another_contest(pages: Pages) -> None:
    contest(pages)
    declare(pages, Status.PARTIAL)

    contest(pages, reason="Toujours rien.")
    declare(pages, Status.IMPLEMENTED)

    first, second = contests()
    assert (first.outcome, second.outcome) == (Outcome.CHANGED, Outcome.CHANGED)
    assert second.said == {CODE: "partial"}


def test_saying_why_again_adds_to_the_one_that_is_open(pages: Pages, visit: Visit) -> None:
    contest(pages)
    contest(pages, reason="Et le site B non plus.")

    answer = visit(pages.owner).get(address(pages))

    assert "Et le site B non plus." in answer.text


def address(pages: Pages) -> str:
    return f"/acme/etablissements/{pages.place}/contestations/{only().id}"


def test_both_sides_speak_in_it(pages: Pages, visit: Visit) -> None:
    contest(pages)
    here = address(pages)

    sent = [
        visit(who).post(here, data={"body": words}).status_code
        for who, words in ((pages.owner, "Voici le rapport."), (pages.director, "Merci."))
    ]

    page = visit(pages.director).get(here).text
    assert sent == [303, 303]
    assert page.index("Rien vu.") < page.index("Voici le rapport.") < page.index("Merci.")


def test_an_auditor_neither_reads_nor_speaks(pages: Pages, visit: Visit) -> None:
    """What she may know of a contest is in her room (portal.engagements)."""
    contest(pages)
    browser, here = visit(pages.auditor), address(pages)

    read, spoken = browser.get(here), browser.post(here, data={"body": "Tiens."})

    assert (read.status_code, spoken.status_code) == (403, 403)


@pytest.mark.parametrize("body", ["", "   ", "x" * 4001])
def test_an_empty_or_endless_word_is_refused_and_kept(
    pages: Pages, visit: Visit, body: str
) -> None:
    contest(pages)

    answer = visit(pages.owner).post(address(pages), data={"body": body})

    assert answer.status_code == 422
    assert body.strip() in answer.text


def test_another_house_s_contest_is_not_there(pages: Pages, visit: Visit) -> None:
    contest(pages)
    here = address(pages)
    stranger = make.member(Role.DIRECTOR, establishments=[pages.neighbour])

    theirs = visit(stranger).get(here)
    crossed = visit(stranger).get(here.replace(str(pages.place), str(pages.neighbour)))

    assert (theirs.status_code, crossed.status_code) == (404, 404)


def test_the_board_finds_it_and_the_list_shows_it(pages: Pages, visit: Visit) -> None:
    contest(pages)

    lines = board.lines(BoardFilter(state="contested"), clock.today(), limit=9, offset=0)
    page = visit(pages.director).get(f"/acme/etablissements/{pages.place}/contestations")

    assert [line.id for line in lines] == [pages.place]
    assert "Rien vu." in page.text
    assert "ouverte" in page.text


def test_without_any_the_list_says_what_it_is_for(pages: Pages, visit: Visit) -> None:
    page = visit(pages.director).get(f"/acme/etablissements/{pages.place}/contestations")

    assert "Rien n’est contesté" in page.text


def test_only_those_who_may_judge_open_one(pages: Pages, visit: Visit) -> None:
    member: Actor = make.member(Role.MEMBER, establishments=[pages.place])

    answer = visit(member).post(
        f"{pages.point}/avis", data={"verdict": "contested", "reason": "Non.", "version": 1}
    )

    assert answer.status_code == 403
    assert contests() == []
