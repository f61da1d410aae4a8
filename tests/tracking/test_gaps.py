"""A renewal that begins after the last day of what it renews: the days between are told."""

import uuid
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.evidence import line, service, shelf
from portal.evidence.facts import Content, Facts
from portal.evidence.holding import held
from portal.evidence.line import Standing
from portal.evidence.models import Evidence, EvidenceLapse, Kind, Visibility
from portal.evidence.shelf import Filters, State
from portal.guide import loader
from portal.kit import clock
from portal.tracking import turn
from tenants.access import Actor
from tenants.db import db
from tests.conftest import sign_in
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY
from tests.tracking.test_lapses import DAY, LAST, fleet, pass_to, renew, told

BEGINS = LAST + 10 * DAY


def renew_later(actor: Actor, evidence_id: uuid.UUID, *, on: date, begins: date = BEGINS) -> None:
    """By what covers a period to come."""
    service.replace_with(
        actor, loader.current(), evidence_id,
        content=Content(Kind.NOTE, body="Prévu."),
        facts=Facts(
            "Suivante", Visibility.CLIENTS, covers_from=begins, covers_until=begins + 30 * DAY,
            valid_until=begins + 90 * DAY,
        ),
        today=on,
    )  # fmt: skip
    db.session.commit()


def standing(evidence_id: uuid.UUID, day: date) -> Standing:
    return next(
        one.standing for one in line.versions(evidence_id, day) if one.proof.id == evidence_id
    )


def lapsed(day: date) -> set[uuid.UUID]:
    return {one.id for one in shelf.lines(Filters(), State.LAPSED, day)}


def test_what_lapses_before_its_renewal_begins_holds_up_what_it_proved(owner: Actor) -> None:
    _, places = fleet(owner)
    first = scene.prove(owner, until=LAST)
    renew_later(owner, first, on=TODAY)

    warned = held([first])[first]
    pass_to(LAST + DAY)
    between = (told(first), standing(first, LAST + DAY), lapsed(LAST + DAY))
    bare = scene.row(places[0]).proven
    pass_to(BEGINS, since=LAST + DAY)

    assert (warned.establishments, list(warned.codes)) == (3, [CODE])
    assert between == ([(LAST + DAY, None, 3)], Standing.LAPSED, {first})
    assert not bare
    assert told(first) == [(LAST + DAY, BEGINS, 3)]
    assert (standing(first, BEGINS), lapsed(BEGINS)) == (Standing.PAST, set())
    assert scene.row(places[0]).proven
    assert held([first]) == {}


def test_a_renewal_of_what_is_to_come_ends_no_lapse_before_it_begins(owner: Actor) -> None:
    fleet(owner)
    first = scene.prove(owner, until=LAST)
    pass_to(LAST + DAY)
    renew_later(owner, first, on=LAST + 2 * DAY)

    before = told(first)
    for day in (LAST + 3 * DAY, BEGINS, BEGINS + DAY):
        pass_to(day, since=day - DAY)

    assert before == [(LAST + DAY, None, 3)]
    assert told(first) == [(LAST + DAY, BEGINS, 3)]


@pytest.mark.parametrize("begins", [TODAY, LAST, LAST + DAY])
def test_one_that_leaves_no_day_out_takes_its_place_at_once(owner: Actor, begins: date) -> None:
    fleet(owner)
    first = scene.prove(owner, until=LAST)
    renew_later(owner, first, on=TODAY, begins=begins)

    warned = held([first])
    pass_to(LAST + DAY)

    assert (warned, told(first), lapsed(LAST + DAY)) == ({}, [], set())
    assert standing(first, TODAY) is Standing.PAST


def test_its_page_says_that_it_is_bare_until_then(owner: Actor, client: FlaskClient) -> None:
    today = clock.today()
    fleet(owner)
    first = scene.prove(owner, until=LAST, today=TODAY)
    db.session.execute(
        sa.update(Evidence).where(Evidence.id == first).values(valid_until=today - DAY)
    )
    db.session.commit()
    renew_later(owner, first, on=today, begins=today + 9 * DAY)
    sign_in(client, owner)

    page = client.get(f"/acme/preuves/{first}").text

    assert "Elle n’est plus valable" in page
    assert "Remplacée par" not in page
    assert "à venir" in page


def test_a_sweep_that_went_before_leaves_no_lapse_behind(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It traced the lapse while the renewal waited for its turn, and knew nothing of it."""
    fleet(owner)
    first = scene.prove(owner, until=LAST)
    on, take, left = LAST + DAY, turn.take, [first]

    def take_after_a_sweep() -> None:
        take()
        while left:
            lapse = EvidenceLapse(
                evidence_id=left.pop(), lapsed_on=on, codes=[CODE], questions=[2], establishments=3
            )
            db.session.add(lapse)
            db.session.flush()

    monkeypatch.setattr(turn, "take", take_after_a_sweep)

    renew(owner, first, on=on)

    assert left == []
    assert told(first) == [(on, on, 3)]
