"""What is left of an audit: its reports, though nobody closed it; copies under a reader's name."""

import hashlib
import io
import json
import uuid
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.engagements import ending
from portal.engagements.models import AuditReport, Engagement
from portal.evidence.models import Visibility
from portal.kit import clock
from portal.kit.canonical import sha256_hex
from portal.tracking.signals import swept
from tenants.db import db
from tests.briefs.ordering import words
from tests.conftest import Visit
from tests.counting import counted
from tests.engagements import promised
from tests.engagements.conftest import Room, engage
from tests.evidence import examined, proofs
from tests.evidence.test_deposit import deposit
from tests.tracking import scene
from tests.tracking.scene import CODE
from tests.vault import samples


def conclude(room: Room, visit: Visit) -> None:
    said = {"conclusion": "minor", "words": "Un seul essai.", "version": "0"}
    assert visit(room.auditor).post(f"{room.point}/conclure", data=said).status_code == 303
    promised.done()


def close(room: Room, visit: Visit) -> None:
    conclude(room, visit)
    assert visit(room.auditor).post(f"{room.url}/clore").status_code == 303
    promised.done()


def over(room: Room) -> None:
    """Let its last day be past."""
    started, ended = clock.now() - timedelta(9), clock.now() - timedelta(hours=1)
    db.session.execute(
        sa.update(Engagement.__table__)
        .where(Engagement.__table__.c.id == room.id)
        .values(starts_at=started, ends_at=ended)
    )
    db.session.commit()


def sweep() -> None:
    """As the evening's sweep tells it."""
    swept.send(today=clock.today())
    db.session.commit()
    promised.done()


def reports() -> list[AuditReport]:
    found = list(db.session.scalars(sa.select(AuditReport)))
    for one in found:
        db.session.expunge(one)
    db.session.rollback()
    return found


def test_an_audit_that_nobody_closed_has_its_report_all_the_same(room: Room, visit: Visit) -> None:
    conclude(room, visit)
    over(room)
    sweep()

    answer = visit(room.owner).get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True)
    told = json.loads(reports()[0].snapshot)

    paper = words(answer.data)
    assert "sans que personne ne l’ait clos" in paper
    assert "Un seul essai." in paper
    assert (told["closed_by"], told["ended"]) == (
        "", clock.day_of(clock.now() - timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    for person in (room.owner, room.director):
        page = visit(person).get(room.url).text
        assert "terminé sans être clos" in page
        assert "Mettre fin à l’audit" not in page


def test_even_without_any_conclusion(room: Room, visit: Visit) -> None:
    over(room)
    sweep()

    paper = words(
        visit(room.director).get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True).data
    )
    assert "Sans conclusion." in paper


def test_it_is_reported_once_however_often_the_day_is_swept(room: Room) -> None:
    over(room)
    sweep()
    sweep()

    assert len(reports()) == 1


@pytest.mark.parametrize("how", ["lasting", "revoked", "closed"])
def test_what_lasts_was_taken_back_or_is_closed_is_left_alone(
    room: Room, visit: Visit, how: str
) -> None:
    if how == "revoked":
        visit(room.owner).post(f"{room.url}/terminer")
    if how == "closed":
        close(room, visit)
    if how != "lasting":
        over(room)
    before = [one.number for one in reports()]

    sweep()

    assert [one.number for one in reports()] == before
    assert (how == "closed") == bool(before)
    assert ending.ended(clock.now()) == []


def test_taken_back_between_the_promise_and_its_work_there_is_none(
    room: Room, visit: Visit
) -> None:
    over(room)
    swept.send(today=clock.today())
    db.session.commit()
    visit(room.owner).post(f"{room.url}/terminer")

    promised.done()

    assert reports() == []


def test_the_report_lists_what_was_shown_and_what_was_read(room: Room, visit: Visit) -> None:
    today = clock.today()
    proofs.note(
        room.owner, CODE, title="Note interne", visibility=Visibility.PROVIDER,
        valid_until=scene.later(90, today), today=today,
    )  # fmt: skip
    owner = visit(room.owner)
    deposit(owner, samples.PDF, "essai.pdf", codes=[CODE], title="Procès-verbal")
    examined.all_files()
    auditor = visit(room.auditor)
    page = BeautifulSoup(auditor.get(room.point).data, "html5lib")
    (link,) = page.select("a[href*='/preuves/']")
    assert auditor.get(str(link["href"]), follow_redirects=True).data == samples.PDF
    close(room, visit)

    (row,) = reports()
    paper = words(
        visit(room.owner).get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True).data
    )

    told = json.loads(row.snapshot)
    (question,) = told["questions"]
    (listed,) = [it["proofs"] for it in question["requirements"] if it["code"] == CODE]
    assert {it["title"] for it in listed} == {"Procès-verbal", "Compte rendu d’essai"}
    read = {it["title"]: it["read"] for it in listed}
    assert read == {"Procès-verbal": today.isoformat(), "Compte rendu d’essai": None}
    assert "Procès-verbal : valable jusqu’au" in paper
    assert "téléchargée par l’audit le" in paper
    assert sha256_hex(samples.PDF)[:16] in paper
    assert "Note interne" not in paper + row.snapshot


