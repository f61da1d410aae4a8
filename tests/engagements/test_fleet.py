"""Closing an audit of many establishments: frozen at once, made one by one, never lost."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from portal import dispatcher
from portal.actions.models import Action, State
from portal.attestations.models import IssuedDocument
from portal.engagements import closing, issuing, queries, service
from portal.engagements.models import AuditReport, ReportState
from portal.kit import clock, locks, storage
from portal.kit.canonical import sha256_hex
from portal.kit.outbox import Outbox
from tenants.access import Actor
from tenants.context import entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import live as alive
from tests import make
from tests.conftest import Visit
from tests.counting import counted
from tests.engagements import promised
from tests.engagements.conftest import Room, as_auditor
from tests.engagements.fleets import closed, concluded, fleet, states
from tests.tracking import scene
from tests.tracking.scene import CODE

live = alive.live


def test_a_killed_worker_loses_the_document_in_its_hand_and_no_other(
    live: Flask, tmp_path: Path
) -> None:
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        room_id, auditor, _ = fleet(owner, 5)
        closed(auditor, room_id)
        dispatcher.hand_over()
        alive.work(live)  # frozen, all of them
        dispatcher.hand_over()
        alive.killed(live, "tests.engagements.stalling", "1", flag=tmp_path / "begun")
        meanwhile = states(room_id)
        frozen = [one.snapshot_sha256 for one in queries.reports(room_id)]
        db.session.rollback()

        with time_machine.travel(clock.now() + dispatcher.HANDED + timedelta(seconds=1)):
            for _ in range(4):
                dispatcher.hand_over()
                alive.work(live)

        found = queries.reports(room_id)
        assert meanwhile.count(ReportState.READY) == 1
        assert {one.state for one in found} == {ReportState.READY}
        assert [one.snapshot_sha256 for one in found] == frozen
        for one in found:
            assert sha256_hex(storage.current().read(one.pdf_key)) == one.pdf_sha256
        year = clock.today().year
        assert [one.number for one in found] == [f"RAP-{year}-{n:04}" for n in range(1, 6)]
        tries = db.session.scalars(
            sa.select(Outbox.attempts).where(Outbox.kind == service.ISSUE).order_by(Outbox.attempts)
        ).all()
        assert list(tries) == [1, 1, 1, 1, 2]


def test_freezing_reads_as_much_for_forty_establishments_as_for_four(owner: Actor) -> None:
    sent = []
    for size in (4, 40):
        room_id, auditor, places = fleet(owner, size)
        for place in places[1:]:
            concluded(auditor, room_id, place)
        found = queries.engagement(room_id)
        with counted() as statements:
            closing.close(found, by="Camille", at=clock.now())
        db.session.commit()
        sent.append(len(statements))

    assert sent[0] == sent[1]
    assert sent[1] < 40


def test_an_export_reads_as_much_for_forty_establishments_as_for_four(
    owner: Actor, visit: Visit
) -> None:
    sent = []
    for size in (4, 40):
        room_id, _, _ = fleet(owner, size)
        browser = visit(owner)
        browser.get(f"/acme/audits/{room_id}")  # what is read once in a process is read
        with counted() as statements:
            answer = browser.post(f"/acme/audits/{room_id}/export.zip", follow_redirects=True)
            assert answer.data
        sent.append(len(statements))

    assert sent[0] == sent[1]


def test_its_page_says_how_far_it_is_and_asks_again(owner: Actor, visit: Visit) -> None:
    room_id, auditor, _ = fleet(owner, 3)
    url = f"/acme/audits/{room_id}"
    assert visit(auditor).post(f"{url}/clore").status_code == 303
    asked = visit(auditor).get(url).text
    promised.waiting()  # the conclusion's action, and the freezing
    frozen = visit(owner).get(url).text
    part = visit(owner).get(url, headers={"HX-Request": "true"}).text
    promised.done()
    made = visit(owner).get(url).text

    assert "Clôture en cours" in asked
    assert "Clore et émettre" not in asked
    assert "0 sur 3" in frozen
    assert 'hx-trigger="every 2s"' in frozen
    assert "0 sur 3" in part
    assert "<html" not in part
    assert "0 sur 3" not in made
    assert "every 2s" not in made
    assert made.count("rapport.pdf") == 3


def test_a_document_made_twice_is_one(owner: Actor) -> None:
    room_id, auditor, _ = fleet(owner, 1)
    closed(auditor, room_id)
    promised.done()
    (report,) = queries.reports(room_id)
    report_id, digest = report.id, report.pdf_sha256

    issuing.issue(report_id)
    db.session.commit()

    assert queries.reports(room_id)[0].pdf_sha256 == digest
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IssuedDocument)) == 1


def test_a_made_report_is_out_of_reach_of_any_change(owner: Actor) -> None:
    """By plain SQL as the app's role, in the scope of the whole tenant."""
    room_id, auditor, _ = fleet(owner, 1)
    closed(auditor, room_id)
    promised.done()
    report = AuditReport.__table__

    changed = db.session.execute(
        sa.update(report)
        .where(report.c.engagement_id == room_id)
        .values(state="asked")
        .returning(report.c.state)
    ).all()

    assert changed == []
    assert states(room_id) == [ReportState.READY]


