"""Who is told what, on which day, and never twice."""

import uuid
from datetime import timedelta

import pytest

from portal.evidence.models import Evidence, Visibility
from portal.fleet.models import Establishment
from portal.kit import clock, numbering
from portal.kit.numbering import Number
from portal.reminders import stages
from portal.reminders.items import Item, Window
from portal.reminders.kinds import Subject
from portal.reminders.lapsing import items
from portal.reminders.models import MailState
from portal.tracking import agenda, kept
from portal.tracking.sweep import sweep
from tenants import service as tenants
from tenants.access import Actor
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import make
from tests.reminders import scene
from tests.reminders.scene import TODAY

LAST_DAY = TODAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("left", "expected"),
    [(31, None), (30, 30), (29, 30), (8, 30), (7, 7), (6, 7), (1, 7), (0, 0), (-1, 0), (-60, 0)],
)
def test_the_step_is_the_nearest_one_passed(left: int, expected: int | None) -> None:
    item = Item(Subject.EVIDENCE, uuid.uuid4(), "", TODAY + timedelta(days=left), [], 1, "", None)

    assert stages.step(item, TODAY, (30, 7, 0)) == expected


def test_a_lapsing_proof_is_told_on_three_days_and_on_no_other(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)

    days = [TODAY + timedelta(days=n) for n in range(-3, 40)]
    told = [day for day in days if scene.plan(day)]

    assert told == [LAST_DAY - timedelta(days=n) for n in (30, 7, 0)]
    assert scene.stages(owner) == [30, 7, 0]


def test_planning_a_day_twice_tells_nothing_twice(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)

    assert [scene.plan(TODAY), scene.plan(TODAY)] == [1, 0]


def test_what_comes_up_after_the_day_s_message_waits_for_the_next(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)
    scene.plan(TODAY)
    scene.prove(owner, until=LAST_DAY, offering_id=offering, title="Autre rapport")

    assert [scene.plan(TODAY), scene.plan(TODAY + timedelta(days=1))] == [0, 1]


