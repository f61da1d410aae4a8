"""The end of validity that is proposed: what it follows from, how it says so, what is kept."""

import re
import uuid
from datetime import date

import pytest
from flask.testing import FlaskClient

from portal.contracts import queries as contracts
from portal.evidence import queries, service, suggesting
from portal.evidence.linking import Aim
from portal.evidence.suggesting import Base
from portal.guide import loader
from portal.guide.edition import months_after
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.evidence import proofs

EDITION = loader.current()
HERE = "/acme/preuves/validite"
ENDED = date(2026, 3, 12)


def _by_months() -> dict[int, str]:
    """A requirement for each usual validity."""
    return {one.proof.valid_months: one.code for one in reversed(EDITION.requirements)}


SHORT, LONG = min(_by_months()), max(_by_months())
SHORTEST, LONGEST = _by_months()[SHORT], _by_months()[LONG]


def words(client: FlaskClient, **asked: object) -> str:
    text = client.get(HERE, query_string=asked, headers={"HX-Request": "true"}).text
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


def test_it_follows_the_end_of_the_period_and_says_which_requirement_asks_it(
    at_work: FlaskClient, owner: Actor
) -> None:
    told = words(at_work, codes=[SHORTEST, LONGEST], covers_until=ENDED.isoformat())

    until = months_after(ENDED, SHORT)
    assert f"Proposé : le {until.day} " in told.replace("\u00a0", " ")
    assert f"{until.year}" in told
    assert f"soit {SHORT} mois après la fin de la période (12 mars 2026)" in told
    assert f"périodicité de l’exigence {SHORTEST}" in told
    assert "la plus courte des 2 choisies" in told


def test_without_a_period_it_counts_from_today_and_says_so(
    at_work: FlaskClient, owner: Actor
) -> None:
    found = suggesting.usual(EDITION, [LONGEST], covers_until=None, today=clock.today())
    told = words(at_work, codes=LONGEST)

    assert (found.base, found.until) == (Base.DEPOSIT, months_after(clock.today(), LONG))
    assert "faute de fin de période" in told


def test_without_a_requirement_it_says_what_it_waits_for(
    at_work: FlaskClient, owner: Actor
) -> None:
    assert "cochez une exigence" in words(at_work)
    assert "cochez une exigence" in words(at_work, codes="ZZZ")


@pytest.mark.parametrize(
    "nonsense",
    [
        {"covers_until": "hier"},
        {"covers_until": "9999-12-31"},
        {"covers_until": "0001-01-01"},
        {"offering": "x"},
        {"level": "x"},
        {"certificate": "x"},
        {"codes": "\0"},
    ],
)
def test_nonsense_is_left_out(at_work: FlaskClient, owner: Actor, nonsense: dict[str, str]) -> None:
    assert at_work.get(HERE, query_string={"codes": LONGEST, **nonsense}).status_code == 200


def test_for_an_offering_what_it_does_not_serve_does_not_count(
    at_work: FlaskClient, owner: Actor
) -> None:
    sold = make.offering(carries=[LONGEST])
    asked = {"codes": [SHORTEST, LONGEST], "level": "offering", "offering": str(sold)}
    told = words(at_work, **asked)
    kept = proofs.note(
        owner, SHORTEST, LONGEST, offering_id=sold, valid_until=None, today=clock.today()
    )

    assert LONGEST in told
    assert SHORTEST not in told
    assert queries.evidence(kept).valid_until == months_after(clock.today(), LONG)


def test_an_offering_with_a_validity_of_its_own_stands_for_the_guide(
    at_work: FlaskClient, owner: Actor
) -> None:
    sold = make.offering(carries=[SHORTEST, LONGEST])
    own = {row.requirement_code: row for row in contracts.served(sold, EDITION.id)}[LONGEST]
    own.proof, own.valid_months = "Rapport signé.", 1
    db.session.commit()
    asked = {"codes": [SHORTEST, LONGEST], "level": "offering", "offering": str(sold)}
    told = words(at_work, **asked)
    elsewhere = words(at_work, **asked | {"level": "fleet"})
    named = {"code": LONGEST, "offering": str(sold)}
    page = at_work.get("/acme/preuves/nouvelle", query_string=named).text
    kept = proofs.note(
        owner, SHORTEST, LONGEST, offering_id=sold, valid_until=None, today=clock.today()
    )

    assert "soit 1 mois après aujourd’hui" in told
    assert f"durée que cette prestation donne à l’exigence {LONGEST}" in told
    assert f"{LONGEST} : d’ordinaire « Rapport signé. »." in told.replace("\u00a0", " ")
    assert f"périodicité de l’exigence {SHORTEST}" in elsewhere
    assert "Rapport signé" not in elsewhere
    assert "D’ordinaire : Rapport signé.<" in page.replace("\u00a0", " ")
    assert queries.evidence(kept).valid_until == months_after(clock.today(), 1)


