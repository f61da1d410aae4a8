"""The pages that show what a proof will prove, with and without its file."""

import io
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.evidence.models import Evidence, EvidenceLink, State
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.evidence import examined, proofs, unproven
from tests.evidence.test_deposit import SHELF, stored
from tests.evidence.unproven import unlinked
from tests.tracking import scene
from tests.tracking.scene import CODE
from tests.vault import samples

offering, homes = unproven.offering, unproven.homes
UNKNOWN = uuid.UUID(int=7)
#: Asked of the reinforced tier alone.
REINFORCED = "SAUV-05"


def words(page: TestResponse) -> str:
    panel = BeautifulSoup(page.text, "html.parser").select_one("section[aria-labelledby=apercu]")
    assert panel is not None
    return " ".join(panel.get_text(" ").split())


def kept() -> list[Evidence]:
    db.session.rollback()
    found = list(db.session.scalars(sa.select(Evidence).order_by(Evidence.created_at)))
    db.session.expunge_all()
    db.session.rollback()
    return found


def links() -> list[tuple[uuid.UUID, str]]:
    link = EvidenceLink
    rows = db.session.execute(sa.select(link.evidence_id, link.requirement_code)).all()
    db.session.rollback()
    return [(row[0], row[1]) for row in rows]


def typed(page: TestResponse) -> dict[str, Any]:
    """What a browser would send on pressing the confirming button of a preview."""
    form = BeautifulSoup(page.text, "html.parser").select_one("section[aria-labelledby=apercu]")
    assert form is not None
    outer = form.find_parent("form")
    assert outer is not None
    data: dict[str, Any] = {}
    for control in outer.select("input[name], select[name], textarea[name]"):
        kind = control.get("type", "")
        if kind in ("checkbox", "radio") and not control.has_attr("checked"):
            continue
        if control.name == "select":
            chosen = control.select_one("option[selected]")
            value = str(chosen["value"]) if chosen else ""
        elif control.name == "textarea":
            value = control.text
        else:
            value = str(control.get("value", ""))
        if kind != "file":
            data.setdefault(str(control["name"]), []).append(value)
    return {"action": str(outer["action"]), "data": data}


def look(client: FlaskClient, content: bytes, name: str, **said: Any) -> TestResponse:
    data = {"codes": [CODE], "file": (io.BytesIO(content), name), "preview": "1", **said}
    return client.post(f"{SHELF}/nouvelle", data=data, content_type="multipart/form-data")


def test_where_a_requirement_does_not_apply_is_told_and_no_whole_fleet_promised(
    at_work: FlaskClient, homes: list[uuid.UUID]
) -> None:
    data = {"codes": [REINFORCED], "title": "Essai", "body": "Vu.", "preview": "1"}
    told = words(at_work.post(f"{SHELF}/nouvelle", data=data))

    assert "l’exigence ne s’applique pas chez 4" in told
    assert "nulle part" not in told


def test_a_note_is_shown_what_it_will_prove_and_stays_typed_in(
    at_work: FlaskClient, homes: list[uuid.UUID]
) -> None:
    data = {"codes": [CODE], "title": "Essai de mai", "body": "Vu et fait.", "preview": "1"}
    page = at_work.post(f"{SHELF}/nouvelle", data=data)

    told = words(page)
    assert page.status_code == 200
    assert "Une exigence" in told
    assert "pour 4 établissements" in told
    assert "Les scores de 2 établissements changent" in told
    assert kept() == []
    again = typed(page)
    assert (again["data"]["title"], again["data"]["body"]) == (["Essai de mai"], ["\nVu et fait."])
    done = at_work.post(again["action"], data=again["data"])
    assert (done.status_code, [one.title for one in kept()]) == (303, ["Essai de mai"])
    assert scene.row(homes[0]).proven


def test_a_file_is_kept_between_the_preview_and_the_confirmation(
    at_work: FlaskClient, homes: list[uuid.UUID]
) -> None:
    """Without a script: all that is sent is what the page says."""
    page = look(at_work, samples.PDF, "Essai.pdf", visibility="provider")
    told = words(page)
    (held,) = kept()
    before = (held.state, held.visibility.value, links(), scene.row(homes[0]).proven)
    confirmed = typed(page)
    done = at_work.post(confirmed["action"], data=confirmed["data"])
    examined.all_files()

    assert "Le fichier est gardé" in told
    assert "Un fichier attend son examen" in told
    assert "Les scores de 2 établissements changent" in told
    assert before == (State.QUARANTINE, "provider", [], False)
    assert done.status_code == 303
    assert links() == [(held.id, CODE)]
    assert [scene.row(home).proven for home in homes] == [True, True, False, False]


def test_a_held_file_is_undone_from_the_message_of_its_link(
    at_work: FlaskClient, homes: list[uuid.UUID]
) -> None:
    confirmed = typed(look(at_work, samples.PDF, "Essai.pdf"))
    page = at_work.post(confirmed["action"], data=confirmed["data"], follow_redirects=True)
    found = BeautifulSoup(page.text, "html.parser").select_one('form[action$="/annuler"]')
    assert found is not None

    at_work.post(str(found["action"]))

    assert (len(kept()), links()) == (1, [])


def test_a_file_looked_at_twice_is_kept_once_with_what_was_typed_last(
    at_work: FlaskClient, app: Flask, homes: list[uuid.UUID]
) -> None:
    before = stored(app)
    until = scene.later(40, clock.today()).isoformat()
    look(at_work, samples.PDF, "Essai.pdf")
    look(at_work, samples.PDF, "Essai.pdf")
    look(at_work, samples.PDF, "Essai.pdf", title="Autre titre", valid_until=until)

    (held,) = kept()
    assert (held.title, held.valid_until.isoformat(), held.version) == ("Autre titre", until, 2)
    assert stored(app) == before + 1


