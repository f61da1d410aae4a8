"""Where a name stays once its account is closed: said before and in the register, or gone."""

import re
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from portal.actions import service as actions
from portal.actions.models import Action, Effort, Priority, State
from portal.actions.service import Content
from portal.audit import acts, verification
from portal.audit import service as audit
from portal.audit.models import AuditEvent, BulkAct
from portal.contests.models import Side
from portal.engagements import queries as rooms
from portal.engagements import service as engagements
from portal.fleet import undoing
from portal.guide import loader
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState, Queue
from portal.operations import service as operations
from portal.privacy import closing
from portal.privacy.register import REGISTER
from tenants.access import Actor
from tenants.db import Base, db
from tenants.models import UserAccount
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.engagements.conftest import as_auditor, engage
from tests.fleet.importer.samples import EHPAD, IME, etalab_line
from tests.fleet.runs import applied, extract

#: Columns that hold the name of a person, by how they are called.
_NAMES = re.compile(r"\w+_by_name|owner_name|actor_name|author_name|person_name|to_name|auditors")
#: What the register calls them; those of the journal, of messages and of accounts have their own.
_SAID = {
    "action": "action",
    "attestation": "attestation",
    "attestation_batch": "attestation",
    "audit_event": "Who did what",
    "audit_finding": "found, replied",
    "audit_report": "concluded",
    "audit_request": "asked, answered",
    "brief": "board brief",
    "bulk_act": "many lines at once",
    "collection": "collection",
    "contest": "contest",
    "contest_message": "contest",
    "engagement": "audit",
    "engagement_draw": "drew lots",
    "evidence": "added a proof",
    "file_request": "asked for a file",
    "house_answer": "undone",
    "import_run": "import",
    "invitation": "Invitations",
    "judgement": "undone",
    "mail": "messages",
    "prior_record": "brought one in",
    "record_archive": "record to leave",
    "self_answer": "self-assessment",
    "self_assessment": "self-assessment",
    "statement": "declared",
    "tracked_requirement": "recognised",
}


def _holding_names() -> set[str]:
    return {
        table.name
        for table in Base.metadata.sorted_tables
        if any(_NAMES.fullmatch(column.name) for column in table.columns)
    }


def test_every_table_that_holds_a_name_is_spoken_of_in_the_register(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        register = " ".join(f"{it.what} {it.data} {it.kept}" for it in REGISTER)

    assert _holding_names() == _SAID.keys()
    assert [it for it in _SAID.values() if it not in register] == []


def _to_do(actor: Actor, title: str) -> Action:
    content = Content(
        title, "", Side.PROVIDER, actor.user_id, clock.today() + timedelta(days=9),
        Priority.NORMAL, Effort.HOURS,
    )  # fmt: skip
    return actions.open_one(
        actor, content, establishment_id=make.establishment(), code=None, edition=loader.current(),
        at=clock.now(),
    )  # fmt: skip


def test_what_she_had_to_do_is_taken_back_and_its_history_says_so(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    ann = make.member(Role.TECHNICIAN, email="ann@people.example")
    live, done = _to_do(ann, "Relire la charte"), _to_do(ann, "Changer le verrou")
    other = _to_do(owner, "Tester la reprise")
    actions.move(ann, done, State.DONE, at=clock.now())
    acts.remember(ann, "statement.declared", summary={}, before={})
    place = live.establishment_id
    db.session.commit()
    sign_in(client, ann)
    said = client.get("/mon-compte/fermer").text

    assert client.post("/mon-compte/fermer").status_code == 303

    db.session.rollback()
    db.session.expire_all()
    left = {it.title: (it.owner_id, it.owner_name) for it in db.session.scalars(sa.select(Action))}
    assert left == {
        live.title: (None, ""),
        done.title: (ann.user_id, ann.name),
        other.title: (owner.user_id, owner.name),
    }
    assert db.session.scalars(sa.select(BulkAct.actor_name)).all() == [closing.NAMELESS]
    told = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "action.released"))
    assert [(it.subject_id, it.establishment_id) for it in told] == [(live.id, place)]
    assert verification.verify().finding is None
    visitor = app.test_client()
    sign_in(visitor, owner)
    assert "a rendu l’action « Relire la charte »" in visitor.get("/acme/journal").text.replace(
        "\xa0", " "
    )
    assert "qui vous étaient confiées" in said


