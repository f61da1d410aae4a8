"""What an auditor opens is told to both sides, all of it; a shut door stops what goes by."""

import random
import re

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit.models import AuditEvent
from portal.engagements.models import Engagement
from portal.engagements.views import lasting
from portal.engagements.views.lasting import Shut
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import live as alive
from tests import make
from tests.briefs.ordering import words
from tests.conftest import Browser, Visit, sign_in
from tests.counting import counted
from tests.engagements import promised
from tests.engagements.conftest import Room, as_auditor, engage
from tests.engagements.fleets import fleet
from tests.leaving import house as houses
from tests.tracking import scene
from tests.tracking.scene import CODE

live = alive.live


def test_nothing_that_was_opened_falls_off_the_end_of_the_list(room: Room, visit: Visit) -> None:
    browser = visit(room.auditor)
    for _ in range(60):
        assert browser.get(room.point).status_code == 200
    opened = sa.select(sa.func.count()).where(AuditEvent.action == "engagement.consulted")
    assert db.session.scalar(opened) == 60
    db.session.rollback()

    for who in (room.owner, room.director):
        person = visit(who)
        pages = [person.get(f"{room.url}?page={number}").text for number in (1, 2)]
        assert sum(page.count("a lu cette page") for page in pages) == 60
        assert "Page suivante" in pages[0]


def test_what_was_read_pushes_no_change_out_of_the_history_below_a_requirement(
    room: Room, visit: Visit
) -> None:
    browser = visit(room.auditor)
    for _ in range(25):
        browser.get(room.point)
    owner, place = visit(room.owner), f"/acme/etablissements/{room.place}"

    below = owner.get(f"{place}/exigences/{CODE}").text
    whole = owner.get(f"{place}/historique?exigence={CODE}").text

    assert "a lu cette page" not in below
    assert "Une copie chaque nuit." in below
    assert whole.count("a lu cette page") == 25


def test_each_establishment_reads_that_the_page_with_its_conclusions_was_opened(
    room: Room, visit: Visit
) -> None:
    both = engage(room.owner, room.auditor, places=[room.place, room.other])
    url = f"/acme/audits/{both}"
    beside = make.member(Role.DIRECTOR, establishments=[room.other])
    said = {"conclusion": "minor", "words": "Un seul essai.", "version": "0"}
    browser = visit(room.auditor)
    browser.post(f"{url}/{room.other}/{CODE}/conclure", data=said)
    before = visit(beside).get(url).text.count("a lu cette page")

    browser.get(url)

    assert visit(beside).get(url).text.count("a lu cette page") == before + 1


def test_each_establishment_that_is_named_there_reads_it_before_anything_is_concluded(
    room: Room, visit: Visit
) -> None:
    both = engage(room.owner, room.auditor, places=[room.place, room.other])
    url = f"/acme/audits/{both}"
    beside = make.member(Role.DIRECTOR, establishments=[room.other])

    shown = visit(room.auditor).get(url).text

    assert "Les Aulnes" in shown
    assert "Les Bouleaux" in shown
    for person in (room.director, beside):
        assert visit(person).get(url).text.count("a lu cette page") == 1
    assert visit(room.owner).get(url).text.count("a lu cette page") == 2


def test_telling_forty_establishments_asks_no_more_than_telling_four(
    owner: Actor, visit: Visit
) -> None:
    sent = []
    for size in (4, 40):
        room_id, auditor, _ = fleet(owner, size)
        url = f"/acme/audits/{room_id}"
        browser = visit(auditor)
        browser.get(url)  # what is read once in a process is read
        with counted() as statements:
            assert browser.get(url).status_code == 200
        sent.append(len(statements))

    assert sent[0] == sent[1]


