"""Lapses and reviews in a calendar: hers by the rules, moved with their day, gone when done."""

import uuid
from datetime import timedelta

import pytest
from flask import Flask

from portal.calendars.entries import Entry, Reader
from portal.evidence.models import Evidence
from portal.kit import clock
from portal.reminders import agenda, rules, service
from portal.reminders.kinds import Kind, KindRules, Rung
from tenants.access import Actor
from tenants.context import entered
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import make
from tests.reminders import scene
from tests.reminders.scene import TODAY

DAY = timedelta(days=1)


@pytest.fixture
def proof_id(owner: Actor) -> uuid.UUID:
    """A proof that lapses in forty days, at one client; what it proves is reviewed in a month."""
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering, "EHPAD Ici")
    scene.declare(owner, offering, reviewed_on=TODAY - 150 * DAY)
    return scene.prove(owner, until=TODAY + 40 * DAY, offering_id=offering)


def _entries(app: Flask, actor: Actor, *, wide: bool = False) -> dict[str, Entry]:
    membership = db.session.execute(
        db.select(Membership).where(Membership.user_id == actor.user_id)
    ).scalar_one()
    reader = Reader(actor, membership.id, "acme", wide)
    scope = scene.recipient(actor).scope
    db.session.rollback()
    with app.test_request_context(), entered(scope):
        found = {e.uid: e for e in agenda.entries(reader, TODAY, ahead=90 * DAY)}
        db.session.rollback()
    return found


def test_a_lapse_and_a_review_are_days_that_lead_to_their_remedy(
    app: Flask, owner: Actor, proof_id: uuid.UUID
) -> None:
    found = _entries(app, owner)

    proof = found.pop(f"proof-{proof_id}")
    (review,) = found.values()
    assert (proof.day, proof.place) == (TODAY + 40 * DAY, "EHPAD Ici")
    assert proof.title.endswith("Rapport de sauvegarde")
    assert proof.path == f"/acme/preuves/{proof_id}/remplacer"
    assert review.path == f"/acme/exigences/{scene.CODE}"


def test_a_moved_day_is_the_same_entry_and_counts_further(
    app: Flask, owner: Actor, proof_id: uuid.UUID
) -> None:
    uid = f"proof-{proof_id}"
    before = _entries(app, owner)[uid]
    db.session.execute(
        db.update(Evidence)
        .where(Evidence.id == proof_id)
        .values(valid_until=TODAY + 50 * DAY, updated_at=clock.now() + 2 * DAY)
    )
    scene.follow()

    after = _entries(app, owner)[uid]

    assert (before.day, after.day) == (TODAY + 40 * DAY, TODAY + 50 * DAY)
    assert after.sequence > before.sequence


def test_a_withdrawn_proof_leaves_the_calendar(
    app: Flask, owner: Actor, proof_id: uuid.UUID
) -> None:
    db.session.execute(db.update(Evidence).values(withdrawn_at=clock.now()))
    scene.follow()

    assert f"proof-{proof_id}" not in _entries(app, owner)


def test_whom_the_rules_never_tell_and_who_declined_have_it_only_when_wide(
    app: Flask, owner: Actor, proof_id: uuid.UUID
) -> None:
    technician = make.member(Role.TECHNICIAN)
    gaps = dict.fromkeys(Rung, 0) | {Rung.TECHNICIAN: None}
    rules.set_kind_rules(owner, {Kind.PROOF: KindRules((30,), gaps)})
    service.decline(owner.user_id, {Kind.PROOF})
    db.session.commit()
    uid = f"proof-{proof_id}"

    told = [uid in _entries(app, who) for who in (owner, technician)]
    wide = [uid in _entries(app, who, wide=True) for who in (owner, technician)]

    assert told == [False, False]
    assert wide == [True, True]
