"""The words of a digest, in both forms and both languages."""

import html
import re
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.kit import clock, postman
from portal.kit.postman import Addressee, Note
from portal.reminders import letter
from portal.reminders.items import Item
from portal.reminders.kinds import Subject
from portal.reminders.service import Letter
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.reminders import scene
from tests.reminders.scene import TODAY

ROOT = Path(__file__).parents[2]


def _item(left: int, label: str = "Rapport de sauvegarde", **values: object) -> Item:
    known = {
        "subject": Subject.EVIDENCE,
        "subject_id": uuid.uuid4(),
        "label": label,
        "due_on": TODAY + timedelta(days=left),
        "codes": ["SAUV-03"],
        "touched": 63,
        "place": "EHPAD Exemple",
        "establishment_id": uuid.uuid4(),
    }
    return Item(**{**known, **values})  # type: ignore[arg-type]  # a factory of any field


def _letter(actor: Actor, *items: Item) -> Letter:
    tenant = tenancy.tenant(actor.tenant_id)
    return letter.compose(scene.recipient(actor), items, tenant=tenant, today=TODAY)


@pytest.mark.parametrize(
    ("name", "greeting"), [("Claire", "Bonjour Claire,"), ("moi@neuf.example", "Bonjour,")]
)
def test_nobody_is_greeted_by_an_address(owner: Actor, name: str, greeting: str) -> None:
    """One stands for the name of who was let in from a terminal without one."""
    person = replace(scene.recipient(owner), name=name)
    tenant = tenancy.tenant(owner.tenant_id)
    digest = letter.compose(person, [_item(7)], tenant=tenant, today=TODAY)
    note = postman.composed(
        Addressee("moi@neuf.example", name), Note("Votre compte", ["Un mot."]), at=clock.now()
    )

    plain, page = note.iter_parts()
    for text in (digest.text, digest.html, plain.get_content(), page.get_content()):
        assert greeting in html.unescape(text)


@pytest.mark.parametrize(
    ("left", "subject"),
    [
        ([7], "Une échéance dans 7 jours"),
        ([0], "Une échéance aujourd’hui"),
        ([30, 7, 20], "3 échéances, la première dans 7 jours"),
        ([7, -1], "2 échéances, dont 1 dépassée"),
        ([-1], "1 échéance dépassée"),
        ([-1, -9], "2 échéances dépassées"),
    ],
)
def test_the_subject_says_how_many_and_the_nearest(
    owner: Actor, left: list[int], subject: str
) -> None:
    assert _letter(owner, *(_item(days) for days in left)).subject == subject


def test_a_line_says_what_when_what_it_holds_up_and_where_to_act(owner: Actor) -> None:
    item = _item(30, codes=["SAUV-03", "SAUV-04"])

    text = _letter(owner, item).text

    assert "dans 30 jours, le 23\N{NO-BREAK SPACE}décembre 2026" in text
    assert "Rapport de sauvegarde" in text
    assert "SAUV-03, SAUV-04 · bloquera la question 2 chez 63 établissements" in text
    address = f"http://127.0.0.1:8000/acme/preuves/{item.subject_id}/remplacer"
    assert f"Déposer la suivante : {address}" in re.sub(r"[ \n]+", " ", text)


def test_both_forms_say_the_same(owner: Actor) -> None:
    written = _letter(owner, _item(-2), _item(0, "Autre"))
    page = BeautifulSoup(written.html, "html5lib")

    said = [" ".join(p.get_text(" ", strip=True).split()) for p in page.select("li p")]

    assert len(said) == 10
    plain = " ".join(written.text.split())
    assert [line for line in said if line not in plain] == []
    assert [a["href"] for a in page.select("li a")] == re.findall(
        r"(?:suivante|plus tard)\s:\s+(\S+)", written.text
    )


def test_names_are_plain_in_text_and_escaped_in_html(owner: Actor) -> None:
    name = "L'essai <b>& co</b>"

    written = _letter(owner, _item(7, name), _item(7, name, subject=Subject.STATEMENT_REVIEW))

    assert written.text.count(name) == 2
    assert "<b>" not in written.html
    assert html.unescape(written.html).count(name) == 2


def test_the_text_fits_a_terminal_but_for_addresses_which_stand_alone(owner: Actor) -> None:
    place = "EHPAD intercommunal de la vallée de l’Authie et de la baie de Somme"
    words = _letter(
        owner,
        _item(-3, "Rapport de restauration complète du serveur de fichiers, vu par deux personnes",
              touched=1, place=place),
        _item(7, codes=["SAUV-01", "SAUV-02", "SAUV-03", "SAUV-04", "SAUV-05"]),
    ).text  # fmt: skip

    long = [line for line in words.splitlines() if len(line) > 78]
    assert [line for line in long if len(line.split()) > 1] == []
    assert "-- \n" in words
    assert place in re.sub(r"\s+", " ", words)


def test_what_is_nobody_s_place_in_particular_ends_with_its_requirement(owner: Actor) -> None:
    turn = _item(
        7, subject=Subject.COLLECTION_TURN, codes=["AUTH-05"], touched=1, place="",
        establishment_id=None,
    )  # fmt: skip

    (holds,) = [line for line in _letter(owner, turn).text.splitlines() if "AUTH-05" in line]

    assert holds == "  AUTH-05 (Coffre de mots de passe)"


def test_a_director_is_led_to_her_own_requirement(owner: Actor) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    item = _item(7, touched=1)

    text = _letter(director, item).text

    assert f"/acme/etablissements/{item.establishment_id}/exigences/SAUV-03" in text
    assert "remplacer" not in text


def test_a_long_list_is_cut_and_says_so(owner: Actor) -> None:
    written = _letter(
        owner, *(_item(n % 30, f"Preuve {n:02}") for n in range(letter.MOST_LINES + 3))
    )

    assert written.text.count("Déposer") == letter.MOST_LINES
    assert "Et 3 autres, à voir dans le portail." in written.text


def test_a_letter_follows_the_language_that_its_reader_chose_on_the_screen(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    client.post("/langue", data={"locale": "en"})

    assert "23\N{NO-BREAK SPACE}December 2026" in _letter(owner, _item(30)).text


def test_the_colours_are_those_of_the_screens() -> None:
    tokens = (ROOT / "static/css/treize.css").read_text()
    written = "".join(path.read_text() for path in (ROOT / "templates/mail").glob("*.html"))
    used = set(re.findall(r"#[0-9a-f]{6}", written))

    assert len(used) >= 6
    assert [colour for colour in used if colour not in tokens] == []
