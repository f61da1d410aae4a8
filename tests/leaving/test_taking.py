"""A record is asked for, packed by the worker and taken away: what is in it, and for whom."""

import json
import re
import uuid

import jsonschema
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.evidence.models import Evidence, Visibility
from portal.kit import clock, storage
from portal.leaving import queries, schemas, service
from portal.leaving.manifest import Manifest
from portal.leaving.models import ArchiveState
from portal.leaving.record import Record
from tenants.context import entered
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.attestations import scene as attested
from tests.conftest import Visit
from tests.leaving import house as houses
from tests.leaving.house import FINESS, PROOF, House, digest, taken, told, worked
from tests.tracking import scene
from tests.tracking.scene import CODE


def deeds() -> list[str]:
    db.session.rollback()
    return list(
        db.session.scalars(
            sa.select(AuditEvent.action)
            .where(AuditEvent.subject_type == "record")
            .order_by(AuditEvent.at, AuditEvent.id)
        )
    )


def test_every_file_of_the_archive_has_its_digest(house: House, visit: Visit) -> None:
    entries = taken(visit(house.director), house.url)

    manifest = Manifest.from_json(entries["manifest.json"])
    lines = entries["SHA256SUMS"].decode().splitlines()
    sums = {line[66:]: line[:64] for line in lines}
    listed = {it.path: (it.size, it.sha256) for it in manifest.files}
    there = {name: (len(it), digest(it)) for name, it in entries.items()}
    assert sums == {name: found[1] for name, found in there.items() if name != "SHA256SUMS"}
    assert listed == {
        name: it for name, it in there.items() if name not in {"manifest.json", "SHA256SUMS"}
    }
    assert [(it.path, it.finess) for it in manifest.records] == [("record.json", FINESS)]


def test_what_is_told_has_the_published_shape(house: House, visit: Visit) -> None:
    houses.said(house)
    entries = taken(visit(house.director), house.url)

    for name, shape in (("record.json", "record-1"), ("manifest.json", "manifest-1")):
        schema = json.loads(entries[f"schema/{shape}.json"])
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(
            told(entries, name)
        )
    assert Record.from_json(entries["record.json"]).to_json() == entries["record.json"]


@pytest.mark.parametrize("name", schemas.SHAPES)
def test_a_published_shape_never_changes(client: FlaskClient, name: str) -> None:
    """What the code reads and writes today is what was published: else it is another format."""
    assert schemas.published(name) == schemas.derived(name)
    answer = client.get(f"/formats/{name}.json")
    assert answer.data == schemas.published(name)
    assert answer.mimetype == "application/schema+json"


def test_everything_that_was_said_is_told(house: House, visit: Visit) -> None:
    houses.said(house)
    (chapter,) = told(taken(visit(house.director), house.url))["chapters"]

    by_code = {it["code"]: it for it in chapter["requirements"]}
    assert len(by_code) == 79
    assert (by_code[CODE]["status"], by_code[CODE]["text"]) == (
        "implemented", f"Chaque nuit, {CODE}.",
    )  # fmt: skip
    assert by_code[CODE]["verdict"]["word"] == "recognised"
    assert by_code[CODE]["history"][-1]["status"] == "implemented"
    assert by_code[CODE]["history"][-1]["text"] == f"Chaque nuit, {CODE}."
    assert [it["points"][0]["code"] for it in chapter["contests"]] == [houses.OTHER_CODE]
    assert [it["level"] for it in chapter["assessments"][0]["answers"]] == [
        number % 5 for number in range(1, 14)
    ]
    assert "Changer l’onduleur" in {it["title"] for it in chapter["actions"]}
    assert chapter["audits"][0]["findings"][0]["words"] == "Un seul essai."
    assert [it["number"] for it in chapter["questions"]] == list(range(1, 14))


