"""What both sides said of a point that day, and how a proof stood: a room and what leaves it."""

import io
import json
import uuid
import zipfile
from datetime import timedelta

import pypdfium2
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from portal.engagements import queries
from portal.evidence import service
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Kind, Visibility
from portal.guide import loader
from portal.kit import clock
from portal.tracking.models import TrackedPast, Verdict
from tenants.db import db
from tests.conftest import Visit
from tests.engagements import promised
from tests.engagements.conftest import Room
from tests.tracking import scene
from tests.tracking.scene import CODE

TODAY = clock.today()
REASON = "Rien n’a été restauré devant nous."


def _left(room: Room, visit: Visit, *, concluded: bool = False) -> tuple[str, str, str]:
    """The page of the archive, and the report: what it says on paper and in its data."""
    browser = visit(room.auditor)
    said = {"conclusion": "conform", "words": "", "version": "0"}
    if not concluded:
        assert browser.post(f"{room.point}/conclure", data=said).status_code == 303
    archive = browser.post(f"{room.url}/export.zip", follow_redirects=True)
    assert browser.post(f"{room.url}/clore").status_code == 303
    promised.done()
    with zipfile.ZipFile(io.BytesIO(archive.data)) as found:
        page = found.read("index.html").decode()
    (report,) = queries.reports(room.id)
    snapshot = report.snapshot
    db.session.rollback()
    report_url = f"{room.url}/{room.place}/rapport.pdf"
    pdf = visit(room.owner).get(report_url, follow_redirects=True).data
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    paper = "".join(it.get_textpage().get_text_range() for it in document)
    return " ".join(page.split()), " ".join(paper.split()), snapshot


def test_a_report_says_that_the_house_contests_and_why(room: Room, visit: Visit) -> None:
    scene.judge_as(room.director, room.place, Verdict.CONTESTED, reason=REASON, today=clock.today())
    shown = visit(room.auditor).get(room.point).text

    page, paper, snapshot = _left(room, visit)

    lines = [it for one in json.loads(snapshot)["questions"] for it in one["requirements"]]
    told = {it["code"]: it for it in lines}
    assert [it for it in (shown, page, paper, snapshot) if REASON not in it] == []
    assert "contesté par l’établissement" in paper
    assert (told[CODE]["contested"], told[CODE]["recognised"]) == (True, False)
    assert [code for code, it in told.items() if it["contested"]] == [CODE]
    assert "Une copie chaque nuit." in paper


def test_an_answer_to_a_conclusion_written_anew_since_is_not_told_as_one_to_it(
    room: Room, visit: Visit
) -> None:
    auditor, provider, house = (visit(it) for it in (room.auditor, room.owner, room.director))
    minor = {"conclusion": "minor", "words": "Un seul essai.", "version": "0"}
    assert auditor.post(f"{room.point}/conclure", data=minor).status_code == 303
    (found,) = queries.findings(room.id)
    reply = f"{room.url}/constats/{found.id}"
    db.session.rollback()
    given = {"words": "Nous l’acceptons.", "version": "1"}
    assert provider.post(reply, data=given).status_code == 303
    before = house.get(room.point).text
    major = {"conclusion": "major", "words": "Aucun essai.", "version": "1"}
    assert auditor.post(f"{room.point}/conclure", data=major).status_code == 303
    assert house.post(reply, data={"words": "En effet.", "version": "2"}).status_code == 303
    shown = " ".join(provider.get(room.point).text.split())

    page, paper, snapshot = _left(room, visit, concluded=True)

    earlier = "à une conclusion antérieure"
    assert earlier not in before
    for told in (shown, page, paper):
        assert told.count(earlier) == 1
        assert told.index("Aucun essai.") < told.index("Nous l’acceptons.")
    lines = [it for one in json.loads(snapshot)["questions"] for it in one["requirements"]]
    (finding,) = [it["finding"] for it in lines if it["finding"]]
    assert {it["side"]: it["earlier"] for it in finding["answers"]} == {
        "provider": True, "establishment": False,
    }  # fmt: skip


def test_what_does_not_concern_a_place_is_no_gap_of_it(room: Room, visit: Visit) -> None:
    past = TrackedPast.__table__
    db.session.execute(
        sa.update(past)
        .where(past.c.establishment_id == room.place, past.c.requirement_code == "SAUV-01")
        .values(state=past.c.state.concat(sa.cast({"applies": False}, JSONB)))
    )
    db.session.commit()

    page, paper, _ = _left(room, visit)

    assert "hors périmètre" in page
    assert "hors périmètre" in paper


@pytest.fixture
def coming(room: Room) -> uuid.UUID:
    """A proof of what is only to come."""
    made = service.add(
        room.owner, loader.current(), content=Content(Kind.NOTE, body="Prévu."),
        facts=Facts(
            "L’essai du printemps", Visibility.CLIENTS, covers_from=TODAY + timedelta(30),
            covers_until=TODAY + timedelta(60), valid_until=TODAY + timedelta(300),
        ),
        aim=Aim((CODE,)), today=TODAY,
    )  # fmt: skip
    made_id: uuid.UUID = made.id
    db.session.commit()
    return made_id


def test_a_proof_of_what_is_to_come_has_not_lapsed(
    room: Room, visit: Visit, coming: uuid.UUID
) -> None:
    shown = visit(room.auditor).get(room.point).text

    page, paper, _ = _left(room, visit)

    for told in (shown, page):
        assert "L’essai du printemps" in told
        assert "à venir" in told
        assert "échue" not in told
    assert "L’essai du printemps : à venir" in paper.replace("\xa0", " ")
    assert "échue" not in paper
