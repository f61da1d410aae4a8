"""What a proof will prove, told before it is linked: what then comes, and nothing written."""

import uuid

import pytest

from portal.contracts import service as contracts
from portal.contracts.signing import Wanted
from portal.evidence import foreseeing, service
from portal.evidence.foreseeing import Foreseen
from portal.evidence.linking import Aim
from portal.fleet.models import Establishment
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import NotFound, Refused
from tenants.access import Actor
from tenants.db import db
from tests.counting import counted
from tests.evidence import unproven
from tests.evidence.unproven import unlinked
from tests.tracking import scene
from tests.tracking.scene import CODE

offering, homes = unproven.offering, unproven.homes
UNKNOWN = uuid.UUID(int=7)


def foresee(owner: Actor, evidence_id: uuid.UUID, aim: Aim) -> Foreseen:
    def deed() -> list[uuid.UUID]:
        service.link(owner, loader.current(), evidence_id, aim, today=clock.today())
        return [evidence_id]

    return foreseeing.foresee(
        deed, loader.current(), aim, evidence_ids=[evidence_id], today=clock.today()
    )


@pytest.mark.parametrize("level", ["tenant", "offering", "establishment"])
def test_what_is_foreseen_is_what_then_comes(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID], level: str
) -> None:
    proof = unlinked(owner)
    aim = {
        "tenant": Aim([CODE]),
        "offering": Aim([CODE], offering),
        "establishment": Aim([CODE], None, [homes[0], homes[2]]),
    }[level]
    before = scene.whole()

    told = foresee(owner, proof, aim)
    db.session.commit()
    unmoved = scene.whole() == before
    service.link(owner, loader.current(), proof, aim, today=clock.today())
    db.session.commit()

    ((code, shift),) = told.shifts
    proven = [home for home in homes if scene.row(home).proven]
    assert unmoved
    assert (code, told.questions) == (CODE, [loader.current().requirement(CODE).question])
    assert shift.gained == len(proven) == len(told.rehearsed.moves) == 2
    assert {move.establishment_id for move in told.rehearsed.moves} == {*proven}
    expected = {
        "tenant": (4, {"exception": 1, "undeclared": 1}),
        "offering": (3, {"exception": 1}),
        "establishment": (2, {}),
    }[level]
    assert (told.establishments, dict(shift.bare)) == expected


def test_what_is_proven_already_is_told_apart(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    today = clock.today()
    scene.prove(owner, until=scene.later(99, today), today=today, establishment_ids=[homes[0]])

    ((_, shift),) = foresee(owner, unlinked(owner), Aim([CODE])).shifts

    assert (shift.kept, shift.gained) == (1, 1)


def test_a_proof_that_proves_nothing_today_says_so_and_moves_nothing(
    owner: Actor, homes: list[uuid.UUID]
) -> None:
    later = scene.later(9, clock.today())
    begins = unlinked(owner, covers_from=later, valid_until=scene.later(99, later))
    withdrawn = unlinked(owner)
    service.withdraw(owner, withdrawn, at=clock.now(), today=clock.today())
    db.session.commit()

    for proof, coming in ((begins, 1), (withdrawn, 0)):
        told = foresee(owner, proof, Aim([CODE]))
        assert (told.idle, told.coming) == (1, coming)
        assert (told.gains, told.rehearsed.moves) == (False, [])


def test_an_aim_that_cannot_be_is_refused_before_anything_is_done(
    owner: Actor, homes: list[uuid.UUID]
) -> None:
    proof = unlinked(owner)
    for kind, aim in (
        (Refused, Aim([])),
        (Refused, Aim(["NOPE-99"])),
        (NotFound, Aim([CODE], UNKNOWN)),
        (NotFound, Aim([CODE], None, [UNKNOWN])),
    ):
        before = scene.whole()
        with pytest.raises(kind):
            foresee(owner, proof, aim)
        assert scene.whole() == before


def test_a_hundred_clients_and_five_hundred_take_the_same_statements(
    owner: Actor, offering: uuid.UUID
) -> None:
    scene.declare(owner, offering, today=clock.today())
    proof = unlinked(owner)
    sent: list[int] = []
    counts = [100, 400]
    for count in counts:
        places = [Establishment(name=f"Foyer {n}", search=f"foyer {n}") for n in range(count)]
        db.session.add_all(places)
        db.session.flush()
        wanted = Wanted([place.id for place in places], [offering], clock.today())
        contracts.sign(owner, wanted, today=clock.today())
        db.session.commit()
        with counted() as one:
            told = foresee(owner, proof, Aim([CODE]))
        sent.append(len(one))
        assert told.establishments == told.shifts[0][1].gained == sum(counts[: len(sent)])
        db.session.rollback()

    assert sent[0] == sent[1] <= 25
