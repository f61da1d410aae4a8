"""What a page's script asks for, opened by somebody: the page that holds it, nothing typed lost."""

import uuid

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from portal.guide import loader
from tenants.access import Actor
from tests import make
from tests.evidence.test_views import SHELF, UNKNOWN, note

SCRIPT = {"HX-Request": "true"}


def opened(client: FlaskClient, path: str, **asked: object) -> BeautifulSoup:
    """A whole page, which a person can use."""
    answer = client.get(f"{SHELF}/{path}", query_string=asked)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 200
    assert page.select_one("html[lang] main h1")
    return page


def one(page: BeautifulSoup, selector: str) -> Tag:
    (found,) = page.select(selector)
    return found


def ticked(page: BeautifulSoup, name: str) -> list[str]:
    return [str(box["value"]) for box in page.select(f"input[name={name}][checked]")]


def test_the_choice_of_establishments_comes_with_the_form_around_it(
    at_work: FlaskClient, owner: Actor
) -> None:
    chosen, found = make.establishment("Les Aulnes"), make.establishment("Le Bourg")
    asked = {"establishments": [chosen], "find": "bourg", "codes": ["SAUV-04"]}

    page = opened(at_work, "etablissements", **asked)
    part = at_work.get(f"{SHELF}/etablissements", query_string=asked, headers=SCRIPT).text

    assert one(page, "form[enctype]")["action"] == f"{SHELF}/nouvelle"
    assert one(page, "#find")["value"] == "bourg"
    assert ticked(page, "establishments") == [str(chosen)]
    assert str(found) in [box["value"] for box in page.select("input[name=establishments]")]
    assert ticked(page, "level") == ["establishment"]
    assert ticked(page, "codes") == ["SAUV-04"]
    assert "<html" not in part
    assert str(found) in part


def test_a_proposed_validity_comes_with_what_it_follows_from(
    at_work: FlaskClient, owner: Actor
) -> None:
    sold = make.offering(carries=["SAUV-04"])
    page = opened(
        at_work, "validite", codes=["SAUV-04", "SAUV-05"], covers_until="2026-03-12",
        level="offering", offering=sold,
    )  # fmt: skip

    assert "12\N{NO-BREAK SPACE}mars 2026" in one(page, "#proposee").get_text()
    assert one(page, "#covers_until")["value"] == "2026-03-12"
    assert ticked(page, "codes") == ["SAUV-04", "SAUV-05"]
    assert ticked(page, "level") == ["offering"]
    assert one(page, "#offering option[selected]")["value"] == str(sold)


def test_that_of_the_next_of_a_proof_comes_with_its_own_form(
    at_work: FlaskClient, owner: Actor
) -> None:
    old = note(owner, "SAUV-04")
    page = opened(at_work, "validite", of=old, covers_from="2026-01-01", covers_until="2026-03-12")

    assert one(page, "form[enctype]")["action"] == f"{SHELF}/{old}/remplacer"
    assert one(page, "#covers_from")["value"] == "2026-01-01"
    assert "12\N{NO-BREAK SPACE}mars 2026" in one(page, "#proposee").get_text()
    assert at_work.get(f"{SHELF}/validite?of={UNKNOWN}").status_code == 404


@pytest.mark.parametrize("path", ["etablissements", "validite"])
def test_nonsense_is_shown_as_text_or_left_out(
    at_work: FlaskClient, owner: Actor, path: str
) -> None:
    bad = '"><script>alert(1)</script>'
    page = opened(
        at_work, path, find=bad, codes=[bad, "\0"], establishments=[bad, uuid.UUID(int=9)],
        level=bad, offering=bad, covers_until=bad, certificate=bad, title=bad,
    )  # fmt: skip

    assert [one for one in page.find_all("script") if "alert" in one.get_text()] == []
    assert one(page, "#find")["value"] == bad
    assert ticked(page, "establishments") == []
    assert len(page.select("input[name=codes]")) == len(loader.current().requirements)


def test_where_one_proof_has_got_is_told_by_its_page(at_work: FlaskClient, owner: Actor) -> None:
    evidence_id = note(owner)

    for path in ("etat", "issue"):
        answer = at_work.get(f"{SHELF}/{evidence_id}/{path}")
        part = at_work.get(f"{SHELF}/{evidence_id}/{path}", headers=SCRIPT)
        assert (answer.status_code, answer.location) == (303, f"{SHELF}/{evidence_id}")
        assert (part.status_code, "<html" in part.text) == (200, False)
        assert at_work.get(f"{SHELF}/{UNKNOWN}/{path}").status_code == 404
