"""The journal's page, files and verification; whose to read it is (R1, R12, R18, R19)."""

import csv
import io
import json
import uuid
from hashlib import sha256

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.audit import service as audit
from portal.journal import views
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in

PLACES = ("Les Tilleuls", "Les Ormes")


@pytest.fixture
def places(owner: Actor, stranger: Actor) -> list[uuid.UUID]:
    """Two establishments of acme and one of globex, each with deeds of its own."""
    made = [make.establishment(name) for name in PLACES]
    for place in made:
        _note(owner, place, "establishment.edited")
        _note(owner, place, "requirement.contested", requirement_code="PARC-01")
    audit.record(owner, "offering.edited", subject="offering", subject_id=uuid.uuid4())
    db.session.commit()
    with tenant_scope(stranger.tenant_id):
        _note(stranger, make.establishment("Ailleurs"), "establishment.archived")
        db.session.commit()
    return made


def _note(actor: Actor, place: uuid.UUID, action: str, **said: str) -> None:
    audit.record(
        actor,
        action,
        subject="establishment",
        subject_id=place,
        establishment_id=place,
        requirement_code=said.get("requirement_code"),
        text="mot secret",
    )


def _rows(client: FlaskClient, query: str = "") -> list[str]:
    page = BeautifulSoup(client.get(f"/acme/journal{query}").data, "html.parser")
    return [" ".join(row.get_text(" ").split()) for row in page.select("tbody tr")]


def _csv(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    text = client.get(f"/acme/journal.csv{query}").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def _listed(client: FlaskClient, role: Role, place: uuid.UUID) -> None:
    sign_in(client, make.member(role, establishments=[place]))


def test_the_latest_deed_comes_first_with_its_place_in_the_chain(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    sign_in(client, owner)
    rows = _rows(client)

    assert len(rows) == 5
    assert "a modifié cette prestation" in rows[0]
    assert rows[0].endswith("5")
    assert "Les Tilleuls" in rows[-1]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?kind=requirement", 2),
        ("?kind=offering", 1),
        ("?kind=nonsense", 5),
        ("?requirement=parc-01", 2),
        ("?requirement=PARC-02", 0),
        ("?since=2020-01-01", 5),
        ("?until=2020-01-01", 0),
        ("?since=nonsense&person=nonsense&page=x", 5),
        (f"?person={uuid.UUID(int=1)}", 0),
        ("?page=400", 0),
    ],
)
def test_the_address_keeps_what_is_chosen(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID], query: str, count: int
) -> None:
    sign_in(client, owner)

    assert len(_rows(client, query)) == count
    if "page=" not in query:
        assert len(_csv(client, query)) == count


def test_deeds_are_chosen_by_person_and_by_establishment(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    sign_in(client, owner)

    assert len(_rows(client, f"?person={owner.user_id}")) == 5
    assert len(_rows(client, f"?establishment={places[0]}")) == 2


def test_a_list_reads_its_establishments_part_in_every_form(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    """R1, R12, R18, R19: the page, the CSV and the JSON tell the same and no more."""
    _listed(client, Role.DIRECTOR, places[0])
    page = client.get("/acme/journal").text
    told = json.loads(client.get("/acme/journal.json").data)

    assert len(_rows(client)) == len(_csv(client)) == len(told["events"]) == 2
    assert "Les Ormes" not in page
    assert {event["establishment"] for event in told["events"]} == {str(places[0])}
    assert "head" not in told


def test_a_file_is_read_in_the_scope_of_whoever_asked_and_in_no_other(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    """It is streamed after the request: outside of any scope it would be empty."""
    sign_in(client, owner)
    with entered(NO_SCOPE):
        assert len(_csv(client)) == 5


def test_asking_for_another_establishment_finds_nothing(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    _listed(client, Role.DIRECTOR, places[0])
    for query in (f"?establishment={places[1]}", "?kind=offering"):
        assert _rows(client, query) == []
        assert _csv(client, query) == []


def test_another_provider_s_journal_is_as_no_journal(
    client: FlaskClient, stranger: Actor, places: list[uuid.UUID]
) -> None:
    sign_in(client, stranger)
    for path in ("journal", "journal.csv", "journal.json", "journal/verification"):
        assert client.get(f"/acme/{path}").status_code == 404


def test_the_chain_is_verified_by_whoever_sees_all_of_it(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    _listed(client, Role.DIRECTOR, places[0])

    assert client.get("/acme/journal/verification").status_code == 404


def test_the_verification_goes_stretch_by_stretch(
    client: FlaskClient,
    owner: Actor,
    places: list[uuid.UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "STRETCH", 2)
    sign_in(client, owner)
    address, seen = "/acme/journal/verification", []
    while True:
        page = BeautifulSoup(client.get(address).data, "html.parser")
        (told,) = page.select("#verification")
        seen.append(told.get_text(" "))
        if (onwards := page.select_one("#verification a.button")) is None:
            break
        address = str(onwards["href"])

    assert len(seen) == 3
    assert "2 faits vérifiés sur 5" in seen[0]
    assert "La chaîne est entière" in seen[-1]


def test_of_an_empty_journal_nothing_is_said_to_be_whole(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)

    told = client.get("/acme/journal/verification").text.replace("\xa0", " ")

    assert "Rien n’y est encore inscrit : il n’y a rien à vérifier." in told
    assert "La chaîne est entière" not in told


def test_a_lie_in_the_journal_is_shown(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    db.session.execute(sa.text("UPDATE audit_event SET actor_name = 'Eve' WHERE details <> '{}'"))
    db.session.commit()
    sign_in(client, owner)

    assert "La chaîne est rompue au n° 1" in client.get("/acme/journal/verification").text.replace(
        "\xa0", " "
    )


def test_whoever_has_the_json_verifies_it_without_the_portal(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    sign_in(client, owner)
    told = json.loads(client.get("/acme/journal.json").data)
    previous = bytes(32)
    for event in told["events"]:
        names = ("action", "at", "establishment", "id", "position", "requirement", "subject",
                 "subject_type", "tenant")  # fmt: skip
        header = {name: event[name] for name in names}
        header |= {"actor": event["actor_digest"], "details": event["details_digest"]}
        written = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = sha256(previous + written.encode()).digest()
        name = json.dumps(event["actor"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)

        assert event["digest"] == previous.hex()
        assert (
            event["actor_digest"]
            == sha256(bytes.fromhex(event["actor_salt"]) + name.encode()).hexdigest()
        )

    assert told["head"] == {"position": 5, "digest": previous.hex()}


def test_what_is_erased_is_said_to_be(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    audit.erase_actor(owner.user_id)
    db.session.commit()
    sign_in(client, owner)

    assert all("(effacé)" in row for row in _rows(client))
    assert "Owner of acme" not in str(_csv(client))


def test_an_erasure_that_a_deed_tells_of_is_told_as_one(
    client: FlaskClient, owner: Actor, places: list[uuid.UUID]
) -> None:
    audit.erase(owner.user_id, about=[])
    db.session.commit()
    sign_in(client, owner)
    told = client.get("/acme/journal/verification").text

    assert "5 faits ne disent plus tout" in told
    assert "quelqu’un a fermé son compte" in told
    assert "sans qu’aucun fait" not in told
