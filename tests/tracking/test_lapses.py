"""A lapse says what it holds up, leaves a dated trace, and ends with its renewal."""

import uuid
from datetime import date, timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.evidence import line, linking, service
from portal.evidence.facts import Content, Facts
from portal.evidence.holding import Held, held
from portal.evidence.line import Standing
from portal.evidence.linking import Aim
from portal.evidence.models import EvidenceLapse, Kind, Visibility
from portal.guide import loader
from portal.kit import clock
from portal.tracking.sweep import sweep
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.conftest import sign_in
from tests.counting import counted
from tests.evidence import proofs
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY

DAY = timedelta(1)
LAST = TODAY + timedelta(5)


def pass_to(day: date, *, since: date = TODAY) -> None:
    sweep(make.EDITION, today=day, since=since, signature="Treize")
    db.session.commit()


def fleet(owner: Actor, houses: int = 3) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """An offering declared at these houses."""
    offering = make.offering(carries=[CODE])
    places = [scene.client(offering) for _ in range(houses)]
    scene.declare(owner, offering)
    return offering, places


def renew(
    actor: Actor, evidence_id: uuid.UUID, *, on: date, until: date | None = None
) -> uuid.UUID:
    made = service.replace_with(
        actor,
        loader.current(),
        evidence_id,
        content=Content(Kind.NOTE, body="Nouvel essai."),
        facts=Facts("Suivante", Visibility.CLIENTS, valid_until=until or on + timedelta(90)),
        today=on,
    )
    new_id: uuid.UUID = made.id
    db.session.commit()
    return new_id


def traces() -> list[EvidenceLapse]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(EvidenceLapse)))


def test_a_proof_says_what_rests_on_it_alone(owner: Actor) -> None:
    _, places = fleet(owner)
    shared = scene.prove(owner, until=LAST)
    longer = scene.prove(owner, until=LAST + DAY, establishment_ids=[places[0]])

    found = held([shared, longer])

    question = loader.current().by_code[CODE].question
    # Inherited, the first house is proven by its own proof for one day more.
    assert found == {shared: Held([CODE], [question], 2), longer: Held([CODE], [question], 1)}


def test_what_is_held_up_is_told_in_two_statements_whatever_the_fleet(owner: Actor) -> None:
    fleet(owner, houses=2)
    first = scene.prove(owner, until=LAST)
    with counted() as few:
        held([first])
    fleet(owner, houses=12)
    others = [scene.prove(owner, until=LAST + n * DAY) for n in range(1, 6)]
    with counted() as many:
        held([first, *others])

    assert len(few) == len(many) == 2


def test_a_lapse_leaves_a_dated_trace_once(owner: Actor) -> None:
    fleet(owner)
    evidence_id = scene.prove(owner, until=LAST)
    pass_to(LAST)
    on_the_last_day = traces()
    pass_to(LAST + DAY, since=LAST)
    pass_to(LAST + 2 * DAY, since=LAST + DAY)

    (trace,) = traces()
    assert on_the_last_day == []
    assert (trace.evidence_id, trace.lapsed_on, trace.establishments) == (
        evidence_id,
        LAST + DAY,
        3,
    )
    assert (trace.codes, trace.renewed_on) == ([CODE], None)


def test_what_another_proof_covers_is_no_lapse(owner: Actor) -> None:
    fleet(owner)
    scene.prove(owner, until=LAST)
    scene.prove(owner, until=LAST + 90 * DAY)
    pass_to(LAST + DAY)
    assert traces() == []


def test_a_lapse_ends_with_the_renewal_and_not_with_one_that_came_too_late(owner: Actor) -> None:
    fleet(owner)
    evidence_id = scene.prove(owner, until=LAST)
    pass_to(LAST + DAY)
    stale = renew(owner, evidence_id, on=LAST + 2 * DAY, until=LAST + DAY)
    still = traces()[0].renewed_on
    service.edit(
        owner,
        stale,
        Facts("Suivante", Visibility.CLIENTS, valid_until=LAST + 90 * DAY),
        version=1,
        at=scene.at(LAST + 4 * DAY),
        today=LAST + 4 * DAY,
    )
    db.session.commit()

    # The late one is good for longer since; it is its predecessor that had lapsed.
    assert still is None
    assert [trace.renewed_on for trace in traces()] == [LAST + 4 * DAY]


def test_a_refused_or_withdrawn_successor_gives_its_place_and_stays_in_the_line(
    owner: Actor,
) -> None:
    fleet(owner)
    first = scene.prove(owner, until=LAST)
    failed = renew(owner, first, on=TODAY)
    service.withdraw(owner, failed, at=scene.at(), today=TODAY)
    second = renew(owner, first, on=TODAY)

    told = {
        version.proof.id: (version.number, version.standing)
        for version in line.versions(second, TODAY)
    }
    assert told == {
        first: (1, Standing.PAST),
        failed: (2, Standing.WITHDRAWN),
        second: (3, Standing.CURRENT),
    }


