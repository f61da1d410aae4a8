"""As of a day nothing of later is told: not what a proof became, nor that it was taken back."""

import io
import json
import uuid
import zipfile
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.engagements import queries
from portal.evidence import queries as evidence
from portal.evidence import service
from portal.evidence.facts import Facts
from portal.evidence.models import EvidencePast, Visibility
from portal.kit import clock
from tenants.db import db
from tests.conftest import Visit
from tests.engagements import promised
from tests.engagements.conftest import Room, as_auditor, engage
from tests.evidence import examined
from tests.evidence.test_deposit import deposit
from tests.house.locks import Outcome, outcome_of
from tests.tracking import scene
from tests.tracking.scene import CODE
from tests.vault import samples

TODAY = clock.today()
YESTERDAY = TODAY - timedelta(1)


@pytest.fixture
def earlier(room: Room) -> str:
    """The address of a point of a room that is read as of yesterday, where all stood already."""
    aged()
    found = engage(room.owner, room.auditor, places=[room.place], as_of=YESTERDAY)
    return f"/acme/audits/{found}/{room.place}/{CODE}"


def aged() -> None:
    """Let all that is on record have been there for five days."""
    for table, column, days in (
        ("evidence", "created_at", "interval '5 days'"),
        ("evidence_link", "created_at", "interval '5 days'"),
        ("tracked_past", "since", "5"),
        ("statement_past", "since", "5"),
    ):
        aged = f"UPDATE {table} SET {column} = {column} - {days}"  # noqa: S608 - our own names
        db.session.execute(sa.text(aged))
    db.session.commit()


def _proof() -> uuid.UUID:
    found: uuid.UUID = db.session.scalars(sa.text("SELECT id FROM evidence")).one()
    db.session.rollback()
    return found


def _edit(room: Room, **facts: Any) -> None:
    found = evidence.evidence(_proof())
    said = Facts(**{"title": found.title, "visibility": Visibility.CLIENTS, **facts})
    service.edit(room.owner, found.id, said, version=found.version, at=clock.now(), today=TODAY)
    db.session.commit()


def pages_of(room: Room, visit: Visit, url: str) -> list[str]:
    return [visit(who).get(url).text for who in (room.auditor, room.owner, room.director)]


def test_a_proof_written_again_since_is_told_as_it_was(
    room: Room, visit: Visit, earlier: str
) -> None:
    _edit(room, title="Un tout autre titre", valid_until=date(TODAY.year + 2, 1, 31))

    pages = pages_of(room, visit, earlier)

    for page in pages:
        assert "Compte rendu d’essai" in page
        assert "Un tout autre titre" not in page
        assert f"31\N{NO-BREAK SPACE}janvier {TODAY.year + 2}" not in page
    today = visit(room.auditor).get(room.point).text
    assert "Un tout autre titre" in today


def test_a_validity_stretched_since_mends_no_lapse_of_the_day(
    room: Room, visit: Visit, earlier: str
) -> None:
    db.session.execute(
        sa.text("UPDATE evidence SET covers_from = NULL, covers_until = NULL, valid_until = :day"),
        {"day": YESTERDAY - timedelta(1)},
    )
    db.session.commit()
    _edit(room, valid_until=scene.later(90, TODAY))

    for page in pages_of(room, visit, earlier):
        assert "échue" in page
        assert "valable</" not in page


@pytest.mark.parametrize("since", ["withdrawn", "restored"])
def test_withdrawn_or_restored_since_it_is_as_it_was_that_day(
    room: Room, visit: Visit, earlier: str, since: str
) -> None:
    proof, long_ago = _proof(), clock.now() - timedelta(3)
    if since == "restored":
        service.withdraw(room.owner, proof, at=long_ago, today=TODAY)
        service.restore(room.owner, proof, at=clock.now(), today=TODAY)
    else:
        service.withdraw(room.owner, proof, at=clock.now(), today=TODAY)
    db.session.commit()

    shown = ["Compte rendu d’essai" in page for page in pages_of(room, visit, earlier)]

    assert shown == [since == "withdrawn"] * 3