def test_its_people_take_what_they_may_see_and_nothing_else(house: House, visit: Visit) -> None:
    """What PostgreSQL shows a director is what the job, that sees all, puts in: whoever asks."""
    with entered(scene.listed(house.director)):
        seen = {str(it) for it in db.session.scalars(sa.select(Evidence.id))}
        db.session.rollback()
    for person in (house.director, house.owner):
        entries = taken(visit(person), house.url)
        (chapter,) = told(entries)["chapters"]
        assert {it["id"] for it in chapter["evidence"]} == seen
        assert not {str(house.secret), str(house.elsewhere)} & seen
        everything = b"".join(entries.values()).decode("utf-8", "replace")
        assert "Contrat de l’éditeur" not in everything
        assert "Note du voisin" not in everything
        assert "Foyer voisin" not in everything


def test_a_proof_s_file_is_there_to_the_byte(house: House, visit: Visit) -> None:
    entries = taken(visit(house.director), house.url)
    (chapter,) = told(entries)["chapters"]

    (proof,) = [it for it in chapter["evidence"] if it["kind"] == "file"]
    assert proof["file"] == f"evidence/{digest(PROOF)}.pdf"
    assert entries[proof["file"]] == PROOF
    assert proof["file_name"] == "Rapport été.pdf"


def test_what_a_house_opens_itself_leaves_with_itself_alone(house: House, visit: Visit) -> None:
    own = houses.filed(house.owner, b"%PDF-1.7 a nous", "Interne.pdf",
                       establishment_ids=[house.place])  # fmt: skip
    db.session.execute(
        sa.update(Evidence)
        .where(Evidence.id == own)
        .values(visibility=Visibility.HOUSE, establishment_id=house.place)
    )
    db.session.commit()
    director, owner = visit(house.director), visit(house.owner)

    hers, theirs = taken(director, house.url), taken(owner, house.url)

    place = f"evidence/{digest(b'%PDF-1.7 a nous')}.pdf"
    assert hers[place] == b"%PDF-1.7 a nous"
    assert place not in theirs
    told_ = {it["id"]: it for it in told(theirs)["chapters"][0]["evidence"]}[str(own)]
    assert (told_["withheld"], told_["by_establishment"], told_["file"]) == (True, True, None)
    assert told_["file_name"] is None
    assert "Interne.pdf" not in "".join(it.decode("latin-1") for it in theirs.values())
    assert "n’a pas pu être joint" not in theirs["index.html"].decode()
    archive = next(it for it in queries.archives(house.place, for_house=True) if it.by_house)
    url = f"/acme/archives/{archive.id}"
    db.session.rollback()
    assert [
        owner.get(url).status_code,
        owner.post(f"{url}.zip", follow_redirects=True).status_code,
    ] == [404, 404]
    assert url not in owner.get(house.url).text
    assert url in director.get(house.url).text


def test_what_a_house_wrote_beside_its_answers_leaves_with_itself_alone(
    house: House, visit: Visit
) -> None:
    """As its file for a spreadsheet has it: its provider is told the levels, and no remark."""
    houses.said(house)

    for person, note, by in ((house.director, "Vu ensemble.", house.director.name),
                             (house.owner, "", "")):  # fmt: skip
        entries = taken(visit(person), house.url)
        (felt,) = told(entries)["chapters"][0]["assessments"]
        assert [it["level"] for it in felt["answers"]] == [it % 5 for it in range(1, 14)]
        assert {(it["note"], it["by"]) for it in felt["answers"]} == {(note, by)}
        everything = b"".join(entries.values()).decode("utf-8", "replace")
        assert ("Vu ensemble." in everything) is bool(note)


def test_a_file_that_changed_in_the_store_is_told_and_left_out(house: House, visit: Visit) -> None:
    row = db.session.get_one(Evidence, (house.owner.tenant_id, house.file))
    key = row.file_key or ""
    db.session.rollback()
    storage.current().delete(key)

    entries = taken(visit(house.director), house.url)

    (chapter,) = told(entries)["chapters"]
    assert [it["file"] for it in chapter["evidence"] if it["kind"] == "file"] == [None]
    assert not [name for name in entries if name.startswith("evidence/")]
    assert "n’a pas pu être joint" in entries["index.html"].decode()


