"""A form of a room that is sent twice opens one thing, whoever was quicker."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.engagements.models import AuditRequest, Engagement, EngagementDraw
from portal.kit import clock, once
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.at_once import browsers, lingers, portal, sent
from tests.conftest import Visit
from tests.engagements.conftest import Room, engage, membership_of
from tests.tracking import scene
from tests.tracking.scene import CODE

__all__ = ["portal"]

FORMS = ("open", "ask", "draw")
TABLES = {"open": Engagement, "ask": AuditRequest, "draw": EngagementDraw}
DEEDS = {"open": "engagement.opened", "ask": "engagement.asked", "draw": "engagement.drawn"}


def _count(kind: str) -> tuple[int, int]:
    """How many there are, and how often the journal tells of one."""
    told = sa.select(sa.func.count()).where(AuditEvent.action == DEEDS[kind])
    rows = db.session.scalar(sa.select(sa.func.count()).select_from(TABLES[kind])) or 0
    events = db.session.scalar(told) or 0
    db.session.rollback()
    return rows, events


def _typed(kind: str, auditor: Actor, place: uuid.UUID) -> dict[str, Any]:
    today = clock.today().isoformat()
    later = (clock.today() + timedelta(30)).isoformat()
    if kind == "ask":
        return {"words": "Le rapport d’août", "due_on": later}
    if kind == "draw":
        return {"size": "1"}
    return {
        "title": "Évaluation HAS", "auditors": str(membership_of(auditor)),
        "establishments": str(place), "questions": ["1", "5"], "period_from": today,
        "period_until": today, "ends_on": later,
    }  # fmt: skip


def _pages(kind: str, room: str, point: str) -> tuple[str, str]:
    """Where the form is, and where it is sent."""
    at = {
        "open": ("/audits/nouveau", "/audits/nouveau"),
        "ask": (point, f"{point}/demander"),
        "draw": (room, f"{room}/tirer"),
    }
    return at[kind]


def _word(browser: FlaskClient, page: str, action: str) -> str:
    text = browser.get(page).text
    inside = text[text.index(f'action="{action}"') :]
    found = re.search(r'name="once"\s+value="([\w-]{16,})"', inside[: inside.index("</form>")])
    assert found
    return found[1]


@pytest.mark.parametrize("kind", FORMS)
def test_sent_again_it_leads_to_what_is_there(room: Room, visit: Visit, kind: str) -> None:
    browser = visit(room.owner if kind == "open" else room.auditor)
    page, action = (f"/acme{it}" for it in _pages(kind, room.url[5:], room.point[5:]))
    typed = _typed(kind, room.auditor, room.place)
    typed["once"] = _word(browser, page, action)
    before = _count(kind)

    answers = [browser.post(action, data=typed) for _ in range(2)]

    assert [it.status_code for it in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert _count(kind) == (before[0] + 1, before[1] + 1)
    assert _word(browser, page, action) != typed["once"]


def test_changed_and_sent_again_it_is_another(room: Room, visit: Visit) -> None:
    browser = visit(room.auditor)
    typed = _typed("ask", room.auditor, room.place)
    typed["once"] = _word(browser, room.point, f"{room.point}/demander")

    for words in ("Le rapport d’août", "Le rapport de juin", "Le rapport d’août"):
        browser.post(f"{room.point}/demander", data={**typed, "words": words})

    assert _count("ask") == (2, 2)


def test_a_refused_form_keeps_its_word(room: Room, visit: Visit) -> None:
    action = f"{room.point}/demander"
    answer = visit(room.auditor).post(action, data={"words": "", "once": "w" * 24})

    assert answer.status_code == 422
    assert f'name="once" value="{"w" * 24}"' in re.sub(r"\s+", " ", answer.text)


def test_a_word_is_its_author_s_own(room: Room, visit: Visit) -> None:
    """Another person who sends the same under the same word asks for it herself."""
    other = make.member(Role.AUDITOR, establishments=[room.place])
    both = engage(room.owner, room.auditor, other, places=[room.place])
    typed = {**_typed("ask", room.auditor, room.place), "once": "w" * 24}
    for who in (room.auditor, other):
        visit(who).post(f"/acme/audits/{both}/{room.place}/{CODE}/demander", data=typed)

    assert _count("ask") == (2, 2)


@pytest.mark.parametrize("kind", FORMS)
def test_of_two_at_the_same_moment_both_are_led_to_the_one(
    portal: Flask, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    slug = f"once-{kind}"
    owner = make.tenant(slug)
    with tenant_scope(owner.tenant_id):
        today = clock.today()
        place = scene.client(make.offering(carries=[CODE]), since=today, today=today)
        auditor = make.member(Role.AUDITOR, establishments=[place])
        room = f"/audits/{engage(owner, auditor, places=[place])}"
        typed = {**_typed(kind, auditor, place), "once": "w" * 24}
        before = _count(kind)
    lingers(monkeypatch, once, "find")
    theirs = browsers(portal, [owner if kind == "open" else auditor] * 2)
    address = f"/{slug}{_pages(kind, room, f'{room}/{place}/{CODE}')[1]}"

    answers = sent(portal, theirs, [address] * 2, [typed] * 2)

    assert [it.status_code for it in answers.values()] == [303, 303]
    assert len({it.location for it in answers.values()}) == 1
    with tenant_scope(owner.tenant_id):
        assert _count(kind) == (before[0] + 1, before[1] + 1)