def test_shown_to_its_clients_since_it_was_not_shown_that_day(
    room: Room, visit: Visit, earlier: str
) -> None:
    db.session.execute(sa.text("UPDATE evidence SET visibility = 'provider'"))
    db.session.commit()
    _edit(room, visibility=Visibility.CLIENTS)

    for page in pages_of(room, visit, earlier):
        assert "Compte rendu d’essai" not in page
    assert "Compte rendu d’essai" in visit(room.auditor).get(room.point).text


def test_the_archive_and_the_report_say_the_same(room: Room, visit: Visit, earlier: str) -> None:
    _edit(room, title="Un tout autre titre")
    said = {"conclusion": "conform", "words": "", "version": "0"}
    browser, url = visit(room.auditor), earlier.rsplit("/", 2)[0]
    assert browser.post(f"{earlier}/conclure", data=said).status_code == 303
    archive = browser.post(f"{url}/export.zip", follow_redirects=True)
    assert browser.post(f"{url}/clore").status_code == 303
    promised.done()

    with zipfile.ZipFile(io.BytesIO(archive.data)) as found:
        told = found.read("room.json").decode() + found.read("index.html").decode()
    (report,) = queries.reports(uuid.UUID(url.rsplit("/", 1)[1]))
    assert "Compte rendu d’essai" in told
    assert "Compte rendu d’essai" in report.snapshot
    assert "Un tout autre titre" not in told + report.snapshot


def test_postgresql_tells_an_auditor_only_what_was_said_after_her_day(
    room: Room, earlier: str
) -> None:
    proof = _proof()
    service.withdraw(room.owner, proof, at=clock.now() - timedelta(3), today=TODAY)
    service.restore(room.owner, proof, at=clock.now(), today=TODAY)
    db.session.commit()
    as_of = uuid.UUID(earlier.split("/")[3])
    told = sa.select(EvidencePast.facts["withdrawn"].as_boolean())

    with as_auditor(room.auditor, as_of):
        hers = list(db.session.scalars(told))
        writes = outcome_of(db.session.connection(), _insertion(room))
    with as_auditor(room.auditor, room.id):
        live = list(db.session.scalars(told))
    elsewhere = engage(room.owner, room.auditor, places=[room.place], questions=[1])
    with as_auditor(room.auditor, elsewhere):
        assert db.session.scalars(told).first() is None

    assert hers == [True]
    assert live == []
    assert writes is Outcome.REFUSED


def _insertion(room: Room) -> sa.Executable:
    return sa.insert(EvidencePast).values(
        tenant_id=room.owner.tenant_id, id=uuid.uuid4(), evidence_id=_id_of(), facts={},
        replaced_at=datetime.now(clock.PARIS),
    )  # fmt: skip


def _id_of() -> uuid.UUID:
    found: uuid.UUID = db.session.scalars(sa.text("SELECT id FROM evidence")).one()
    return found


# What a provider hands over because it was asked for.


def _asked(room: Room, visit: Visit, point: str) -> tuple[str, uuid.UUID]:
    """A request at this point; its address, and a file that came because of it."""
    due = (TODAY + timedelta(7)).isoformat()
    visit(room.auditor).post(f"{point}/demander", data={"words": "Le procès-verbal", "due_on": due})
    url = point.rsplit("/", 2)[0]
    (request,) = queries.requests(uuid.UUID(url.rsplit("/", 1)[1]))
    address = f"{url}/demandes/{request.id}"
    db.session.rollback()
    deposit(visit(room.owner), samples.PDF, "pv.pdf", codes=[CODE], title="Procès-verbal")
    examined.all_files()
    found: uuid.UUID = db.session.scalars(
        sa.text("SELECT id FROM evidence WHERE title = 'Procès-verbal'")
    ).one()
    db.session.rollback()
    return address, found