def test_a_certificate_runs_from_its_first_day_and_its_own_date_comes_first(
    at_work: FlaskClient, owner: Actor
) -> None:
    told = words(at_work, codes=SHORTEST, certificate="insurance", covers_from=ENDED.isoformat())

    assert "le 11 mars 2027" in told
    assert "la date de la pièce l’emporte" in told


def test_what_is_proposed_is_what_is_kept(at_work: FlaskClient, owner: Actor) -> None:
    form = {
        "codes": [SHORTEST, LONGEST],
        "level": "tenant",
        "body": "Vu.",
        "title": "Relevé",
        "covers_from": ENDED.isoformat(),
        "covers_until": ENDED.isoformat(),
        "visibility": "clients",
    }
    told = words(at_work, codes=form["codes"], covers_until=ENDED.isoformat())
    made = at_work.post("/acme/preuves/nouvelle", data=form)
    kept = queries.evidence(uuid.UUID(made.location.rsplit("/", 1)[1])).valid_until

    assert kept == months_after(ENDED, SHORT)
    assert str(kept.year) in told


def test_without_scripts_the_page_comes_back_with_the_date_and_what_was_typed(
    at_work: FlaskClient, owner: Actor
) -> None:
    form = {"codes": LONGEST, "covers_until": ENDED.isoformat(), "title": "Relevé"}
    page = at_work.post("/acme/preuves/nouvelle", data={**form, "suggest": "1"})
    old = proofs.note(owner, LONGEST, today=clock.today(), valid_until=clock.today())
    following = at_work.post(f"/acme/preuves/{old}/remplacer", data={**form, "suggest": "1"})
    edited = at_work.post(
        f"/acme/preuves/{old}/modifier", data={**form, "suggest": "1", "version": "1"}
    )

    for answer in (page, following, edited):
        assert answer.status_code == 200
        assert "12\N{NO-BREAK SPACE}mars 2026" in answer.text
        assert "Relevé" in answer.text
    assert queries.evidence(old).title == "Compte rendu d’essai"


def test_of_a_proof_that_is_there_its_own_requirements_count(
    at_work: FlaskClient, owner: Actor
) -> None:
    old = proofs.note(owner, SHORTEST, today=clock.today(), valid_until=clock.today())

    assert SHORTEST in words(at_work, of=str(old))
    assert (
        at_work.get(HERE, query_string={"of": "00000000-0000-0000-0000-000000000007"}).status_code
        == 404
    )


def _sold(code: str, months: int) -> uuid.UUID:
    """An offering that gives what proves it a validity, and a name, of its own."""
    sold = make.offering(carries=[code])
    (own,) = contracts.served(sold, EDITION.id)
    own.proof, own.valid_months = "Rapport signé.", months
    db.session.commit()
    return sold


def test_the_next_of_a_proof_for_an_offering_is_good_for_as_long_as_that_offering_says(
    at_work: FlaskClient, owner: Actor
) -> None:
    """On its page, as it is typed, on the page that changes it, and where no day was given."""
    today = clock.today()
    sold = _sold(LONGEST, 1)
    old = proofs.note(owner, LONGEST, offering_id=sold, valid_until=today, today=today)
    there = f"/acme/preuves/{old}"
    pages = [at_work.get(f"{there}/remplacer"), at_work.get(f"{there}/modifier")]
    told = [*(" ".join(page.text.split()) for page in pages), words(at_work, of=str(old))]
    made = at_work.post(f"{there}/remplacer", data={"body": "Vu.", "visibility": "clients"})
    following = queries.evidence(uuid.UUID(made.location.rsplit("/", 1)[1]))
    former = queries.evidence(old).title

    for said in told:
        assert "soit 1 mois après aujourd’hui" in said
        assert f"durée que cette prestation donne à l’exigence {LONGEST}" in said
        assert "d’ordinaire « Rapport signé. »" in said.replace("\u00a0", " ")
    assert following.valid_until == months_after(today, 1)
    assert "Vide, celui de l’ancienne." in pages[0].text
    assert following.title == former


@pytest.mark.parametrize("months", [SHORT - 1, SHORT + 1])
def test_the_next_of_a_proof_for_an_offering_and_for_others_is_good_for_the_shorter(
    at_work: FlaskClient, owner: Actor, months: int
) -> None:
    """For everybody the guide speaks, of another requirement; for its clients the offering."""
    today = clock.today()
    sold = _sold(LONGEST, months)
    old = proofs.note(owner, SHORTEST, valid_until=today, today=today)
    service.link(owner, EDITION, old, Aim([LONGEST], offering_id=sold), today=today)
    db.session.commit()

    told = words(at_work, of=str(old))

    asks = LONGEST if months < SHORT else SHORTEST
    assert f"soit {min(months, SHORT)} mois après aujourd’hui" in told
    assert f"l’exigence {asks}" in told
    assert "la plus courte des 2 choisies" in told
