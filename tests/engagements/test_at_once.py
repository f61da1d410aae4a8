"""Two who write on the same point at the same moment: one is kept, the other is told so."""

import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.engagements import queries, service
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import live as alive
from tests import make
from tests.conftest import Browser, Visit, sign_in
from tests.engagements.conftest import Room, engage
from tests.tracking import scene
from tests.tracking.scene import CODE

live = alive.live
SAID: Mapping[str, str] = {"conclusion": "minor", "words": "Premier.", "version": "0"}
#: How long the first holds its transaction open, so that the second comes within it.
SECONDS = 1.5


@dataclass(frozen=True)
class Scene:
    """A committed room, and two people of each side, each at a browser of her own."""

    owner: Actor
    url: str
    point: str
    browsers: Mapping[str, tuple[FlaskClient, FlaskClient]]


def _scene(live: Flask) -> Scene:
    live.test_client_class = Browser
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        today = clock.today()
        place = scene.client(make.offering(carries=[CODE]), since=today, today=today)
        auditors, directors = (
            tuple(make.member(role, establishments=[place]) for _ in range(2))
            for role in (Role.AUDITOR, Role.DIRECTOR)
        )
        room = engage(owner, *auditors, places=[place])
        db.session.rollback()
        sides = {"auditor": auditors, "director": directors, "owner": (owner, owner)}
        browsers = {who: (_at(live, one), _at(live, two)) for who, (one, two) in sides.items()}
    url = f"/acme/audits/{room}"
    return Scene(owner, url, f"{url}/{place}/{CODE}", browsers)


def _at(live: Flask, who: Actor) -> FlaskClient:
    browser = live.test_client()
    sign_in(browser, who)
    return browser


def _only(found: Scene, table: str) -> Any:
    with tenant_scope(found.owner.tenant_id):
        row = db.session.execute(sa.text(f"SELECT * FROM {table}")).one()  # noqa: S608 - our own
        db.session.rollback()
    return row