def test_attestations_leave_as_they_were_sealed(house: House, visit: Visit) -> None:
    attested.made(house.owner, house.place)

    entries = taken(visit(house.director), house.url)

    (paper,) = told(entries)["chapters"][0]["attestations"]
    assert digest(entries[paper["file"]]) == paper["sha256"]
    assert entries[paper["file"]].startswith(b"%PDF-")
    assert digest(entries[paper["data"]]) == paper["data_sha256"]


def test_the_page_is_french_and_asks_the_network_for_nothing(house: House, visit: Visit) -> None:
    person = visit(house.owner)
    person.post("/langue", data={"locale": "en"})
    page = taken(person, house.url)["index.html"].decode()

    assert '<html lang="fr">' in page
    assert "Dossier de sécurité" in page
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page)
    assert "<script" not in page


def test_the_journal_of_the_place_goes_along(house: House, visit: Visit) -> None:
    entries = taken(visit(house.director), house.url)

    (name,) = [it for it in entries if it.startswith("journal/")]
    events = told(entries, name)["events"]
    assert {it["establishment"] for it in events} == {str(house.place)}
    assert "requirement.recognised" in {it["action"] for it in events}


def test_each_deed_is_in_the_journal(house: House, visit: Visit) -> None:
    taken(visit(house.director), house.url)
    (archive,) = queries.archives(house.place, for_house=True)
    visit(house.director).post(f"/acme/archives/{archive.id}/supprimer")

    assert deeds() == ["record.asked", "record.packed", "record.fetched", "record.discarded"]


def test_asked_twice_it_is_made_once(house: House, visit: Visit) -> None:
    """Once for the house, and once for its provider: theirs are not the same."""
    first, second, other = (
        visit(it).post(house.url) for it in (house.director, house.director, house.owner)
    )

    assert first.headers["Location"] == second.headers["Location"] != other.headers["Location"]
    assert len(queries.archives(house.place, for_house=True)) == 2


def test_deleted_or_out_of_time_nothing_is_left_in_the_store(house: House, visit: Visit) -> None:
    taken(visit(house.director), house.url)
    (archive,) = queries.archives(house.place, for_house=True)
    archive_id, key, url = archive.id, archive.file_key, f"/acme/archives/{archive.id}"
    assert archive.kept_until == clock.day_of(clock.now() + service.KEPT)
    assert storage.current().size(key) > 0

    worked(service.DISCARD)  # on its last day, which the clock of the test does not wait for

    found = queries.archive(archive_id)
    assert found.state is ArchiveState.GONE
    with pytest.raises(Exception, match="nothing here"):
        storage.current().size(key)
    answer = visit(house.director).post(f"{url}.zip", follow_redirects=True)
    assert answer.status_code == 409
    assert "a été supprimée" in visit(house.director).get(url).text


def test_a_director_s_door_is_her_establishment_s(house: House, visit: Visit) -> None:
    beside = make.member(Role.DIRECTOR, establishments=[house.beside])
    taken(visit(house.director), house.url)
    (archive,) = queries.archives(house.place, for_house=True)
    archive_id = archive.id
    browser = visit(beside)

    for method, path in (
        ("get", f"/archives/{archive_id}"),
        ("post", f"/archives/{archive_id}.zip"),
        ("post", f"/archives/{archive_id}/supprimer"),
        ("get", f"/etablissements/{house.place}/emporter"),
        ("post", f"/etablissements/{house.place}/emporter"),
    ):
        answer = getattr(browser, method)(f"/acme{path}")
        unknown = getattr(browser, method)(
            f"/acme{path.replace(str(archive_id), str(uuid.UUID(int=7)))}"
        )
        assert answer.status_code == unknown.status_code == 404


@pytest.mark.parametrize("role", [Role.MEMBER, Role.TECHNICIAN, Role.BILLING])
def test_others_take_nothing_away(house: House, visit: Visit, role: Role) -> None:
    listed = [house.place] if role is Role.MEMBER else []
    browser = visit(make.member(role, establishments=listed))

    assert browser.get(house.url).status_code == 403
    assert browser.post(house.url).status_code == 403
    assert "Emporter" not in browser.get(f"/acme/etablissements/{house.place}").text