@pytest.mark.parametrize(
    ("deed", "typed", "status"),
    [
        ("demander", {"words": "", "due_on": ""}, 422),
        ("demander", {"words": "Le rapport", "due_on": "2020-01-01"}, 422),
        ("conclure", {"conclusion": "minor", "version": "0"}, 422),
        ("conclure", {"conclusion": "minor", "words": "Un seul essai.", "version": "7"}, 409),
    ],
)
def test_what_is_read_behind_a_refused_form_is_told_as_well(
    room: Room, visit: Visit, deed: str, typed: dict[str, str], status: int
) -> None:
    answer = visit(room.auditor).post(f"{room.point}/{deed}", data=typed)

    assert answer.status_code == status
    assert "Compte rendu d’essai" in answer.text
    told = db.session.execute(
        sa.text(
            "SELECT establishment_id, requirement_code FROM audit_event"
            " WHERE action = 'engagement.consulted'"
        )
    ).all()
    db.session.rollback()
    assert [tuple(row) for row in told] == [(room.place, CODE)]
    for person in (room.owner, room.director):
        assert visit(person).get(room.url).text.count("a lu cette page") == 1


def test_the_day_of_a_conclusion_is_not_that_of_its_answer(room: Room, visit: Visit) -> None:
    said = {"conclusion": "minor", "words": "Un seul essai.", "version": "0"}
    visit(room.auditor).post(f"{room.point}/conclure", data=said)
    with as_auditor(room.auditor, room.id):
        db.session.execute(sa.text("UPDATE audit_finding SET found_at = '2026-03-04 12:00+01'"))
        db.session.commit()

    page = visit(room.owner).get(room.point).text

    assert re.search(rf"{room.auditor.name}, 4\s+mars\s+2026", page)


def test_a_report_is_one_of_the_documents_that_anybody_checks(room: Room, visit: Visit) -> None:
    said = {"conclusion": "minor", "words": "Un seul essai.", "version": "0"}
    browser = visit(room.auditor)
    browser.post(f"{room.point}/conclure", data=said)
    browser.post(f"{room.url}/clore")
    promised.done()
    document = (
        visit(room.owner).get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True).data
    )
    row = db.session.execute(sa.text("SELECT code, number, pdf_sha256 FROM audit_report")).one()
    db.session.rollback()

    by_code = browser.get(f"/verifier?code={row.code}").text
    by_file = browser.get(f"/verifier?sha256={row.pdf_sha256}").text
    changed = browser.get(f"/verifier?sha256={'0' * 64}&code={row.code}").text

    assert row.code in re.sub(r"[\s-]", "", words(document))
    assert "Ce code existe" in by_code
    assert "C’est bien l’un des nôtres" in by_file
    assert "n’est pas celui que nous avons émis" in changed
    for page in (by_code, by_file):
        assert row.number in page
        assert "Rapport d’audit" in page
        assert "Un seul essai." not in page


@pytest.mark.parametrize("what", ["file", "archive"])
def test_taken_back_while_something_is_being_sent_it_breaks_off(
    live: Flask, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(lasting, "SECONDS", 0.0)
    live.test_client_class = Browser
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        today = clock.today()
        place = scene.client(make.offering(carries=[CODE]), since=today, today=today)
        letters = bytes(random.choices(b"abcdefgh\n", k=4_000_000))  # noqa: S311 - no secret
        houses.filed(owner, letters, "journal.txt", establishment_ids=[place])
        auditor = make.member(Role.AUDITOR, establishments=[place])
        room_id = engage(owner, auditor, places=[place])
        proof = db.session.scalars(sa.text("SELECT id FROM evidence")).one()
        db.session.rollback()
        hers = live.test_client()
        sign_in(hers, auditor)
    url = f"/acme/audits/{room_id}"
    asked = (
        hers.get(f"{url}/{place}/{CODE}/preuves/{proof}")
        if what == "file"
        else hers.post(f"{url}/export.zip")
    )
    answer = hers.get(asked.location, buffered=False)
    assert answer.status_code == 200
    pieces = answer.iter_encoded()
    assert next(pieces)
    with tenant_scope(owner.tenant_id):
        engine = sa.create_engine(db.engine.url)
        with engine.begin() as other:
            other.execute(
                sa.text("SELECT set_config('app.tenant_id', :t, true),"
                        " set_config('app.reach', 'tenant', true)"),
                {"t": str(owner.tenant_id)},
            )  # fmt: skip
            other.execute(sa.update(Engagement.__table__).values(revoked_at=sa.func.now()))
        engine.dispose()

    with pytest.raises(Shut):
        list(pieces)
