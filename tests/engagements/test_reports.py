"""What an auditor asks and finds becomes something to do; what is closed becomes a document."""

import io
import json
from datetime import timedelta

import pypdfium2
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.actions.models import Action, Origin, Priority, State
from portal.contests.models import Side
from portal.engagements import queries
from portal.kit import clock, storage
from portal.kit.canonical import sha256_hex
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests.conftest import Visit
from tests.engagements import promised
from tests.engagements.conftest import Room, as_auditor, engage
from tests.tracking.scene import CODE

DUE = clock.today() + timedelta(7)


def _action() -> Action:
    db.session.rollback()
    return db.session.scalars(sa.select(Action)).one()


def _ask(room: Room, visit: Visit) -> None:
    said = {"words": "Le rapport d’août", "due_on": DUE.isoformat()}
    assert visit(room.auditor).post(f"{room.point}/demander", data=said).status_code == 303
    promised.done()


def _conclude(
    room: Room, visit: Visit, conclusion: str, *, version: int = 0, url: str | None = None
) -> None:
    said = {"conclusion": conclusion, "words": "Un seul essai.", "version": str(version)}
    sent = visit(room.auditor).post(f"{url or room.point}/conclure", data=said)
    assert sent.status_code == 303
    promised.done()


def test_what_is_asked_becomes_an_action_of_the_provider(room: Room, visit: Visit) -> None:
    _ask(room, visit)

    action = _action()
    assert (action.origin, action.side, action.due_on) == (Origin.REQUEST, Side.PROVIDER, DUE)
    assert (action.establishment_id, action.requirement_code) == (room.place, CODE)
    assert "Le rapport d’août" in visit(room.owner).get(f"/acme/actions/{action.id}").text


def test_an_answer_closes_the_action_of_its_request(room: Room, visit: Visit) -> None:
    _ask(room, visit)
    asked = queries.requests(room.id)[0].id

    visit(room.owner).post(f"{room.url}/demandes/{asked}", data={"words": "Au dossier."})

    assert _action().state is State.DONE


def test_a_finding_calls_for_one_action_however_often_it_is_written(
    room: Room, visit: Visit
) -> None:
    _conclude(room, visit, "minor")
    _conclude(room, visit, "major", version=1)
    before = _action().state

    _conclude(room, visit, "conform", version=2)

    assert (before, _action().state) == (State.TODO, State.DROPPED)
    assert _action().origin is Origin.FINDING


def test_the_action_of_a_finding_says_what_is_found_by_now(room: Room, visit: Visit) -> None:
    _conclude(room, visit, "observation")
    action = _action()
    url = f"/acme/actions/{action.id}"
    said = {"title": action.title, "side": action.side.value, "note": f"{action.note} Vu avec Luc."}
    assert visit(room.owner).post(url, data={**said, "version": "1"}).status_code == 303
    worse = {"conclusion": "major", "words": "Aucune copie ne se lit.", "version": "1"}

    assert visit(room.auditor).post(f"{room.point}/conclure", data=worse).status_code == 303
    promised.done()

    found = _action()
    assert found.note == "Aucune copie ne se lit.\n\nUn seul essai. Vu avec Luc."
    assert found.priority is Priority.HIGH
    assert "Aucune copie ne se lit." in visit(room.director).get(url).text


def test_what_is_conform_calls_for_nothing(room: Room, visit: Visit) -> None:
    _conclude(room, visit, "conform")

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Action)) == 0


def _closed(room: Room, visit: Visit) -> None:
    _conclude(room, visit, "minor")
    finding = queries.findings(room.id)[0].id
    for person, words in ((room.owner, "Un second en juin."), (room.director, "Nous suivons.")):
        visit(person).post(f"{room.url}/constats/{finding}", data={"words": words, "version": "1"})
    assert visit(room.auditor).post(f"{room.url}/clore").status_code == 303
    promised.done()


def test_a_report_is_numbered_sealed_and_says_what_was_said(room: Room, visit: Visit) -> None:
    _closed(room, visit)

    answer = visit(room.owner).get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True)

    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="RAP-{clock.today().year}-0001.pdf"'
    )
    document = pypdfium2.PdfDocument(io.BytesIO(answer.data))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    for words in ("Un seul essai.", "Un second en juin.", "Nous suivons.", "mineure", "Les Aulnes"):
        assert words in text.replace("\r\n", " ")
    assert b"/ByteRange" in answer.data
    row = queries.report(room.id, room.place)
    assert sha256_hex(answer.data) == row.pdf_sha256
    attached = document.get_attachment(0)
    assert attached.get_name() == f"{row.number}.json"
    assert bytes(attached.get_data()).decode() == row.snapshot
    assert sha256_hex(row.snapshot.encode()) == row.snapshot_sha256
    told = json.loads(row.snapshot)
    assert told["format"] == "treize-audit-report/1"