def test_an_import_that_she_wanted_and_one_that_she_undid_name_her_no_more(
    client: FlaskClient, owner: Actor
) -> None:
    """A worker wrote them: she is in what the deeds say, and not who did them."""
    ann = make.member(Role.MANAGER, email="ann@people.example")
    name = db.session.get_one(UserAccount, ann.user_id).name = "Ann Oubliée"
    ann = replace(ann, name=name)
    hers, another = ({etalab_line(finess)} for finess in (EHPAD, IME))
    applied(ann, extract(*hers))
    run_id = applied(owner, extract(*another)).id
    undoing.confirm(ann, run_id=run_id, at=clock.now())
    undoing.undo(run_id, at=clock.now())
    db.session.commit()
    sign_in(client, ann)
    before = _said_of(name)

    assert client.post("/mon-compte/fermer").status_code == 303

    db.session.rollback()
    db.session.expire_all()
    assert {"import.applied", "import.undone"} <= before
    assert _said_of(name) == set()
    assert _said_of(owner.name) >= {"import.applied"}
    verdict = verification.verify()
    assert (verdict.finding, verdict.untold) == (None, 0)


def test_no_deed_of_an_audit_names_its_auditor_any_more(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    """Nor those that named her when they were drawn, closed or ended by a former version."""
    place = make.establishment()
    ines = make.member(Role.AUDITOR, email="ines@people.example", establishments=[place])
    room_id = engage(owner, ines, places=[place])
    with as_auditor(ines, room_id):
        engagements.draw(ines, rooms.engagement(room_id), size=1)
        db.session.commit()
    engagements.revoke(owner, room_id, at=clock.now())
    for action in ("engagement.drawn", "engagement.closed", "engagement.remade"):
        audit.record(
            owner, action, subject="engagement", subject_id=room_id, name="Avant", to=ines.name
        )
    db.session.commit()
    sign_in(client, ines)

    assert client.post("/mon-compte/fermer").status_code == 303

    db.session.rollback()
    db.session.expire_all()
    assert _said_of(ines.name) == set()
    verdict = verification.verify()
    assert (verdict.finding, verdict.untold) == (None, 0)
    visitor = app.test_client()
    sign_in(visitor, owner)
    told = visitor.get("/acme/journal").text.replace("\xa0", " ")
    assert "a mis fin à l’audit « Audit de l’assureur »" in told
    assert "a clos l’audit « (effacé) »" in told
    assert "a tiré (effacé) établissements au sort pour l’audit « (effacé) »" in told


def test_who_operated_the_portal_stays_in_what_she_did_there_as_the_register_says(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    """She may be of no space at all: no journal knows her by more than that name."""
    ann = make.member(Role.MANAGER, email="ann@people.example")
    given_up = Outbox(
        kind="x", queue=Queue.DEFAULT, dedup_key="x", payload={}, run_at=clock.now(),
        state=OutboxState.DEAD,
    )  # fmt: skip
    db.session.add(given_up)
    db.session.commit()
    operations.retry(owner.tenant_id, "x", by="Ann Exploite", at=clock.now())
    sign_in(client, ann)

    assert client.post("/mon-compte/fermer").status_code == 303

    db.session.rollback()
    assert _said_of("Ann Exploite") == {"work.retried"}
    with app.test_request_context(), force_locale("en"):
        assert "who operates the portal" in " ".join(str(it.data) for it in REGISTER)


def _said_of(name: str) -> set[str]:
    """The deeds that name somebody, as who did them or in what they say."""
    deeds = db.session.scalars(sa.select(AuditEvent)).all()
    return {it.action for it in deeds if name in f"{it.actor_name} {it.details}"}
