"""What leaves a room by a signed address: shut with the room, logged when it is taken, marked."""

import io
import zipfile

import pytest
import sqlalchemy as sa

from portal.audit.models import AuditEvent
from portal.engagements.models import Engagement
from tenants.db import db
from tests.briefs.ordering import words
from tests.conftest import Visit
from tests.engagements import promised
from tests.engagements.conftest import Room
from tests.engagements.test_endings import over
from tests.evidence import examined
from tests.evidence.test_deposit import deposit
from tests.tracking.scene import CODE
from tests.vault import samples

LOGGED = {
    "proof": "engagement.downloaded",
    "archive": "engagement.exported",
    "report": "engagement.report_taken",
}


@pytest.fixture
def addresses(room: Room, visit: Visit) -> dict[str, tuple[str, str]]:
    """Of each kind of file of a room whose auditor has concluded: how to ask, and where."""
    deposit(visit(room.owner), samples.PDF, "essai.pdf", codes=[CODE], title="Procès-verbal")
    examined.all_files()
    evidence_id = db.session.scalar(sa.text("SELECT id FROM evidence WHERE kind = 'file'"))
    db.session.rollback()
    said = {"conclusion": "minor", "words": "Un seul essai.", "version": "0"}
    hers = visit(room.auditor)
    assert hers.post(f"{room.point}/conclure", data=said).status_code == 303
    assert hers.post(f"{room.url}/clore").status_code == 303
    promised.done()
    return {
        "proof": ("GET", f"{room.point}/preuves/{evidence_id}"),
        "archive": ("POST", f"{room.url}/export.zip"),
        "report": ("GET", f"{room.url}/{room.place}/rapport.pdf"),
    }


def _noted(what: str) -> int:
    query = sa.select(sa.func.count()).where(AuditEvent.action == LOGGED[what])
    found = db.session.scalar(query) or 0
    db.session.rollback()
    return found


@pytest.mark.parametrize("what", LOGGED)
def test_it_is_logged_when_it_is_taken_and_each_time(
    room: Room, visit: Visit, addresses: dict[str, tuple[str, str]], what: str
) -> None:
    method, address = addresses[what]
    hers = visit(room.auditor)
    before = _noted(what)
    link = hers.open(address, method=method).location
    asked = _noted(what)

    sizes = [len(hers.get(link).data) for _ in range(2)]
    nothing = [hers.get(f"{link}x"), visit(room.director).get(link)]

    assert asked == before
    assert min(sizes) > 500
    assert {answer.status_code for answer in nothing} == {404}
    assert _noted(what) == before + 2
    for person in (room.owner, room.director):
        assert room.auditor.name in visit(person).get(room.url).text


@pytest.mark.parametrize("end", ["taken back", "over"])
@pytest.mark.parametrize("what", LOGGED)
def test_an_address_that_was_just_made_leads_nowhere_once_the_room_is_shut(
    room: Room, visit: Visit, addresses: dict[str, tuple[str, str]], what: str, end: str
) -> None:
    method, address = addresses[what]
    hers = visit(room.auditor)
    link = hers.open(address, method=method).location
    first = hers.get(link).status_code
    if end == "taken back":
        visit(room.owner).post(f"{room.url}/terminer")
    else:
        over(room)
    before = _noted(what)

    answers = [hers.get(link), hers.open(address, method=method)]

    assert (first, [it.status_code for it in answers]) == (200, [404, 404])
    assert _noted(what) == before


def test_what_she_takes_carries_her_name_and_what_others_take_does_not(
    room: Room, visit: Visit, addresses: dict[str, tuple[str, str]]
) -> None:
    papers = {}
    for who, actor in (("auditor", room.auditor), ("owner", room.owner)):
        browser = visit(actor)
        papers[who] = [words(browser.get(browser.get(addresses["report"][1]).location).data)]
        link = browser.post(addresses["archive"][1]).location
        with zipfile.ZipFile(io.BytesIO(browser.get(link).data)) as archive:
            (name,) = [it for it in archive.namelist() if it.endswith(".pdf") and "reports/" in it]
            papers[who].append(words(archive.read(name)))

    name = room.auditor.name
    assert [paper.count(name) > papers["owner"][0].count(name) for paper in papers["auditor"]] == [
        True, True,
    ]  # fmt: skip
    assert papers["owner"][0] == papers["owner"][1]


def test_downloads_that_its_rules_forbid_are_forbidden_to_an_address_made_before(
    room: Room, visit: Visit, addresses: dict[str, tuple[str, str]]
) -> None:
    hers = visit(room.auditor)
    link = hers.get(addresses["proof"][1]).location
    db.session.execute(sa.update(Engagement).values(downloads=False))
    db.session.commit()

    assert hers.get(link).status_code == 403