def test_whoever_is_given_a_report_may_check_it(
    room: Room, visit: Visit, client: FlaskClient
) -> None:
    _closed(room, visit)
    row = queries.report(room.id, room.place)
    number, digest = row.number, row.pdf_sha256
    db.session.rollback()

    page = client.get(f"/verifier?sha256={digest}").text

    assert ">Valide<" in page
    for shown in (number, "Rapport d’audit", "Les Aulnes"):
        assert shown in page
    assert "Un seul essai" not in page


def test_all_three_read_the_report_and_the_journal_names_it(room: Room, visit: Visit) -> None:
    _closed(room, visit)
    number = queries.report(room.id, room.place).number

    for person in (room.auditor, room.owner, room.director):
        assert number in visit(person).get(room.url).text
        assert (
            visit(person)
            .get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True)
            .status_code
            == 200
        )
    page = visit(room.director).get(room.url).text
    assert f"a émis le rapport {number}" in page
    assert "a téléchargé le rapport" in page


def test_a_closed_audit_says_so_where_audits_are_listed(room: Room, visit: Visit) -> None:
    _closed(room, visit)

    listed, place = (
        visit(room.owner).get(address).text
        for address in ("/acme/audits", f"{room.url}/{room.place}")
    )

    assert "clos le " in listed
    assert "ouvert jusqu’au" not in listed
    assert ">aucune</span>" in place
    assert "à écrire" not in place


def test_closed_twice_there_is_one_report(room: Room, visit: Visit) -> None:
    _closed(room, visit)

    assert visit(room.auditor).post(f"{room.url}/clore").status_code == 409
    promised.done()

    assert len(queries.reports(room.id)) == 1


@pytest.mark.parametrize("deed", ["conclude", "ask", "draw", "reply"])
def test_nothing_is_added_to_a_closed_audit(room: Room, visit: Visit, deed: str) -> None:
    _closed(room, visit)
    finding = queries.findings(room.id)[0].id
    person, url, data = {
        "conclude": (
            room.auditor, f"{room.point}/conclure", {"conclusion": "conform", "version": "1"},
        ),
        "ask": (
            room.auditor, f"{room.point}/demander", {"words": "Et", "due_on": DUE.isoformat()},
        ),
        "draw": (room.auditor, f"{room.url}/tirer", {"size": "1"}),
        "reply": (
            room.owner, f"{room.url}/constats/{finding}", {"words": "Encore.", "version": "1"},
        ),
    }[deed]  # fmt: skip

    assert visit(person).post(url, data=data).status_code == 409


def test_an_audit_without_a_conclusion_is_not_closed(room: Room, visit: Visit) -> None:
    answer = visit(room.auditor).post(f"{room.url}/clore")

    assert answer.status_code == 422
    assert "au moins une conclusion" in answer.text


def test_a_director_reads_the_report_of_her_establishment_alone(room: Room, visit: Visit) -> None:
    both = engage(room.owner, room.auditor, places=[room.place, room.other])
    url = f"/acme/audits/{both}"
    _conclude(room, visit, "major", url=f"{url}/{room.other}/{CODE}")
    visit(room.auditor).post(f"{url}/clore")
    promised.done()

    seen = [
        visit(room.director).get(f"{url}/{place}/rapport.pdf", follow_redirects=True).status_code
        for place in (room.place, room.other)
    ]

    assert seen == [200, 404]


def test_an_auditor_finds_no_report_of_another_room_in_the_database(
    room: Room, visit: Visit
) -> None:
    _closed(room, visit)
    later = engage(room.owner, room.auditor, places=[room.place])
    count = sa.text("SELECT count(*) FROM audit_report")

    with as_auditor(room.auditor, room.id):
        hers = db.session.scalar(count)
    with as_auditor(room.auditor, later):
        elsewhere = db.session.scalar(count)

    assert (hers, elsewhere) == (1, 0)


@pytest.mark.parametrize(
    "deed", ["UPDATE audit_report SET snapshot = ''", "DELETE FROM audit_report"]
)
def test_a_report_neither_changes_nor_goes_away(room: Room, visit: Visit, deed: str) -> None:
    _closed(room, visit)
    db.session.rollback()

    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.text(deed))


def test_a_file_that_changed_on_the_disk_is_not_handed_out(
    app: Flask, room: Room, visit: Visit
) -> None:
    _closed(room, visit)
    key = queries.report(room.id, room.place).pdf_key
    store = storage.current()
    store.delete(key)
    store.put(key, b"%PDF-1.7 other", limit=100)

    assert (
        visit(room.owner)
        .get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True)
        .status_code
        == 409
    )


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.OWNER])
def test_only_an_auditor_closes(room: Room, visit: Visit, role: Role) -> None:
    person: Actor = room.director if role is Role.DIRECTOR else room.owner

    assert visit(person).post(f"{room.url}/clore").status_code == 403
