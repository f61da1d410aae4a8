"""What versions before left out is added once, by what a migration promises, and says so."""

import uuid
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import downgrade, upgrade

from portal.actions.models import Action, Origin, State
from portal.contests import service as contests
from portal.contests.models import Contest
from portal.evidence import lapses, service
from portal.evidence.models import EvidenceLapse
from portal.kit import clock
from portal.kit.outbox import Outbox
from portal.tracking.models import Status, TrackedRequirement, Verdict
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import live as alive
from tests import make
from tests.conftest import sign_in
from tests.leaving.house import worked
from tests.tracking import scene
from tests.tracking.scene import CODE
from tests.tracking.test_lapses import pass_to, renew, told

live = alive.live
DAY = timedelta(1)
OTHER = "SAUV-04"
KINDS = (lapses.MEND, contests.MEND)


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As they were written: nothing began again, and nothing of its own for a new word."""
    monkeypatch.setattr(lapses, "begin_again", lambda *_: None)
    monkeypatch.setattr(contests, "_begin", lambda *_, **__: None)
    return monkeypatch


def lapsed(owner: Actor, last: date, *, renewed: date | None, back: date) -> uuid.UUID:
    """A proof past its last day whose renewal was taken back; its traces, day by day."""
    old = scene.prove(owner, until=last, today=last - 30 * DAY)
    if renewed is None:
        new = renew(owner, old, on=last - DAY, until=last + 200 * DAY)
    else:
        pass_to(last + DAY, since=last)
        new = renew(owner, old, on=renewed, until=last + 200 * DAY)
    service.withdraw(owner, new, at=scene.at(back), today=back)
    db.session.commit()
    return old


@pytest.mark.parametrize(
    ("renewed", "back", "mended"),
    [
        (3, 9, [(1, 3, False), (9, None, True)]),
        (3, 3, [(1, None, False)]),
        (None, 9, [(9, None, True)]),
    ],
    ids=["later", "the same day", "renewed in time"],
)
def test_a_lapse_whose_renewal_was_taken_back_goes_on_from_the_day_that_is_known(
    owner: Actor, before: pytest.MonkeyPatch, renewed: int | None, back: int,
    mended: list[tuple[int, int | None, bool]],
) -> None:  # fmt: skip
    today = clock.today()
    last = today - 20 * DAY
    offering = make.offering(carries=[CODE])
    scene.client(offering, since=last - 40 * DAY, today=last)
    scene.declare(owner, offering, today=last)
    on = None if renewed is None else last + renewed * DAY
    proof = lapsed(owner, last, renewed=on, back=last + back * DAY)
    was = told(proof)

    for _ in range(2):
        lapses.mend(today)
        db.session.commit()

    noted = dict(
        db.session.execute(sa.select(EvidenceLapse.lapsed_on, EvidenceLapse.noted_on)).all()
    )
    assert all(until for _, until, _ in was)
    assert [
        ((since - last).days, until and (until - last).days, noted[since] == today)
        for since, until, _ in told(proof)
    ] == mended


def test_what_another_proof_covers_or_was_renewed_again_is_left_alone(
    owner: Actor, before: pytest.MonkeyPatch
) -> None:
    today = clock.today()
    last = today - 20 * DAY
    offering = make.offering(carries=[CODE])
    scene.client(offering, since=last - 40 * DAY, today=last)
    scene.declare(owner, offering, today=last)
    proof = lapsed(owner, last, renewed=last + 3 * DAY, back=last + 9 * DAY)
    renew(owner, proof, on=last + 10 * DAY, until=today + 90 * DAY)
    was = told(proof)

    lapses.mend(today)
    db.session.commit()

    assert told(proof) == was


def _orphan(owner: Actor, before: pytest.MonkeyPatch) -> uuid.UUID:
    """A place that contests a point anew on its new word, whose thread has ended with the rest."""
    today = clock.today()
    offering = make.offering(carries=[CODE, OTHER])
    place = scene.client(offering, since=today - 40 * DAY, today=today)
    director = make.member(Role.DIRECTOR, establishments=[place])
    for code in (CODE, OTHER):
        scene.declare(owner, offering, code=code, today=today)
    before.undo()
    scene.judge(director, place, Verdict.CONTESTED, when=clock.now(), today=today)
    scene.declare(owner, offering, Status.PARTIAL, today=today)
    before.setattr(contests, "_begin", lambda *_, **__: None)
    before.setattr(lapses, "begin_again", lambda *_: None)
    scene.judge(
        director, place, Verdict.CONTESTED, reason="Toujours rien.", when=clock.now(), today=today
    )
    db.session.commit()
    return place


def _open_contests() -> list[Contest]:
    return list(db.session.scalars(sa.select(Contest).where(Contest.closed_at.is_(None))))


def test_a_contested_point_gets_the_thread_and_the_action_that_it_should_have_had(
    live: Flask, before: pytest.MonkeyPatch
) -> None:
    """By the migration itself, over rows as the code before it wrote them."""
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        place = _orphan(owner, before)
        assert _open_contests() == []
        last = clock.today() - 20 * DAY
        lapsed(owner, last, renewed=last + 3 * DAY, back=last + 9 * DAY)
        db.session.remove()
    before.undo()
    downgrade(revision="0053")
    upgrade()

    with tenant_scope(owner.tenant_id):
        for _ in range(2):
            worked(*KINDS)
        states = db.session.scalars(sa.select(Outbox.state).where(Outbox.kind.in_(KINDS))).all()
        (found,) = _open_contests()
        verdict = db.session.execute(
            sa.select(TrackedRequirement.verdict_at, TrackedRequirement.verdict_by_name).where(
                TrackedRequirement.requirement_code == CODE
            )
        ).one()
        (action,) = db.session.scalars(sa.select(Action).where(Action.state == State.TODO)).all()
        assert [state.value for state in states] == ["done", "done"]
        assert (found.establishment_id, found.said) == (place, {CODE: "partial"})
        assert found.reason == "Toujours rien."
        assert (found.opened_at, found.opened_by_name) == tuple(verdict)
        assert (action.origin, action.requirement_code) == (Origin.CONTEST, CODE)
        since = db.session.scalars(
            sa.select(EvidenceLapse.lapsed_on).where(EvidenceLapse.noted_on == clock.today())
        ).all()
        assert list(since) == [last + 9 * DAY]
        db.session.rollback()


def test_the_page_says_that_it_was_noted_afterwards(
    owner: Actor, before: pytest.MonkeyPatch, client: FlaskClient
) -> None:
    today = clock.today()
    last = today - 20 * DAY
    offering = make.offering(carries=[CODE])
    scene.client(offering, since=last - 40 * DAY, today=last)
    scene.declare(owner, offering, today=last)
    proof = lapsed(owner, last, renewed=last + 3 * DAY, back=last + 9 * DAY)
    lapses.mend(today)
    db.session.commit()
    sign_in(client, owner)

    page = " ".join(client.get(f"/acme/preuves/{proof}").text.split())

    assert "son renouvellement ayant été retiré" in page
    assert "Noté après coup" in page
