"""A turn let go for a reason, terms that were changed, and both undone."""

import re
import uuid
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.audit.models import AuditEvent
from portal.collecting import rounds, skipping
from portal.collecting.models import Collector, FileRequest, RequestState
from portal.collecting.service import SEND
from portal.guide.edition import months_after
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests.collecting.links import gives, link_in, messages
from tests.collecting.turns import (
    FORM,
    HERE,
    later,
    only,
    proves,
    sets_up,
    states,
    the,
    turns,
    works,
)  # fmt: skip
from tests.smtp import Inbox

WHY = "Site fermé en juillet."
OUEST = {"collector": Collector.SUPPLIER, "supplier": "Ouest", "to_email": "a@ouest.example"}


def skips(client: FlaskClient, collection_id: uuid.UUID, reason: str = WHY) -> TestResponse:
    return client.post(f"{HERE}/{collection_id}/passer", data={"reason": reason})


def undo_on(client: FlaskClient, answer: TestResponse) -> str:
    """Where the message that follows a deed leads to have it undone."""
    page = client.get(answer.location).text
    return str(re.findall(rf'action="({HERE}/[\w-]+/annuler/\d+)"', page)[0])


def deeds() -> list[tuple[str, dict[str, object]]]:
    db.session.rollback()
    found = db.session.execute(
        sa.select(AuditEvent.action, AuditEvent.details)
        .where(AuditEvent.subject_type == "collection")
        .order_by(AuditEvent.at, AuditEvent.id)
    ).all()
    return [(row.action, row.details) for row in found]


def changes(client: FlaskClient, collection_id: uuid.UUID, **typed: str) -> TestResponse:
    page = client.get(f"{HERE}/{collection_id}/modifier").text
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    form = {"title": "Le relevé", "months": "6", "collector": "colleague", "version": version}
    return client.post(f"{HERE}/{collection_id}/modifier", data={**form, **typed})


def test_a_turn_is_skipped_for_a_reason_and_the_next_comes_a_period_later(
    at_work: FlaskClient, owner: Actor
) -> None:
    made, today = sets_up(owner, first_in=5), clock.today()
    offered = at_work.get(f"{HERE}/{made}").text
    answer = skips(at_work, made)
    page = at_work.get(answer.location).text
    due = months_after(today + timedelta(5), 3)

    assert "Passer ce tour" in offered
    assert (answer.status_code, states(made), the(made).due_on) == (303, ["skipped"], due)
    assert turns(made)[0].reason == WHY
    assert WHY in page
    assert "Passer ce tour" not in page
    action, details = deeds()[-1]
    assert (action, details["reason"]) == ("collection.skipped", WHY)
    assert details["due"] == (today + timedelta(5)).isoformat()
    with later((due - today).days - 30):
        assert states(made) == ["skipped", "open"]


@pytest.mark.parametrize("days", [0, 12])
def test_a_skip_is_undone_and_the_turn_comes_back(
    at_work: FlaskClient, owner: Actor, days: int
) -> None:
    made = sets_up(owner, first_in=5)
    undo = undo_on(at_work, skips(at_work, made))
    with later(days):
        answer = at_work.post(undo)
        again = at_work.post(undo)
        found = [(turn.state.value, turn.due_on) for turn in turns(made)]
    first = clock.today() + timedelta(5)

    assert (answer.status_code, again.status_code) == (303, 409)
    assert found == [("skipped", first), ("open", first)]
    assert deeds()[-1][0] == "collection.undone"


@pytest.mark.parametrize(("first_in", "reason", "status"), [(5, "", 422), (60, WHY, 409)])
def test_nothing_is_skipped_without_a_reason_or_a_turn(
    at_work: FlaskClient, owner: Actor, first_in: int, reason: str, status: int
) -> None:
    made = sets_up(owner, first_in=first_in)
    before = states(made)

    assert skips(at_work, made, reason).status_code == status
    assert (states(made), the(made).waits_until) == (before, None)


def test_a_turn_long_overdue_is_skipped_to_the_next_day_of_its_rhythm(owner: Actor) -> None:
    made, today = sets_up(owner, first_in=5), clock.today()
    with later(200) as day:
        skipping.skip(owner, made, reason=WHY, at=clock.now(), today=day)
        db.session.commit()
        due = the(made).due_on

    assert due == months_after(today + timedelta(5), 9)
    assert due > today + timedelta(200)


def test_a_proof_that_comes_all_the_same_counts(at_work: FlaskClient, owner: Actor) -> None:
    made = sets_up(owner, first_in=5)
    skips(at_work, made)
    until: date = the(made).due_on + timedelta(40)
    proves(owner, until=until, covers_until=until - timedelta(60))

    assert states(made) == ["skipped"]
    assert the(made).due_on > months_after(clock.today() + timedelta(5), 3)


