"""The room through its door: what is read, asked, concluded, answered, and who sees that it was."""

import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest

from portal.engagements import queries
from portal.kit import clock
from portal.kit.errors import Refused
from tenants.db import db
from tests import make
from tests.conftest import Visit
from tests.engagements.conftest import ELSEWHERE, Room, engage
from tests.tracking.scene import CODE


def test_an_auditor_reads_what_is_declared_and_what_proves_it(room: Room, visit: Visit) -> None:
    page = visit(room.auditor).get(room.point).text

    assert "Une copie chaque nuit." in page
    assert "Compte rendu d’essai" in page
    assert f"Consulté par {room.auditor.name}" in page
    assert "Indispensable, sauf pour" in page
    assert "(facultatif)" not in page


def test_outside_her_engagement_there_is_nothing(room: Room, visit: Visit) -> None:
    browser = visit(room.auditor)
    elsewhere = [
        f"{room.url}/{room.other}",
        f"{room.url}/{room.other}/{CODE}",
        f"{room.url}/{room.place}/{ELSEWHERE}",
    ]

    assert [browser.get(url).status_code for url in elsewhere] == [404, 404, 404]
    assert browser.get(f"/acme/etablissements/{room.place}").status_code == 403


def test_revoked_the_very_next_request_finds_nothing(room: Room, visit: Visit) -> None:
    browser, provider = visit(room.auditor), visit(room.owner)
    before = [browser.get(url).status_code for url in (room.url, room.point)]

    provider.post(f"{room.url}/terminer")

    assert before == [200, 200]
    assert [browser.get(url).status_code for url in (room.url, room.point)] == [404, 404]
    assert browser.post(f"{room.url}/export.zip", follow_redirects=True).status_code == 404
    assert provider.get(room.url).status_code == 200


def test_a_request_is_answered_by_the_provider_and_shown(room: Room, visit: Visit) -> None:
    browser = visit(room.auditor)
    due = (clock.today() + timedelta(7)).isoformat()
    browser.post(f"{room.point}/demander", data={"words": "Le rapport d’août", "due_on": due})
    asked = queries.requests(room.id)[0]
    db.session.rollback()
    provider = visit(room.owner)

    provider.post(f"{room.url}/demandes/{asked.id}", data={"words": "Il est au dossier."})

    assert "Le rapport d’août" in provider.get(room.url).text
    assert "Il est au dossier." in browser.get(room.point).text


def test_what_was_asked_and_not_answered_is_awaited_no_more_once_it_has_ended(
    room: Room, visit: Visit
) -> None:
    due = (clock.today() + timedelta(7)).isoformat()
    visit(room.auditor).post(f"{room.point}/demander", data={"words": "Le rapport", "due_on": due})
    provider = visit(room.owner)
    pages = ["/acme/audits", room.url, room.point]
    before = [provider.get(url).text for url in pages]

    provider.post(f"{room.url}/terminer")

    after = [provider.get(url).text for url in pages]
    assert ["dans 7 jours" in page for page in before] == [True, True, True]
    assert ["dans 7 jours" in page for page in after] == [False, False, False]
    assert all("sans réponse" in page for page in after[1:])


def test_both_sides_answer_a_conclusion_each_in_its_place(room: Room, visit: Visit) -> None:
    browser = visit(room.auditor)
    browser.post(
        f"{room.point}/conclure",
        data={"conclusion": "minor", "words": "Un seul essai.", "version": "0"},
    )
    found = queries.findings(room.id)[0]
    db.session.rollback()

    for person, words in ((room.owner, "Un second en juin."), (room.director, "Nous suivons.")):
        visit(person).post(f"{room.url}/constats/{found.id}", data={"words": words, "version": "1"})

    page = browser.get(room.point).text
    assert page.index("Un seul essai.") < page.index("Un second en juin.")
    assert "Nous suivons." in page


def test_two_conclusions_at_once_are_told_apart(room: Room, visit: Visit) -> None:
    browser = visit(room.auditor)
    said = {"conclusion": "major", "words": "Rien.", "version": "0"}
    browser.post(f"{room.point}/conclure", data=said)

    again = browser.post(f"{room.point}/conclure", data=said)

    assert again.status_code == 409