def test_another_file_is_another_proof(at_work: FlaskClient, homes: list[uuid.UUID]) -> None:
    look(at_work, samples.PDF, "Essai.pdf")
    look(at_work, samples.PNG, "Essai.png")

    assert sorted(one.file_name or "" for one in kept()) == ["Essai.pdf", "Essai.png"]


def test_the_validity_typed_beside_a_file_is_the_one_it_gets(
    at_work: FlaskClient, homes: list[uuid.UUID]
) -> None:
    until = scene.later(40, clock.today())
    confirmed = typed(look(at_work, samples.PDF, "Essai.pdf", valid_until=until.isoformat()))
    at_work.post(confirmed["action"], data=confirmed["data"])

    assert kept()[0].valid_until == until


@pytest.mark.parametrize(
    "said",
    [
        {"codes": []},
        {"codes": ["NOPE-99"]},
        {"level": "offering"},
        {"level": "establishment"},
        {"level": "everybody"},
        {"valid_until": "9999-12-31"},
        {"covers_until": "2026-01-01"},
        {"url": "https://exemple.fr/"},
        {"title": "x" * 201},
    ],
)
def test_nonsense_beside_a_file_keeps_nothing_of_it(
    at_work: FlaskClient, app: Flask, homes: list[uuid.UUID], said: dict[str, Any]
) -> None:
    before = stored(app)
    page = look(at_work, samples.PDF, "Essai.pdf", **said)

    assert page.status_code == 422
    assert (kept(), stored(app)) == ([], before)
    assert "apercu" not in page.text


@pytest.mark.parametrize("content", [b"MZ\x90", b"", b"<html>"])
def test_a_file_that_cannot_be_is_refused_at_once(
    at_work: FlaskClient, app: Flask, content: bytes
) -> None:
    before = stored(app)
    page = look(at_work, content, "piege.pdf")

    assert page.status_code == 422
    assert (kept(), stored(app)) == ([], before)


def test_linking_more_is_shown_on_the_page_of_the_proof(
    at_work: FlaskClient, owner: Actor, homes: list[uuid.UUID]
) -> None:
    proof = unlinked(owner)
    page = at_work.post(f"{SHELF}/{proof}/lier", data={"codes": [CODE], "preview": "1"})
    without = links()
    confirmed = typed(page)
    done = at_work.post(confirmed["action"].split("#")[0], data=confirmed["data"])

    assert (page.status_code, done.status_code) == (200, 303)
    assert "un répond pour lui-même" in words(page)
    assert without == [(proof, "PARC-01")]
    assert sorted(code for _, code in links()) == ["PARC-01", CODE]


def test_what_several_proofs_will_prove_is_shown_together(
    at_work: FlaskClient, owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    ids = [str(unlinked(owner)) for _ in range(2)]
    data = {"ids": ids, "step": "apply", "codes": [CODE], "level": "offering", "preview": "1"}
    page = at_work.post(f"{SHELF}/lier", data={**data, "offering": str(offering)})
    before = len(links())
    confirmed = typed(page)
    done = at_work.post(confirmed["action"], data=confirmed["data"])

    assert "pour 3 établissements" in words(page)
    assert (before, done.status_code, len(links())) == (2, 303, 4)


def test_a_foreign_target_of_a_preview_is_an_unknown_one(
    at_work: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    proof = unlinked(owner)
    with tenant_scope(stranger.tenant_id):
        db.session.rollback()
        theirs, place = make.offering(), make.establishment()
        hidden = proofs.note(stranger, today=clock.today())
        db.session.rollback()
    aims = [
        [{"level": "offering", "offering": str(one)} for one in (theirs, UNKNOWN)],
        [{"level": "establishment", "establishments": str(one)} for one in (place, UNKNOWN)],
    ]
    for pair in aims:
        for address in (f"{SHELF}/{proof}/lier", f"{SHELF}/nouvelle"):
            faces = [
                at_work.post(address, data={"codes": [CODE], "body": "Vu.", "title": "T",
                                            "preview": "1", **aim})
                for aim in pair
            ]  # fmt: skip
            assert [face.status_code for face in faces] == [404, 404]
            assert faces[0].data == faces[1].data
    asked = {"codes": [CODE], "preview": "1"}
    faces = [at_work.post(f"{SHELF}/{one}/lier", data=asked) for one in (hidden, UNKNOWN)]
    assert [face.status_code for face in faces] == [404, 404]
    assert faces[0].data == faces[1].data


def test_whoever_may_only_read_proofs_sees_no_preview(
    client: FlaskClient, owner: Actor, homes: list[uuid.UUID]
) -> None:
    proof = unlinked(owner)
    sign_in(client, make.member(Role.DIRECTOR, establishments=[homes[0]]))
    answers = [
        client.post(address, data={"codes": [CODE], "preview": "1"})
        for address in (f"{SHELF}/{proof}/lier", f"{SHELF}/nouvelle", f"{SHELF}/lier")
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_a_file_that_was_withdrawn_or_linked_meanwhile_is_kept_anew(
    at_work: FlaskClient, homes: list[uuid.UUID]
) -> None:
    look(at_work, samples.PDF, "Essai.pdf")
    at_work.post(f"{SHELF}/{kept()[0].id}/retirer")
    confirmed = typed(look(at_work, samples.PDF, "Essai.pdf"))
    at_work.post(confirmed["action"], data=confirmed["data"])
    look(at_work, samples.PDF, "Essai.pdf")

    assert (len(kept()), len(links())) == (3, 1)