def test_a_link_given_to_a_replaced_proof_reaches_the_one_that_took_its_place(
    owner: Actor,
) -> None:
    from_first = scene.prove(owner, until=LAST)
    second = renew(owner, from_first, on=TODAY)
    aim = Aim(["SAUV-03"])
    act_id = service.link(owner, loader.current(), from_first, aim, today=TODAY)
    both = proofs_links(second)
    assert act_id is not None
    service.undo(owner, act_id, at=scene.at(), today=TODAY)

    assert (both, proofs_links(second)) == ({CODE, "SAUV-03"}, {CODE})


def proofs_links(evidence_id: uuid.UUID) -> set[str]:
    return set(linking.codes_of(evidence_id))


def test_a_renewal_taken_back_is_a_lapse_of_its_own_and_what_was_told_stays(owner: Actor) -> None:
    fleet(owner)
    evidence_id = scene.prove(owner, until=LAST)
    pass_to(LAST + DAY)
    new_id = renew(owner, evidence_id, on=LAST + 2 * DAY)
    back = LAST + 9 * DAY
    service.withdraw(owner, new_id, at=scene.at(back), today=back)
    db.session.commit()
    at_once = told(evidence_id)
    pass_to(back + DAY, since=back)
    swept = told(evidence_id)
    service.restore(owner, new_id, at=scene.at(back + DAY), today=back + DAY)
    db.session.commit()

    earlier = (LAST + DAY, LAST + 2 * DAY, 3)
    assert at_once == swept == [earlier, (back, None, 3)]
    assert told(evidence_id) == [earlier, (back, back + DAY, 3)]


def test_a_renewal_taken_back_the_same_day_leaves_the_lapse_open(owner: Actor) -> None:
    fleet(owner)
    evidence_id = scene.prove(owner, until=LAST)
    pass_to(LAST + DAY)
    on = LAST + 2 * DAY
    new_id = renew(owner, evidence_id, on=on)
    service.withdraw(owner, new_id, at=scene.at(on), today=on)
    db.session.commit()

    assert told(evidence_id) == [(LAST + DAY, None, 3)]


def test_what_was_renewed_in_time_lapses_the_day_its_renewal_is_taken_back(owner: Actor) -> None:
    fleet(owner)
    evidence_id = scene.prove(owner, until=LAST)
    new_id = renew(owner, evidence_id, on=TODAY, until=LAST + 90 * DAY)
    back = LAST + 3 * DAY
    pass_to(back)
    before = told(evidence_id)
    service.withdraw(owner, new_id, at=scene.at(back), today=back)
    db.session.commit()
    pass_to(back + DAY, since=back)

    assert (before, told(evidence_id)) == ([], [(back, None, 3)])


def test_a_validity_put_back_is_a_lapse_of_its_own(owner: Actor) -> None:
    fleet(owner)
    evidence_id = scene.prove(owner, until=LAST)
    pass_to(LAST + DAY)
    for version, (until, on) in enumerate([(LAST + 90 * DAY, 2), (LAST, 4), (LAST, 5)], 1):
        service.edit(
            owner,
            evidence_id,
            Facts("Preuve", Visibility.CLIENTS, valid_until=until),
            version=version,
            at=scene.at(LAST + on * DAY),
            today=LAST + on * DAY,
        )
        db.session.commit()
    pass_to(LAST + 6 * DAY, since=LAST + 5 * DAY)

    assert told(evidence_id) == [(LAST + DAY, LAST + 2 * DAY, 3), (LAST + 4 * DAY, None, 3)]


def test_a_renewal_taken_back_that_another_proof_covers_is_no_lapse(owner: Actor) -> None:
    fleet(owner)
    evidence_id = scene.prove(owner, until=LAST)
    pass_to(LAST + DAY)
    new_id = renew(owner, evidence_id, on=LAST + 2 * DAY)
    scene.prove(owner, until=LAST + 60 * DAY)
    back = LAST + 9 * DAY
    service.withdraw(owner, new_id, at=scene.at(back), today=back)
    db.session.commit()

    assert told(evidence_id) == [(LAST + DAY, LAST + 2 * DAY, 3)]


def told(evidence_id: uuid.UUID) -> list[tuple[date, date | None, int]]:
    """Its traces: since when, until when, and at how many establishments."""
    return sorted(
        (trace.lapsed_on, trace.renewed_on, trace.establishments)
        for trace in traces()
        if trace.evidence_id == evidence_id
    )


def test_the_page_and_the_shelf_tell_the_lapse_and_its_end(
    owner: Actor, client: FlaskClient
) -> None:
    fleet(owner)
    now = clock.today()
    evidence_id = proofs.note(owner, CODE, valid_until=now - DAY, today=now)
    pass_to(now, since=now - DAY)
    question = loader.current().by_code[CODE].question
    sign_in(client, owner)
    shelf = client.get("/acme/preuves").text
    page = client.get(f"/acme/preuves/{evidence_id}").text
    new_id = renew(owner, evidence_id, on=now)
    after = client.get(f"/acme/preuves/{new_id}").text

    words = f"bloque la question {question} chez 3"
    assert words in shelf
    assert words in page
    assert "pas encore renouvelée" in page
    assert f"a bloqué la question {question} chez 3" in after
    assert "jusqu’au renouvellement du" in after