@pytest.mark.parametrize("person", ["owner", "director"])
def test_nobody_concludes_in_an_auditor_s_place(room: Room, visit: Visit, person: str) -> None:
    answer = visit(getattr(room, person)).post(
        f"{room.point}/conclure", data={"conclusion": "conform", "version": "0"}
    )

    assert answer.status_code == 403


def test_what_was_opened_is_shown_to_both(room: Room, visit: Visit) -> None:
    visit(room.auditor).get(room.point)

    for person in (room.owner, room.director):
        page = visit(person).get(room.url).text
        assert f"<strong>{room.auditor.name}</strong> a lu cette page" in page


def test_a_draw_can_be_done_again_by_anybody(room: Room, visit: Visit) -> None:
    engagement_id = engage(room.owner, room.auditor, places=[room.place, room.other])
    browser, url = visit(room.auditor), f"/acme/audits/{engagement_id}"

    browser.post(f"{url}/tirer", data={"size": "1"})

    page = browser.get(url).text
    seed = re.search(r"<code>([0-9a-f]{16})</code>", page)
    assert seed
    first = min(
        (room.place, room.other),
        key=lambda one: hashlib.sha256(f"{seed[1]}:{one}".encode()).hexdigest(),
    )
    section = page[page.index('id="draws"') : page.index('id="requests"')]
    assert str(first) in section
    assert queries.drawn(seed[1], 1, [room.place, room.other]) == [first]


def test_an_export_is_whole_and_each_file_has_its_digest(room: Room, visit: Visit) -> None:
    answer = visit(room.auditor).post(f"{room.url}/export.zip", follow_redirects=True)

    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        lines = archive.read("SHA256SUMS").decode().splitlines()
        sums = {line[66:]: line[:64] for line in lines}
        digests = {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name != "SHA256SUMS"
        }
        told = json.loads(archive.read("room.json"))
        page = archive.read("index.html").decode()
    assert sums == digests
    assert told["format"] == "treize-audit-room/1"
    assert [place["name"] for place in told["places"]] == ["Les Aulnes"]
    assert "Une copie chaque nuit." in page
    assert "<script" not in page
    assert "style=" not in page


def test_an_engagement_never_widens_an_access(room: Room) -> None:
    further = make.establishment("Les Charmes")

    with pytest.raises(Refused, match="access"):
        engage(room.owner, room.auditor, places=[room.place, further])


def test_an_audit_lasts_half_a_year_at_most(room: Room) -> None:
    with pytest.raises(Refused, match="180"):
        engage(room.owner, room.auditor, places=[room.place], ends_at=clock.now() + timedelta(182))


def test_the_provider_opens_a_room_by_its_form(room: Room, visit: Visit) -> None:
    provider = visit(room.owner)
    page = provider.get("/acme/audits/nouveau").text
    member = re.search(r'name="auditors"\s+value="([0-9a-f-]{36})"', page)
    assert member
    today = clock.today()

    answer = provider.post(
        "/acme/audits/nouveau",
        data={
            "title": "Évaluation HAS",
            "auditors": member[1],
            "establishments": str(room.place),
            "questions": ["1", "5"],
            "period_from": today.isoformat(),
            "period_until": today.isoformat(),
            "ends_on": (today + timedelta(30)).isoformat(),
        },
    )

    assert answer.status_code == 303
    assert "Évaluation HAS" in visit(room.auditor).get("/acme/audits").text


def test_an_auditor_is_not_told_a_number_that_she_cannot_read(room: Room, visit: Visit) -> None:
    hers, theirs = (visit(who).get("/acme/audits").text for who in (room.auditor, room.owner))

    assert ("Demandes sans réponse" in hers, "Demandes sans réponse" in theirs) == (False, True)


def test_nothing_is_downloaded_where_the_rules_say_so(room: Room, visit: Visit) -> None:
    closed = engage(room.owner, room.auditor, places=[room.place], downloads=False)
    page = visit(room.auditor).get(f"/acme/audits/{closed}/{room.place}/{CODE}").text

    assert "Télécharger" not in page