def _both(
    live: Flask, monkeypatch: pytest.MonkeyPatch, hers: tuple[FlaskClient, FlaskClient],
    url: str, typed: Mapping[str, str],
) -> dict[str, TestResponse]:  # fmt: skip
    """Send both at once, by their words: nobody commits before the other has come as far."""
    meeting, real = threading.Barrier(2, timeout=SECONDS), service.note_opening

    def met(*told: Any, **details: Any) -> None:
        real(*told, **details)
        try:
            meeting.wait()
        except threading.BrokenBarrierError:
            return

    monkeypatch.setattr(service, "note_opening", met)
    answers: dict[str, TestResponse] = {}

    def send(browser: FlaskClient, words: str) -> None:
        with live.app_context():
            answers[words] = browser.post(url, data={**typed, "words": words})

    threads = [
        threading.Thread(target=send, args=(browser, words))
        for browser, words in zip(hers, ("Les mots de l’une.", "Les mots de l’autre."), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.setattr(service, "note_opening", real)
    return answers


def _parted(answers: Mapping[str, TestResponse]) -> tuple[str, str, str]:
    """The words that were kept, those that were not, and the page that says so."""
    assert sorted(it.status_code for it in answers.values()) == [303, 409]
    (kept,) = (words for words, it in answers.items() if it.status_code == 303)
    (left,) = (words for words, it in answers.items() if it.status_code == 409)
    return kept, left, unescape(answers[left].text)


def _hidden(page: str, form: str) -> dict[str, str]:
    """What the form of this address sends of itself."""
    inside = page[page.index(form) :]
    inside = inside[: inside.index("</form>")]
    pairs = re.findall(r'name="(version|since)"\s+value="([^"]*)"', inside)
    return dict(pairs)


@pytest.mark.parametrize("times", [0, 1], ids=["first", "again"])
def test_of_two_conclusions_at_once_one_is_kept(
    live: Flask, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    found = _scene(live)
    hers, url = found.browsers["auditor"], f"{found.point}/conclure"
    if times:
        assert hers[0].post(url, data=SAID).status_code == 303
    typed = {"conclusion": "major", "version": str(times)}

    kept, left, page = _parted(_both(live, monkeypatch, hers, url, typed))

    row = _only(found, "audit_finding")
    assert (row.words, row.version) == (kept, times + 1)
    assert f">\n{left}</textarea>" in page
    assert "meanwhile" not in page
    assert kept in page
    again = hers[0].post(url, data={**typed, **_hidden(page, "/conclure"), "words": left})
    assert again.status_code == 303
    assert _only(found, "audit_finding").words == left


@pytest.mark.parametrize(("who", "side"), [("director", "place"), ("owner", "provider")])
def test_of_two_answers_to_a_conclusion_at_once_one_is_kept(
    live: Flask, monkeypatch: pytest.MonkeyPatch, who: str, side: str
) -> None:
    found = _scene(live)
    found.browsers["auditor"][0].post(f"{found.point}/conclure", data=SAID)
    url = f"{found.url}/constats/{_only(found, 'audit_finding').id}"
    hers = found.browsers[who]

    kept, left, page = _parted(_both(live, monkeypatch, hers, url, {"version": "1", "since": ""}))

    assert getattr(_only(found, "audit_finding"), f"{side}_answer") == kept
    assert f">\n{left}</textarea>" in page
    assert kept in page
    again = hers[1].post(url, data={**_hidden(page, "/constats/"), "words": left})
    assert again.status_code == 303
    assert getattr(_only(found, "audit_finding"), f"{side}_answer") == left


def test_of_two_answers_to_a_request_at_once_one_is_kept(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _scene(live)
    due = (clock.today() + timedelta(7)).isoformat()
    asks = found.browsers["auditor"][0]
    asks.post(f"{found.point}/demander", data={"words": "Le rapport", "due_on": due})
    url = f"{found.url}/demandes/{_only(found, 'audit_request').id}"

    kept, left, page = _parted(_both(live, monkeypatch, found.browsers["owner"], url, {}))

    assert _only(found, "audit_request").answer == kept
    assert kept in page
    assert f">{left}</textarea>" in page


def _concluded(room: Room, visit: Visit) -> uuid.UUID:
    visit(room.auditor).post(f"{room.point}/conclure", data=SAID)
    found: uuid.UUID = queries.findings(room.id)[0].id
    db.session.rollback()
    return found


def test_an_answer_does_not_replace_a_colleague_s_that_she_has_not_read(
    room: Room, visit: Visit
) -> None:
    url = f"{room.url}/constats/{_concluded(room, visit)}"
    colleague = visit(make.member(Role.DIRECTOR, establishments=[room.place]))
    read = _hidden(colleague.get(room.point).text, "/constats/")
    visit(room.director).post(url, data={"words": "Celle de la directrice.", "version": "1"})

    refused = colleague.post(url, data={**read, "words": ""})
    still = _hidden(refused.text, "/constats/")
    answer = colleague.post(url, data={**still, "words": "Une autre."})

    assert refused.status_code == 422
    assert still == read
    assert answer.status_code == 409
    page = visit(room.auditor).get(room.point).text
    assert "Celle de la directrice." in page
    assert "Une autre." not in page


def test_an_answer_is_to_the_conclusion_that_was_read(room: Room, visit: Visit) -> None:
    url = f"{room.url}/constats/{_concluded(room, visit)}"
    again = {"conclusion": "major", "words": "Bien pire.", "version": "1"}
    visit(room.auditor).post(f"{room.point}/conclure", data=again)

    answer = visit(room.director).post(url, data={"words": "C’est peu.", "version": "1"})

    assert answer.status_code == 409
    assert "Bien pire." in answer.text
    assert ">\nC’est peu.</textarea>" in answer.text


def test_what_came_after_the_end_is_still_there_to_copy(room: Room, visit: Visit) -> None:
    _concluded(room, visit)
    db.session.execute(sa.text("UPDATE engagement SET closed_at = now()"))
    db.session.commit()

    answer = visit(room.auditor).post(
        f"{room.point}/conclure", data={**SAID, "words": "Trop tard.", "version": "1"}
    )

    assert answer.status_code == 409
    assert ">Trop tard.</textarea>" in answer.text