def test_what_answers_a_request_is_read_however_late_it_came(
    room: Room, visit: Visit, earlier: str
) -> None:
    address, found = _asked(room, visit, earlier)
    before = visit(room.auditor).get(earlier).text
    provider = visit(room.owner)
    assert str(found) in provider.get(earlier).text

    answer = provider.post(address, data={"words": "Le voici.", "evidence": str(found)})

    assert answer.status_code == 303
    assert "Procès-verbal" not in before
    for who in (room.auditor, room.owner, room.director):
        page = visit(who).get(earlier).text
        assert "Procès-verbal" in page
        taken = visit(who).get(f"{earlier}/preuves/{found}", follow_redirects=True)
        assert (taken.status_code, taken.data) == (200, samples.PDF)
    assert "a téléchargé une preuve" in visit(room.director).get(earlier.rsplit("/", 2)[0]).text


def test_it_is_in_the_archive_and_the_report_names_it(
    room: Room, visit: Visit, earlier: str
) -> None:
    address, found = _asked(room, visit, earlier)
    visit(room.owner).post(address, data={"words": "Le voici.", "evidence": str(found)})
    browser, url = visit(room.auditor), earlier.rsplit("/", 2)[0]
    said = {"conclusion": "conform", "words": "", "version": "0"}
    browser.post(f"{earlier}/conclure", data=said)
    archive = browser.post(f"{url}/export.zip", follow_redirects=True)
    browser.post(f"{url}/clore")
    promised.done()

    with zipfile.ZipFile(io.BytesIO(archive.data)) as told:
        assert told.read(f"evidence/{found}.pdf") == samples.PDF
        assert f'href="evidence/{found}.pdf"' in told.read("index.html").decode()
    (report,) = queries.reports(uuid.UUID(url.rsplit("/", 1)[1]))
    (request,) = json.loads(report.snapshot)["requests"]
    assert request["handed"]["title"] == "Procès-verbal"


def test_another_room_of_hers_is_not_given_what_was_handed_over_in_this_one(
    room: Room, visit: Visit, earlier: str
) -> None:
    address, found = _asked(room, visit, earlier)
    visit(room.owner).post(address, data={"words": "", "evidence": str(found)})
    later = engage(room.owner, room.auditor, places=[room.place], as_of=YESTERDAY)

    elsewhere = f"/acme/audits/{later}/{room.place}/{CODE}"
    assert (
        visit(room.auditor).get(f"{elsewhere}/preuves/{found}", follow_redirects=True).status_code
        == 404
    )
    count = sa.text("SELECT count(*) FROM evidence WHERE title = 'Procès-verbal'")
    with as_auditor(room.auditor, later):
        assert db.session.scalar(count) == 0
    with as_auditor(room.auditor, uuid.UUID(earlier.split("/")[3])):
        assert db.session.scalar(count) == 1


@pytest.mark.parametrize("what", ["kept", "unknown"])
def test_what_its_provider_keeps_to_itself_answers_nothing(
    room: Room, visit: Visit, earlier: str, what: str
) -> None:
    address, found = _asked(room, visit, earlier)
    db.session.execute(sa.text("UPDATE evidence SET visibility = 'provider'"))
    db.session.commit()
    chosen = found if what == "kept" else uuid.UUID(int=7)

    answer = visit(room.owner).post(address, data={"words": "Voici", "evidence": str(chosen)})

    assert answer.status_code == 404
    assert queries.requests(uuid.UUID(earlier.split("/")[3]))[0].answered_at is None


def test_a_request_is_answered_once(room: Room, visit: Visit) -> None:
    address, _ = _asked(room, visit, room.point)
    provider = visit(room.owner)

    first, second = (
        provider.post(address, data={"words": words}) for words in ("Au dossier.", "Autre chose.")
    )

    assert (first.status_code, second.status_code) == (303, 409)
    assert "Autre chose." not in visit(room.auditor).get(room.point).text