def test_a_report_in_the_making_is_no_house_s_to_write(owner: Actor) -> None:
    """Though she may read it, and the columns that its making writes are granted."""
    room_id, auditor, places = fleet(owner, 1)
    director = make.member(Role.DIRECTOR, establishments=places)
    closed(auditor, room_id)
    promised.waiting()
    report = AuditReport.__table__

    with entered(scene.listed(director)):
        seen = db.session.scalars(sa.select(report.c.state)).all()
        changed = db.session.execute(
            sa.update(report).values(trouble="deadly").returning(report.c.state)
        ).all()
        db.session.commit()

    assert (seen, changed) == ([ReportState.ASKED], [])


@pytest.mark.parametrize("column", ["snapshot", "number", "code", "closed_by_name"])
def test_what_is_frozen_is_frozen_before_it_is_made(owner: Actor, column: str) -> None:
    room_id, auditor, _ = fleet(owner, 1)
    closed(auditor, room_id)
    promised.waiting()
    report = AuditReport.__table__

    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.update(report).values({column: "x"}))
    db.session.rollback()


def test_what_was_asked_in_vain_is_nobody_s_task_any_more(room: Room, visit: Visit) -> None:
    due = (clock.today() + timedelta(7)).isoformat()
    browser = visit(room.auditor)
    browser.post(f"{room.point}/demander", data={"words": "Le rapport", "due_on": due})
    promised.done()
    concluded(room.auditor, room.id, room.place)
    before = _asked()
    closed(room.auditor, room.id)
    promised.done()

    assert (before, _asked()) == (State.TODO, State.DROPPED)


def test_nor_once_the_audit_is_taken_back(room: Room, visit: Visit) -> None:
    due = (clock.today() + timedelta(7)).isoformat()
    visit(room.auditor).post(f"{room.point}/demander", data={"words": "Le rapport", "due_on": due})
    promised.done()

    visit(room.owner).post(f"{room.url}/terminer")

    assert _asked() is State.DROPPED


def _asked() -> State:
    db.session.rollback()
    found: State = db.session.scalars(
        sa.select(Action.state).where(Action.origin == "request")
    ).one()
    db.session.rollback()
    return found


def test_whoever_speaks_while_it_is_closed_is_told_so(live: Flask) -> None:
    """What is said either stands in the report or is refused: nothing falls between."""
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        room_id, auditor, places = fleet(owner, 1)
        found = queries.engagement(room_id)
        closing.close(found, by="Camille", at=clock.now())
        engine = sa.create_engine(db.engine.url)
        with engine.connect() as other:
            waits = other.execute(
                sa.text("SELECT pg_try_advisory_xact_lock_shared(:rooms, hashtext(:room))"),
                {"rooms": locks.ROOMS, "room": str(room_id)},
            ).scalar_one()
        engine.dispose()
        db.session.commit()
        with as_auditor(auditor, room_id), pytest.raises(Exception, match="closed"):
            service.ask(
                auditor, queries.engagement(room_id), establishment_id=places[0], code=CODE,
                words="Encore", due_on=clock.today(), today=clock.today(),
            )  # fmt: skip

    assert waits is False
