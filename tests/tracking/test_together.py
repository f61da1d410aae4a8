"""Two people at once, by two real sessions: the second is told, and no score is left behind.

The first has written and not committed yet when the second begins; she either waits for it or
goes on, then the first commits.
"""

import uuid

from portal.audit import acts
from portal.contracts import foreseeing, rewriting
from portal.contracts import queries as offerings
from portal.contracts import service as contracts
from portal.contracts.models import Part
from portal.contracts.offerings import Content, Served
from portal.contracts.rewriting import ChangedMeanwhile, ChangedSince
from portal.contracts.signing import Wanted
from portal.guide import loader
from portal.kit.errors import Conflict
from portal.tracking import bulk, service
from portal.tracking.models import Status
from tenants.db import db
from tests import make
from tests.tracking import desk as desks
from tests.tracking import scene
from tests.tracking.desk import OTHER, Desk
from tests.tracking.scene import CODE, TODAY

portal, desk = desks.portal, desks.desk


def test_of_two_people_who_declare_first_the_second_is_told(desk: Desk) -> None:
    told = desk.together(
        lambda: desk.declare(desk.one, Status.IMPLEMENTED),
        lambda: desk.declare(desk.one, Status.PLANNED),
    )

    assert isinstance(told, Conflict)
    desk.told_right()
    with desk.seat():
        assert scene.row(desk.place).status == "implemented"


def test_of_two_people_who_rewrite_a_declaration_the_second_is_told(desk: Desk) -> None:
    with desk.seat():
        desk.declare(desk.one, Status.PARTIAL)
        db.session.commit()

    told = desk.together(
        lambda: desk.declare(desk.one, Status.IMPLEMENTED, version=1),
        lambda: desk.declare(desk.one, Status.PLANNED, version=1),
    )

    assert isinstance(told, Conflict)
    desk.told_right()
    with desk.seat():
        assert scene.row(desk.place).status == "implemented"
        assert scene.spoken(desk.one) == 2


def test_two_offerings_that_speak_at_once_leave_the_better_word(desk: Desk) -> None:
    told = desk.together(
        lambda: desk.declare(desk.one, Status.IMPLEMENTED),
        lambda: desk.declare(desk.two, Status.PLANNED),
    )

    assert told is None
    desk.told_right()
    with desk.seat():
        assert scene.row(desk.place).offering_id == desk.one


def test_two_exceptions_at_one_establishment_both_count_in_its_scores(desk: Desk) -> None:
    told = desk.together(
        lambda: desk.except_(CODE, Status.IMPLEMENTED),
        lambda: desk.except_(OTHER, Status.IMPLEMENTED),
    )

    assert told is None
    desk.told_right()


def test_of_two_exceptions_to_one_requirement_the_second_is_told(desk: Desk) -> None:
    with desk.seat():
        version = scene.written(desk.place)
    told = desk.together(
        lambda: desk.except_(CODE, Status.IMPLEMENTED),
        lambda: service.except_(
            desk.owner,
            establishment_id=desk.place,
            edition_id=make.EDITION,
            code=CODE,
            status=Status.PLANNED,
            note="",
            reviewed_on=TODAY,
            version=version,
            today=TODAY,
        ),
    )

    assert isinstance(told, Conflict)
    desk.told_right()


def test_a_director_is_told_that_her_provider_wrote_while_she_read(desk: Desk) -> None:
    with desk.seat():
        desk.declare(desk.one, Status.IMPLEMENTED)
        db.session.commit()
        version, scope = scene.written(desk.place), scene.listed(desk.director)

    told = desk.together(
        lambda: desk.declare(desk.one, Status.PLANNED, version=1),
        lambda: desk.judge(version),
        scope,
    )

    assert isinstance(told, Conflict)
    desk.told_right()
    with desk.seat():
        assert scene.row(desk.place).verdict == "none"


def test_a_verdict_and_an_exception_at_once_both_count(desk: Desk) -> None:
    with desk.seat():
        desk.declare(desk.one, Status.IMPLEMENTED)
        scene.prove(desk.owner)
        version, scope = scene.written(desk.place), scene.listed(desk.director)

    told = desk.together(
        lambda: desk.except_(OTHER, Status.IMPLEMENTED), lambda: desk.judge(version), scope
    )

    assert told is None
    desk.told_right()
    with desk.seat():
        assert scene.card(desk.place).recognised[1] > 0


def test_a_proof_and_a_declaration_at_once_prove(desk: Desk) -> None:
    told = desk.together(
        lambda: desk.declare(desk.one, Status.IMPLEMENTED), lambda: scene.prove(desk.owner)
    )

    assert told is None
    desk.told_right()
    with desk.seat():
        assert scene.row(desk.place).proven