def test_after_an_outage_the_nearest_stage_is_told_once_in_one_message(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    clients = [scene.client(offering) for _ in range(6)]
    scene.declare(owner, offering)
    for client, left in zip(clients, (-4, -1, 0, 5, 12, 29), strict=True):
        scene.prove(owner, until=TODAY + timedelta(days=left), establishment_id=client)

    written = scene.plan(TODAY), scene.plan(TODAY + timedelta(days=1))

    assert written == (1, 0)
    assert sorted(scene.stages(owner)) == [0, 0, 0, 7, 30, 30]
    assert [mail.subject for mail in scene.mails(owner)] == ["6 échéances, dont 2 dépassées"]


def test_a_proof_moved_to_another_day_is_told_anew(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    proof_id = scene.prove(owner, until=LAST_DAY, offering_id=offering)
    scene.plan(TODAY)
    proof = db.session.execute(db.select(Evidence).where(Evidence.id == proof_id)).scalar_one()
    proof.valid_until = LAST_DAY + timedelta(days=2)
    db.session.flush()
    scene.follow()

    days = [day for day in range(1, 4) if scene.plan(TODAY + timedelta(days=day))]

    assert days == [2]


def test_a_withdrawn_proof_is_told_no_more(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    proof_id = scene.prove(owner, until=LAST_DAY, offering_id=offering)
    proof = db.session.execute(db.select(Evidence).where(Evidence.id == proof_id)).scalar_one()
    proof.withdrawn_at = clock.now()
    db.session.flush()
    scene.follow()

    assert scene.plan(TODAY) == 0


def test_a_proof_that_another_outlasts_is_not_told(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)
    scene.prove(owner, until=LAST_DAY + timedelta(days=300), offering_id=offering)

    assert scene.plan(TODAY) == 0


def test_reviews_of_declarations_and_of_exceptions_fall_due(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering, "EHPAD Les Suivants")
    own = scene.client(offering, "EHPAD L’Exception")
    scene.declare(owner, offering)
    scene.except_(owner, own, reviewed_on=TODAY)
    window = Window(make.EDITION, TODAY, TODAY, TODAY + timedelta(days=800))

    found = {(item.subject, item.place, item.touched) for item in items(window)}

    assert found == {
        (Subject.STATEMENT_REVIEW, "EHPAD Les Suivants", 1),
        (Subject.REQUIREMENT_REVIEW, "EHPAD L’Exception", 1),
    }


def test_an_archived_establishment_is_not_reminded_of(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    client = scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)
    db.session.execute(
        db.update(Establishment).where(Establishment.id == client).values(archived_at=clock.now())
    )
    db.session.commit()

    assert scene.plan(TODAY) == 0


def test_an_ended_contract_is_not_reminded_of(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering, ends_on=TODAY)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)
    tomorrow = TODAY + timedelta(days=1)

    sweep(make.EDITION, today=tomorrow, since=TODAY, signature="Treize")
    db.session.commit()

    assert scene.plan(tomorrow) == 0


def test_a_director_is_told_of_her_establishment_s_shared_proofs_alone(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE, "SAUV-03", "SAUV-04"])
    here, there = scene.client(offering, "EHPAD Ici"), scene.client(offering, "EHPAD Ailleurs")
    for code in (scene.CODE, "SAUV-03", "SAUV-04"):
        scene.declare(owner, offering, code=code)
    scene.prove(owner, until=LAST_DAY, establishment_id=here, title="Le nôtre")
    scene.prove(owner, until=LAST_DAY, establishment_id=there, title="Le leur")
    scene.prove(owner, until=LAST_DAY, offering_id=offering, title="De tous", code="SAUV-03")
    scene.prove(
        owner,
        until=LAST_DAY,
        offering_id=offering,
        title="Interne",
        visibility=Visibility.PROVIDER,
        code="SAUV-04",
    )
    director = make.member(Role.DIRECTOR, establishments=[here])

    scene.plan(TODAY)

    (mail,) = scene.mails(director)
    told = mail.text + mail.html
    assert [title in told for title in ("Le nôtre", "De tous", "Le leur", "Interne")] == [
        True,
        True,
        False,
        False,
    ]
    assert "Ailleurs" not in told
    assert "Interne" in scene.mails(owner)[0].text


@pytest.mark.parametrize("role", [Role.BILLING, Role.AUDITOR])
def test_who_cannot_act_is_left_in_peace(owner: Actor, role: Role) -> None:
    offering = make.offering(carries=[scene.CODE])
    client = scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)
    bystander = make.member(role, establishments=[] if role is Role.BILLING else [client])

    scene.plan(TODAY)

    assert scene.mails(bystander) == []


def test_a_revoked_person_is_told_nothing(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)
    gone = make.member(Role.TECHNICIAN)
    membership = db.session.execute(
        db.select(Membership).where(Membership.user_id == gone.user_id)
    ).scalar_one()
    tenants.revoke(membership, at=clock.now())
    db.session.commit()

    scene.plan(TODAY)

    assert scene.mails(gone) == []


def test_another_tenant_s_lapses_are_not_told(owner: Actor, stranger: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)

    scene.plan(TODAY)

    assert scene.mails(stranger) == []


def test_the_message_is_kept_with_its_reminders_and_waits_to_be_sent(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST_DAY, offering_id=offering)

    scene.plan(TODAY, leaves=False)

    (mail,) = scene.mails(owner)
    assert mail.state is MailState.READY
    assert numbering.read(mail.message_id) == Number(mail.tenant_id, mail.id)
    assert mail.to_address == "owner@acme.example"


def test_reminders_and_the_fleet_s_agenda_agree_on_what_lapses(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE, "SAUV-03"])
    clients = [scene.client(offering) for _ in range(3)]
    scene.declare(owner, offering, reviewed_on=TODAY - timedelta(days=360))
    scene.declare(owner, offering, code="SAUV-03")
    scene.prove(owner, until=TODAY + timedelta(days=9), offering_id=offering)
    scene.prove(owner, until=TODAY - timedelta(days=9), establishment_id=clients[0], code="SAUV-03")
    scene.prove(owner, until=TODAY + timedelta(days=200), code="SAUV-03", title="Longue")
    window = Window(make.EDITION, TODAY, TODAY - stages.BEHIND, TODAY + stages.AHEAD)

    ours = {(item.label, item.due_on, item.touched) for item in items(window)}

    theirs = agenda.items(TODAY, kept.mark())
    assert ours == {(item.label, item.due, item.touched) for item in theirs}
