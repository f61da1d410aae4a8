"""What to do first: lapsing proofs, contests, reviews that fall due; the worst first."""

import uuid
from datetime import date, timedelta

import pytest

from portal.evidence import service as evidence
from portal.evidence.facts import Content, Facts
from portal.evidence.models import Kind as ProofKind
from portal.evidence.models import Visibility
from portal.guide import loader
from portal.tracking import agenda, kept
from portal.tracking.agenda import Item, Kind
from portal.tracking.models import Status, Verdict
from portal.tracking.sweep import sweep
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY

DAY = timedelta(1)


def items(kind: Kind | None = None, today: date = TODAY, *, limit: int | None = None) -> list[Item]:
    """As the page reads them: what it counted before may serve as long as no score moves."""
    moved = kept.mark()
    found = agenda.items(today, moved, limit=limit)
    return [item for item in found if kind in {None, item.kind}]


@pytest.fixture
def offering(owner: Actor) -> uuid.UUID:
    found = make.offering(carries=[CODE, "SAUV-01"])
    scene.declare(owner, found)
    scene.declare(owner, found, code="SAUV-01")
    return found


def contest(place: uuid.UUID, *, code: str = CODE, today: date = TODAY) -> None:
    director = make.member(Role.DIRECTOR, establishments=[place])
    scene.judge_as(director, place, Verdict.CONTESTED, code=code, today=today)


def replace(owner: Actor, proof: uuid.UUID, *, until: date) -> uuid.UUID:
    found = evidence.replace_with(
        owner,
        loader.current(),
        proof,
        content=Content(ProofKind.NOTE, body="Revu."),
        facts=Facts("Suivante", Visibility.CLIENTS, None, None, until),
        today=TODAY,
    )
    successor: uuid.UUID = found.id
    db.session.commit()
    return successor


@pytest.mark.parametrize(
    ("days", "shown"), [(-61, False), (-60, True), (-1, True), (0, True), (30, True), (31, False)]
)
def test_a_proof_is_told_from_thirty_days_before_to_sixty_after(
    owner: Actor, offering: uuid.UUID, days: int, *, shown: bool
) -> None:
    for _ in range(2):
        scene.client(offering)
    proof = scene.prove(owner, CODE, "SAUV-01", until=TODAY + days * DAY)

    found = [(i.subject_id, i.codes, i.due, i.touched) for i in items(Kind.PROOF)]

    expected = (proof, ["SAUV-01", CODE], TODAY + days * DAY, 2)
    assert found == ([expected] if shown else [])


def test_a_proof_that_another_outlives_is_not_told(owner: Actor, offering: uuid.UUID) -> None:
    scene.client(offering)
    scene.prove(owner, until=TODAY + 5 * DAY)
    scene.prove(owner, until=TODAY + 90 * DAY)

    assert items() == []


