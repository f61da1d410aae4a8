"""What the people of an establishment think of what is declared, and what becomes of it."""

import uuid

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEvent
from portal.kit.errors import Conflict, Refused
from portal.tracking import bulk
from portal.tracking.models import Status, Verdict
from tenants.access import Actor
from tenants.db import db
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY


def test_there_is_nothing_to_recognise_where_nothing_is_said(
    place: uuid.UUID, director: Actor
) -> None:
    scene.refused(Refused, lambda: scene.judge(director, place))


def test_what_is_missing_may_be_contested(place: uuid.UUID, director: Actor) -> None:
    scene.judge_as(director, place, Verdict.CONTESTED)

    assert scene.card(place).contested_total == 1


def test_a_contest_says_why(owner: Actor, place: uuid.UUID, director: Actor) -> None:
    error = scene.refused(
        Refused, lambda: scene.judge(director, place, Verdict.CONTESTED, reason=None)
    )

    assert error.field == "reason"


def test_a_verdict_is_kept_with_who_when_and_why(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, director: Actor
) -> None:
    scene.declare(owner, offering)

    scene.judge_as(director, place, Verdict.CONTESTED, reason="Le disque est débranché.")

    row = scene.row(place)
    assert (row.verdict, row.verdict_by_name, row.verdict_reason) == (
        "contested", director.name, "Le disque est débranché.",
    )  # fmt: skip
    event = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "requirement.contested")
    ).one()
    assert (event.actor_id, event.establishment_id, event.requirement_code) == (
        director.user_id, place, CODE,
    )  # fmt: skip
    assert event.details == {"reason": "Le disque est débranché."}


@pytest.mark.parametrize("deed", ["statement", "exception", "withdrawal"])
@pytest.mark.parametrize("same", [True, False])
def test_a_recognition_is_taken_back_when_the_status_changes_and_only_then(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, director: Actor, deed: str, *, same: bool
) -> None:
    scene.declare(owner, offering)
    scene.prove(owner)
    if deed == "withdrawal":
        scene.prove(owner, establishment_ids=[place])
        scene.except_(owner, place, Status.IMPLEMENTED if same else Status.PARTIAL)
    scene.judge_as(director, place)
    recognised = scene.row(place).recognised

    status = Status.IMPLEMENTED if same else Status.PARTIAL
    if deed == "statement":
        scene.declare(owner, offering, status, text="Autrement dit.")
    elif deed == "exception":
        scene.except_(owner, place, status)
    else:
        scene.withdraw(owner, place)

    assert recognised
    assert scene.row(place).verdict == ("recognised" if same else "none")


def test_words_rewritten_while_she_read_are_not_recognised_unread(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, director: Actor
) -> None:
    scene.declare(owner, offering, text="Chaque nuit.")
    read = scene.written(place)
    act = scene.declare(owner, offering, text="Chaque mois.")

    scene.refused(Conflict, lambda: scene.judge(director, place, version=read))
    reread = scene.written(place)
    bulk.undo(owner, act_id=act, at=scene.at(), today=TODAY)
    db.session.commit()
    scene.refused(Conflict, lambda: scene.judge(director, place, version=reread))


def test_a_contest_stays_until_its_author_is_satisfied(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, director: Actor
) -> None:
    scene.declare(owner, offering)
    scene.judge_as(director, place, Verdict.CONTESTED)

    scene.declare(owner, offering, Status.PARTIAL)
    scene.except_(owner, place, Status.NOT_APPLICABLE, note="Rien à sauvegarder.")

    assert scene.row(place).verdict == "contested"
    assert scene.card(place).contested_total == 1


def test_only_what_is_proven_counts_as_recognised(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, director: Actor
) -> None:
    scene.declare(owner, offering)
    scene.judge_as(director, place)
    before = scene.row(place).recognised, scene.card(place).recognised_total

    scene.prove(owner)

    assert before == (False, 0)
    assert scene.row(place).recognised
    assert scene.card(place).recognised_total == scene.card(place).proven_total > 0


def test_a_director_counts_her_scores_as_her_provider_does(
    owner: Actor, offering: uuid.UUID, place: uuid.UUID, director: Actor
) -> None:
    """Her scope hides proofs that are not for clients; what they prove stays proven."""
    scene.declare(owner, offering)
    scene.prove(owner, visibility="provider")

    scene.judge_as(director, place)

    assert scene.row(place).recognised
    assert scene.card(place).recognised_total > 0