def test_a_client_signed_while_somebody_declares_inherits_it(desk: Desk) -> None:
    with desk.seat():
        newcomer = make.establishment()

    told = desk.together(
        lambda: desk.declare(desk.one, Status.IMPLEMENTED),
        lambda: contracts.sign(desk.owner, Wanted([newcomer], [desk.one], TODAY), today=TODAY),
    )

    assert told is None
    desk.told_right()
    with desk.seat():
        assert scene.row(newcomer).status == "implemented"


def test_somebody_who_declares_while_a_client_is_signed_reaches_it(desk: Desk) -> None:
    with desk.seat():
        newcomer = make.establishment()

    told = desk.together(
        lambda: contracts.sign(desk.owner, Wanted([newcomer], [desk.one], TODAY), today=TODAY),
        lambda: desk.declare(desk.one, Status.IMPLEMENTED),
    )

    assert told is None
    desk.told_right()
    with desk.seat():
        assert scene.row(newcomer).status == "implemented"


def test_of_an_undoing_and_a_declaration_the_second_is_told(desk: Desk) -> None:
    with desk.seat():
        act_id = scene.declare(desk.owner, desk.one, Status.PARTIAL)

    told = desk.together(
        lambda: desk.declare(desk.one, Status.IMPLEMENTED, version=1),
        lambda: bulk.undo(desk.owner, act_id=act_id, at=scene.at(), today=TODAY),
    )

    assert isinstance(told, Conflict)
    desk.told_right()
    with desk.seat():
        assert scene.row(desk.place).status == "implemented"


def test_of_two_who_undo_at_once_the_second_is_told(desk: Desk) -> None:
    with desk.seat():
        act_id = scene.declare(desk.owner, desk.one, Status.PARTIAL)

    def undo() -> None:
        bulk.undo(desk.owner, act_id=act_id, at=scene.at(), today=TODAY)

    assert isinstance(desk.together(undo, undo), acts.AlreadyUndone)
    desk.told_right()


def test_of_two_people_who_rewrite_an_offering_the_second_is_told(desk: Desk) -> None:
    told = desk.together(lambda: rewrite(desk, "Hers"), lambda: rewrite(desk, "His"))

    assert isinstance(told, ChangedMeanwhile)
    desk.told_right()
    with desk.seat():
        assert offerings.offering(desk.one).name == "Hers"


def test_whoever_looks_at_what_a_rewriting_moves_waits_for_the_other_and_is_told(
    desk: Desk,
) -> None:
    told = desk.together(
        lambda: rewrite(desk, "Hers"),
        lambda: foreseeing.foresee(
            desk.owner, loader.current(), desk.one, Content("His", "", False, []),
            version=1, today=TODAY,
        ),
    )  # fmt: skip

    assert isinstance(told, ChangedMeanwhile)
    desk.told_right()


def test_of_two_people_who_undo_a_rewriting_the_second_is_told(desk: Desk) -> None:
    with desk.seat():
        act_id = rewrite(desk, "Hers")
        db.session.commit()

    told = desk.together(lambda: unwrite(desk, act_id), lambda: unwrite(desk, act_id))

    assert isinstance(told, acts.AlreadyUndone)
    desk.told_right()


def test_a_rewriting_and_its_undoing_at_once_leave_one_of_the_two_whole(desk: Desk) -> None:
    with desk.seat():
        act_id = rewrite(desk, "Hers")
        db.session.commit()

    told = desk.together(
        lambda: rewrite(desk, "Hers again", version=2), lambda: unwrite(desk, act_id)
    )

    assert isinstance(told, ChangedSince)
    desk.told_right()
    with desk.seat():
        assert offerings.offering(desk.one).name == "Hers again"


def test_a_rewriting_and_a_declaration_at_once_both_count(desk: Desk) -> None:
    told = desk.together(
        lambda: rewrite(desk, "Hers"), lambda: desk.declare(desk.two, Status.IMPLEMENTED)
    )

    assert told is None
    desk.told_right()
    told = desk.together(
        lambda: desk.declare(desk.two, Status.PARTIAL, version=1),
        lambda: rewrite(desk, "His", version=2),
    )
    assert told is None
    desk.told_right()


def rewrite(desk: Desk, name: str, *, version: int = 1) -> uuid.UUID | None:
    """Rename the first offering, and let it no longer serve :data:`CODE`, or serve it again."""
    with_it = [] if version == 1 else [Served(CODE, Part.CARRIES)]
    wished = Content(name, "", False, [*with_it, Served(OTHER, Part.SUPPORTS)])
    return rewriting.edit(
        desk.owner, loader.current(), desk.one, wished, version=version, today=TODAY
    )


def unwrite(desk: Desk, act_id: uuid.UUID | None) -> None:
    assert act_id is not None
    rewriting.undo(desk.owner, loader.current(), act_id, at=scene.at(), today=TODAY)