def test_an_auditor_takes_a_copy_under_her_name(room: Room, visit: Visit) -> None:
    close(room, visit)
    (row,) = reports()

    hers = visit(room.auditor).get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True)
    theirs = visit(room.owner).get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True)

    paper = words(hers.data)
    pages = paper.count("page ")
    assert hers.headers["Content-Disposition"].endswith(f'{row.number}-copie.pdf"')
    assert paper.count(f"Copie de {room.auditor.name}") == pages
    assert f"{clock.today():%d/%m/%Y}" in paper
    assert row.pdf_sha256
    assert row.pdf_sha256 in paper
    assert b"/ByteRange" not in hers.data
    assert sha256_hex(theirs.data) == row.pdf_sha256
    assert "Copie de" not in words(theirs.data)


def test_without_that_rule_she_takes_the_original(room: Room, visit: Visit) -> None:
    db.session.execute(sa.update(Engagement.__table__).values(watermark=False))
    db.session.commit()
    close(room, visit)

    taken = (
        visit(room.auditor).get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True).data
    )

    assert sha256_hex(taken) == reports()[0].pdf_sha256


@pytest.mark.parametrize("who", ["auditor", "owner", "director"])
def test_reports_are_in_the_archive_as_their_page_hands_them_out(
    room: Room, visit: Visit, who: str
) -> None:
    close(room, visit)
    (row,) = reports()

    answer = visit(getattr(room, who)).post(f"{room.url}/export.zip", follow_redirects=True)

    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        document = archive.read(f"reports/{row.number}.pdf")
        data = archive.read(f"reports/{row.number}.json").decode()
        sums = archive.read("SHA256SUMS").decode()
        page = archive.read("index.html").decode()
        told = json.loads(archive.read("room.json"))
    assert f"{hashlib.sha256(document).hexdigest()}  reports/{row.number}.pdf" in sums
    assert data == row.snapshot
    assert (sha256_hex(document) == row.pdf_sha256) == (who != "auditor")
    assert f'href="reports/{row.number}.pdf"' in page
    assert row.pdf_sha256
    assert row.pdf_sha256 in page
    assert ("Copie sous le nom de" in page) == (who == "auditor")
    assert told["places"][0]["report"]["number"] == row.number


def test_a_closed_room_is_no_more_ended_but_may_be_shut(room: Room, visit: Visit) -> None:
    before = visit(room.owner).get(room.url).text
    close(room, visit)
    page = visit(room.owner).get(room.url).text

    assert "Mettre fin à l’audit" in before
    assert "Mettre fin à l’audit" not in page
    assert "Fermer la salle aux auditeurs" in page
    visit(room.owner).post(f"{room.url}/terminer")
    assert visit(room.auditor).get(room.url).status_code == 404
    assert "clos le" in visit(room.owner).get("/acme/audits").text
    assert (
        visit(room.owner)
        .get(f"{room.url}/{room.place}/rapport.pdf", follow_redirects=True)
        .status_code
        == 200
    )


def test_a_room_reads_as_much_for_two_establishments_as_for_thirty(
    room: Room, visit: Visit
) -> None:
    """A single deed goes into the chain by a way of its own: two are told as thirty are."""
    visit(room.auditor).get(room.url)  # what is read once in a process is read
    sent = []
    for fleet in (2, 30):
        more = [_client(room) for _ in range(fleet - 1)]
        places = [room.place, *more]
        _widen(room, places)
        here = engage(room.owner, room.auditor, places=places)
        urls = [
            f"/acme/audits/{here}", f"/acme/audits/{here}/{room.place}",
            f"/acme/audits/{here}/{room.place}/{CODE}", "/acme/audits",
        ]  # fmt: skip
        for who in (room.auditor, room.owner, room.director):
            browser = visit(who)
            with counted() as statements:
                for url in urls:
                    assert browser.get(url).status_code == 200
            sent.append(len(statements))

    assert sent[:3] == sent[3:]


def _client(room: Room) -> uuid.UUID:
    return scene.client(room.offering, since=clock.today(), today=clock.today())


def _widen(room: Room, places: list[uuid.UUID]) -> None:
    """Let the auditor's access reach them all."""
    tables = Engagement.metadata.tables
    listed = tables["membership_establishment"]
    member = db.session.scalar(
        sa.select(tables["membership"].c.id).where(
            tables["membership"].c.user_id == room.auditor.user_id
        )
    )
    for place in places[1:]:
        db.session.execute(
            listed.insert().values(
                tenant_id=room.owner.tenant_id, membership_id=member, establishment_id=place
            )
        )
    db.session.commit()