def test_a_proof_that_serves_nothing_anybody_says_is_not_told(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    scene.client(offering)
    scene.prove(owner, until=TODAY + 5 * DAY)
    scene.declare(owner, offering, Status.PLANNED)

    assert items() == []


def test_a_proof_withdrawn_is_not_told(owner: Actor, offering: uuid.UUID) -> None:
    scene.client(offering)
    proof = scene.prove(owner, until=TODAY + 5 * DAY)
    evidence.withdraw(owner, proof, at=scene.at(), today=TODAY)

    assert items() == []


def test_a_proof_replaced_is_told_again_once_its_successor_is_withdrawn(
    owner: Actor, offering: uuid.UUID
) -> None:
    scene.client(offering)
    proof = scene.prove(owner, until=TODAY + 5 * DAY)
    successor = replace(owner, proof, until=TODAY + 90 * DAY)
    replaced = items()

    evidence.withdraw(owner, successor, at=scene.at(), today=TODAY)

    assert replaced == []
    assert [item.subject_id for item in items(Kind.PROOF)] == [proof]


def test_a_proof_touches_only_those_it_holds_up(owner: Actor, offering: uuid.UUID) -> None:
    """Not those with a longer proof of their own, nor the exceptions, nor other clients."""
    _, own, exception, other = (
        scene.client(offering),
        scene.client(offering),
        scene.client(offering),
        scene.client(make.offering()),
    )
    scene.prove(owner, until=TODAY + 5 * DAY, offering_id=offering)
    scene.prove(owner, until=TODAY + 90 * DAY, establishment_ids=[own])
    scene.except_(owner, exception)

    assert [item.touched for item in items(Kind.PROOF)] == [1]
    assert scene.row(other).proof_until is None


def test_a_contest_is_told_with_its_words_and_day(owner: Actor, offering: uuid.UUID) -> None:
    place = scene.client(offering, name="Les Aulnes", today=TODAY - 4 * DAY)
    contest(place, today=TODAY - 3 * DAY)

    (item,) = items()
    assert (item.kind, item.subject_id, item.label) == (Kind.CONTEST, place, "Les Aulnes")
    assert (item.words, item.codes, item.due) == (
        "Nous ne l’avons pas vu.", [CODE], TODAY - 3 * DAY,
    )  # fmt: skip


def test_what_is_contested_at_once_is_one_thing_to_do(owner: Actor) -> None:
    offering = make.offering(carries=[CODE, "SAUV-01", "MAJ-02"])
    place = scene.client(offering, today=TODAY - 4 * DAY)
    for code in (CODE, "SAUV-01"):
        contest(place, code=code)
    contest(place, code="MAJ-02", today=TODAY - DAY)

    found = [(item.codes, item.due) for item in items(Kind.CONTEST)]

    assert found == [(sorted([CODE, "SAUV-01"]), TODAY), (["MAJ-02"], TODAY - DAY)]


def test_a_contest_of_what_is_said_not_to_apply_is_told(owner: Actor, offering: uuid.UUID) -> None:
    place = scene.client(offering)
    scene.except_(owner, place, Status.NOT_APPLICABLE, note="Rien à sauvegarder.")
    contest(place)

    assert len(items(Kind.CONTEST)) == 1


def test_a_contest_of_what_the_tier_leaves_out_is_not_told(owner: Actor) -> None:
    offering = make.offering(carries=["SAUV-05"])  # reinforced
    place = scene.client(offering)
    contest(place, code="SAUV-05")

    assert items() == []


@pytest.mark.parametrize(("days", "shown"), [(31, False), (30, True), (0, True), (-60, True)])
def test_a_review_that_falls_due_is_told_for_the_offering_that_speaks(
    owner: Actor, days: int, *, shown: bool
) -> None:
    offering = make.offering(carries=[CODE])
    places = [scene.client(offering) for _ in range(2)]
    scene.declare(owner, offering, reviewed_on=date(2025, 12, 30))  # due 30 June
    due = scene.row(places[0]).review_due

    found = [
        (i.subject_id, i.codes, i.due, i.touched) for i in items(Kind.REVIEW, due - days * DAY)
    ]

    assert found == ([(offering, [CODE], due, 2)] if shown else [])


def test_nothing_is_told_of_archived_establishments(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering, reviewed_on=date(2025, 12, 30))
    scene.prove(owner, until=TODAY + 5 * DAY)
    contest(place)
    before = {item.kind for item in items()}

    scene.archive(owner, place)

    assert before == set(Kind)
    assert items() == []


def test_what_is_past_comes_first_then_what_touches_most_soonest(
    owner: Actor, offering: uuid.UUID
) -> None:
    other = make.offering(carries=["MAJ-02"])
    places = [scene.client(offering, other) for _ in range(3)]
    scene.declare(owner, other, code="MAJ-02")
    lapsed = scene.prove(owner, "MAJ-02", until=TODAY + 1 * DAY)
    soon_for_one = scene.prove(owner, until=TODAY + 3 * DAY, establishment_ids=places[:1])
    later_for_all = scene.prove(owner, "SAUV-01", until=TODAY + 4 * DAY)
    today = TODAY + 2 * DAY
    sweep(make.EDITION, today=today, since=TODAY, signature="-")
    contest(places[0], today=today)

    found = [(item.kind, item.subject_id) for item in items(today=today)]

    assert found == [
        (Kind.PROOF, lapsed),
        (Kind.CONTEST, places[0]),
        (Kind.PROOF, later_for_all),
        (Kind.PROOF, soon_for_one),
    ]
    assert items(today=today, limit=2) == items(today=today)[:2]


def test_days_are_counted_from_the_present_day(owner: Actor, offering: uuid.UUID) -> None:
    scene.client(offering)
    scene.prove(owner, until=TODAY + 5 * DAY)

    (item,) = items()
    assert [item.days(TODAY + n * DAY) for n in (0, 5, 6)] == [5, 0, -1]


def test_another_provider_s_agenda_is_not_ours(owner: Actor, offering: uuid.UUID) -> None:
    scene.client(offering)
    scene.prove(owner, until=TODAY + 5 * DAY)
    stranger = make.tenant("globex")

    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        theirs = items()
        db.session.rollback()

    assert theirs == []
