"""What leaves in the archive of a room: what it names is in it, and what was in it is read."""

import io
import json
import uuid
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.engagements.models import AuditReport
from portal.engagements.views import taking
from portal.kit import clock, storage
from tenants.db import db
from tests.conftest import Visit
from tests.engagements.conftest import Room, engage
from tests.engagements.test_endings import close, reports
from tests.engagements.test_house_proofs import deposit as deposited_by_the_house
from tests.evidence import examined
from tests.evidence.test_deposit import deposit
from tests.tracking.scene import CODE


def _filed(room: Room, visit: Visit, *titles: str) -> list[uuid.UUID]:
    """Files that prove there, none like another."""
    for title in titles:
        content = f"Relevé : {title}.\n".encode()
        deposit(visit(room.owner), content, "releve.txt", codes=[CODE], title=title)
    examined.all_files()
    rows = db.session.execute(sa.text("SELECT title, id FROM evidence WHERE state = 'ready'")).all()
    db.session.rollback()
    ids = {row.title: row.id for row in rows}
    return [ids[title] for title in titles]


def _taken(browser: FlaskClient, url: str) -> tuple[set[str], str, dict[str, dict[str, Any]]]:
    """The names in the archive, its page, and what its data tell of each proof, by title."""
    with zipfile.ZipFile(
        io.BytesIO(browser.post(f"{url}/export.zip", follow_redirects=True).data)
    ) as archive:
        told = json.loads(archive.read("room.json"))
        page = archive.read("index.html").decode()
        names = set(archive.namelist())
    lines = [line for place in told["places"] for line in place["requirements"]]
    return names, page, {proof["title"]: proof for line in lines for proof in line["proofs"]}


def _lost(evidence_id: uuid.UUID) -> None:
    """Its file is no more in the store."""
    key = db.session.scalar(
        sa.text("SELECT file_key FROM evidence WHERE id = :id"), {"id": evidence_id}
    )
    db.session.rollback()
    storage.current().delete(str(key))


def _noted() -> list[tuple[uuid.UUID | None, list[str]]]:
    rows = db.session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action == "engagement.downloaded")
        .order_by(AuditEvent.at, AuditEvent.id)
    ).all()
    found = [(row.establishment_id, row.details["files"]) for row in rows]
    db.session.rollback()
    return found


def _read(title: str) -> str | None:
    (row,) = reports()
    told = json.loads(row.snapshot)
    (found,) = (
        proof["read"]
        for question in told["questions"]
        for line in question["requirements"]
        for proof in line["proofs"]
        if proof["title"] == title
    )
    return found  # type: ignore[no-any-return]  # of JSON


def test_what_left_in_the_archive_is_read_in_the_sealed_report(room: Room, visit: Visit) -> None:
    _filed(room, visit, "Procès-verbal")

    names, _, told = _taken(visit(room.auditor), room.url)
    close(room, visit)

    assert told["Procès-verbal"]["file"] in names
    assert _read("Procès-verbal") == clock.today().isoformat()
    assert "a emporté une preuve de l’audit" in visit(room.director).get(room.url).text


@pytest.mark.parametrize("who", ["owner", "director"])
def test_what_the_others_take_is_not_what_an_auditor_read(
    room: Room, visit: Visit, who: str
) -> None:
    _filed(room, visit, "Procès-verbal")

    _taken(visit(getattr(room, who)), room.url)
    close(room, visit)

    assert _read("Procès-verbal") is None


def test_what_was_lost_is_told_and_neither_linked_nor_read(room: Room, visit: Visit) -> None:
    gone, _ = _filed(room, visit, "Perdue", "Là")
    _lost(gone)

    names, page, told = _taken(visit(room.auditor), room.url)
    close(room, visit)

    assert (told["Perdue"]["file"], told["Perdue"]["absent"]) == (None, "lost")
    assert (told["Là"]["file"] in names, told["Là"]["absent"]) == (True, None)
    assert f"evidence/{gone}" not in page
    assert page.count("Le fichier n’a pas pu être joint.") == 1
    assert (_read("Perdue"), _read("Là")) == (None, clock.today().isoformat())


def test_what_the_house_opens_alone_is_told_to_its_provider(room: Room, visit: Visit) -> None:
    held = deposited_by_the_house(room, visit)

    names, page, told = _taken(visit(room.owner), room.url)
    _, hers, known = _taken(visit(room.auditor), room.url)

    assert f"evidence/{held}.pdf" not in names
    assert f"evidence/{held}" not in page
    assert "son contenu n’est pas ici" in page
    assert (told["La charte"]["file"], told["La charte"]["absent"]) == (None, "withheld")
    assert known["La charte"]["absent"] is None
    assert f'href="evidence/{held}.pdf"' in hers


def test_where_nothing_may_be_taken_away_no_file_is_named(room: Room, visit: Visit) -> None:
    _filed(room, visit, "Procès-verbal")
    closed = engage(room.owner, room.auditor, places=[room.place], downloads=False)

    names, page, told = _taken(visit(room.auditor), f"/acme/audits/{closed}")

    assert not [name for name in names if name.startswith("evidence/")]
    assert (told["Procès-verbal"]["file"], told["Procès-verbal"]["absent"]) == (None, "rules")
    assert "les règles de l’audit ne laissent rien emporter" in page
    assert _noted() == []


def test_a_report_that_is_no_more_as_issued_is_not_linked(room: Room, visit: Visit) -> None:
    close(room, visit)
    key = db.session.scalars(sa.select(AuditReport.pdf_key)).one()
    db.session.rollback()
    storage.current().delete(key)

    names, page, _ = _taken(visit(room.auditor), room.url)

    assert not [name for name in names if name.startswith("reports/")]
    assert "RAP-" in page
    assert "reports/" not in page


def test_many_are_logged_some_at_a_time_each_before_it_is_sent(
    room: Room, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", 2)
    both = engage(room.owner, room.auditor, places=[room.place, room.other])
    _filed(room, visit, "Une", "Deux", "Trois")

    names, _, told = _taken(visit(room.auditor), f"/acme/audits/{both}")

    noted = _noted()
    assert len([name for name in names if name.startswith("evidence/")]) == 3
    assert sorted(len(files) for _, files in noted) == [1, 1, 2, 2]
    digests = {proof["sha256"] for proof in told.values() if proof["kind"] == "file"}
    for place in (room.place, room.other):
        assert {one for where, files in noted if where == place for one in files} == digests


def test_broken_off_what_was_not_sent_is_not_read(
    room: Room, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", 1)
    _filed(room, visit, "Une", "Deux", "Trois")

    browser = visit(room.auditor)
    answer = browser.get(browser.post(f"{room.url}/export.zip").location, buffered=False)
    pieces = answer.iter_encoded()
    while not _noted():
        next(pieces)
    answer.close()

    assert len(_noted()) == 1
