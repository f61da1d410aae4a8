"""A room is opened, drawn in, concluded, answered and closed, or taken back, without a mouse.

Its establishments are no other journey's, and each room is shut again at its end.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.kit import clock
from portal.local import logins
from tests.briefs.ordering import words
from tests.journeys.conftest import Visits, grave_faults
from tests.journeys.hands import agree, choose, press, reach, tick, write, write_day

pytestmark = pytest.mark.journey

PLACES = ("IME Les Mouettes", "MAS Saint-Guénolé", "ESAT L’Orée du bois")
FOUND = "La durée de la restauration n’a pas été relevée."
ANSWER = "Elle l’est à chaque essai depuis juin."
AUDITS = "/demo/audits"
NUMBER = re.compile(r"RAP-\d{4}-\d{4}")


def looked_at(page: Page) -> None:
    assert grave_faults(page) == []


def said(page: Page, sentence: str) -> None:
    expect(page.locator(".flashes .flash").first).to_contain_text(sentence)
    looked_at(page)


def opened(page: Page, title: str, places: Sequence[str], question: int) -> str:
    """A room for the auditor, of these houses and one question, for ten days; its address."""
    today = clock.today()
    page.goto(AUDITS)
    looked_at(page)
    press(page, "Ouvrir un audit")
    looked_at(page)
    write(page, "Nom de la mission", title)
    tick(page, logins.AUDITOR.name)
    for name in sorted(places):
        tick(page, name)
    for name in page.locator("#questions .choice").all_inner_texts():
        if not name.startswith(f"{question}."):
            tick(page, name, exact=True)
    write_day(page, "Premier jour", today - timedelta(days=200))
    write_day(page, "Dernier jour", today)
    write_day(page, "Dernier jour de la mission", today + timedelta(days=10))
    tick(page, "Les auditeurs peuvent télécharger")
    press(page, "Ouvrir la salle")
    said(page, "La salle est ouverte")
    expect(page.locator("main dl.facts")).to_contain_text(f"Questions {question} Jusqu’au")
    return page.url


def drawn(page: Page, size: int) -> str:
    """So many drawn by lot, the same that its seed draws for anybody; the name of the first."""
    write(page, "Combien", str(size))
    press(page, "Tirer au sort")
    looked_at(page)
    there = page.locator("section[aria-labelledby=places] li a")
    by_id = {str(it.get_attribute("href")).split("/")[-1]: it.inner_text() for it in there.all()}
    note = page.locator("section[aria-labelledby=draws] .note")
    seed = note.locator("code").inner_text()
    ranked = sorted(by_id, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).hexdigest())
    told = note.locator("li a").all_inner_texts()

    assert sorted(by_id.values()) == sorted(PLACES)
    assert told == [by_id[one] for one in ranked[:size]]
    return told[0]


def concluded(page: Page, place: str) -> str:
    """A minor fault at one of those drawn; the address of its point."""
    press(page, place)
    looked_at(page)
    press(page, "SAUV-04")
    looked_at(page)
    choose(page, "Votre conclusion", steps=2)
    write(page, "Constat", FOUND)
    press(page, "Enregistrer la conclusion")
    said(page, "Votre conclusion est au dossier")
    return page.url


def taken(page: Page, place: str, into: Path) -> bytes:
    """The closing report of one house, once all are made."""
    lines = page.locator("#reports-part li")
    expect(lines).to_have_count(len(PLACES), timeout=60_000)
    line = lines.filter(has_text=place)
    expect(line).to_contain_text(NUMBER)
    looked_at(page)
    with page.expect_download() as waiting:
        reach(page, line.locator("a").first.inner_text(), exact=True)
        page.keyboard.press("Enter")
    waiting.value.save_as(into)
    return into.read_bytes()


def test_a_room_is_opened_drawn_in_answered_and_closed(visit: Visits, tmp_path: Path) -> None:
    title = "Audit de l’assureur"
    with visit(logins.PROVIDER) as page:
        room = opened(page, title, PLACES, 2)
    with visit(logins.AUDITOR) as page:
        page.goto(AUDITS)
        press(page, title)
        looked_at(page)
        place = drawn(page, 2)
        point = concluded(page, place)
    with visit(logins.PROVIDER) as page:
        page.goto(point)
        write(page, "Votre réponse", ANSWER)
        press(page, "Répondre")
        said(page, "Votre réponse figure à côté de la conclusion")
    with visit(logins.AUDITOR) as page:
        page.goto(room)
        agree(page, "Clore et émettre le rapport")
        said(page, "Le rapport est en préparation")
        copy = words(taken(page, place, tmp_path / "copy.pdf"))
    with visit(logins.PROVIDER) as page:
        page.goto(room)
        original = taken(page, place, tmp_path / "original.pdf")
        listed = page.locator("#reports-part li").filter(has_text=place).inner_text()
        agree(page, "Fermer la salle aux auditeurs")
        said(page, "ses auditeurs ne voient plus rien")

    assert hashlib.sha256(original).hexdigest() in listed
    assert "Copie de" in copy
    assert "Copie de" not in words(original)
    for report in (copy, words(original)):
        assert [one for one in (title, place, FOUND, ANSWER) if one not in report] == []


def test_the_next_page_of_an_auditor_whose_room_is_taken_back_is_refused(visit: Visits) -> None:
    title = "Audit repris"
    with visit(logins.PROVIDER) as page, visit(logins.AUDITOR) as hers:
        opened(page, title, PLACES[:1], 3)
        hers.goto(AUDITS)
        press(hers, title)
        press(hers, PLACES[0])
        looked_at(hers)
        agree(page, "Mettre fin à l’audit")
        said(page, "ses auditeurs ne voient plus rien")

        with hers.expect_response(lambda it: it.request.is_navigation_request()) as answered:
            press(hers, "MAJ-03")
        looked_at(hers)
        expect(hers.get_by_role("heading", level=1)).to_have_text("Cette page n’existe pas")
        hers.goto(AUDITS)

        assert answered.value.status == 404
        assert title not in hers.locator("main").inner_text()