def test_a_skip_calls_the_supplier_off_and_undoing_asks_again(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    made = sets_up(owner, first_in=5, **OUEST)  # type: ignore[arg-type]
    works(SEND)
    link = link_in(messages(inbox)[0])
    undo = undo_on(at_work, skips(at_work, made))
    dead = outside.get(link).status_code
    at_work.post(undo)
    works(SEND)

    assert dead == 404
    assert asked() == [("Ouest", RequestState.REVOKED), ("Ouest", RequestState.OPEN)]
    assert outside.get(link_in(messages(inbox)[1])).status_code == 200


def test_a_turn_whose_file_has_come_is_not_skipped(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    made = sets_up(owner, first_in=5, **OUEST)  # type: ignore[arg-type]
    works(SEND)
    gives(outside, link_in(messages(inbox)[0]))

    assert skips(at_work, made).status_code == 409
    assert states(made) == ["open"]


def asked() -> list[tuple[str, RequestState]]:
    db.session.rollback()
    rows = db.session.scalars(sa.select(FileRequest).order_by(FileRequest.id)).all()
    return [(row.to_name, row.state) for row in rows]


def test_terms_that_were_changed_are_put_back(at_work: FlaskClient, owner: Actor) -> None:
    made = sets_up(owner, first_in=60)
    stood = at_work.get(f"{HERE}/{made}/modifier").text
    answer = changes(at_work, made, message="Celui de juin.", first_on="")
    changed = (the(made).title, the(made).months, the(made).message)
    undone = at_work.post(undo_on(at_work, answer))
    version = r'name="version" value="\d+"'

    assert changed == ("Le relevé", 6, "Celui de juin.")
    assert undone.status_code == 303
    stands = at_work.get(f"{HERE}/{made}/modifier").text
    forms = [re.sub(version, "", page).split('class="stack"')[1] for page in (stood, stands)]
    plain = [re.sub(r'name="csrf_token" value="[^"]*"', "", form) for form in forms]
    assert plain[0] == plain[1]
    action, details = deeds()[-1]
    assert action == "collection.undone"
    assert details["changes"] == {"title": ["Le relevé", "Essai de restauration"], "months": [6, 3]}


def test_an_undo_never_takes_back_what_came_after(at_work: FlaskClient, owner: Actor) -> None:
    made = sets_up(owner, first_in=60)
    first = undo_on(at_work, changes(at_work, made))
    changes(at_work, made, months="9")
    late = at_work.post(first)
    version = the(made).version
    at_work.post(f"{HERE}/{made}/pause")
    paused = at_work.post(f"{HERE}/{made}/annuler/{version + 1}")

    assert (late.status_code, paused.status_code) == (409, 409)
    assert the(made).months == 9


def test_another_supplier_is_asked_in_the_place_of_the_first_and_undone(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    made = sets_up(owner, first_in=5, **OUEST)  # type: ignore[arg-type]
    works(SEND)
    link = link_in(messages(inbox)[0])
    answer = changes(
        at_work, made, collector="supplier", supplier="Est", to_email="b@est.example", months="3"
    )
    now, dead = asked(), outside.get(link).status_code
    at_work.post(undo_on(at_work, answer))
    back = asked()
    changes(at_work, made, months="3")

    assert now == [("Ouest", RequestState.REVOKED), ("Est", RequestState.OPEN)]
    assert dead == 404
    assert back[1:] == [("Est", RequestState.REVOKED), ("Ouest", RequestState.OPEN)]
    # A colleague brings it now: nobody outside is asked any more.
    assert {state for _, state in asked()} == {RequestState.REVOKED}
    assert turns(made)[0].file_request_id is None


def test_a_house_skips_its_own_turn_and_nobody_else_s(
    at_work: FlaskClient, hers: FlaskClient, owner: Actor, place: uuid.UUID
) -> None:
    form = {**FORM, "establishment": str(place), "first_on": clock.today().isoformat()}
    hers.post(f"{HERE}/nouvelle", data=form)
    works(rounds.FOLLOW)
    its = only().id
    ours = sets_up(owner, code="SAUV-01", first_in=5, establishment_id=place)
    foreign = skips(at_work, its), skips(hers, ours)
    answer = skips(hers, its)
    undo = undo_on(hers, answer)
    twice = skips(hers, its)
    works(rounds.FOLLOW)
    skipped = states(its)
    undone = hers.post(undo)
    works(rounds.FOLLOW)

    assert [one.status_code for one in foreign] == [422, 422]
    assert (answer.status_code, twice.status_code, skipped) == (303, 409, ["skipped"])
    assert (undone.status_code, states(its)) == (303, ["skipped", "open"])
    assert states(ours) == ["open"]
