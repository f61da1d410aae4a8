"""Many files at once: each its own outcome, none twice, then linked together and unlinked again."""

import io
import uuid
from collections.abc import Sequence
from datetime import timedelta
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
from tests import away, make
from tests.conftest import sign_in
from tests.evidence import examined, proofs
from tests.evidence.test_deposit import SHELF, stored
from tests.vault import samples

Files = Sequence[tuple[bytes, str]]
WORD = "un-mot-du-navigateur"


def send(client: FlaskClient, files: Files, path: str = "", **typed: Any) -> TestResponse:
    data = {"files": [(io.BytesIO(content), name) for content, name in files], **typed}
    return client.post(f"{SHELF}/plusieurs{path}", data=data, content_type="multipart/form-data")


def on_record() -> dict[str, Evidence]:
    db.session.rollback()
    found = {one.file_name or "": one for one in db.session.scalars(sa.select(Evidence))}
    db.session.expunge_all()
    db.session.rollback()
    return found


def links() -> list[str]:
    rows = db.session.scalars(
        sa.select(EvidenceLink.requirement_code).order_by(EvidenceLink.requirement_code)
    ).all()
    db.session.rollback()
    return list(rows)


def outcomes(page: TestResponse) -> list[str]:
    lines = BeautifulSoup(page.text, "html.parser").select("li.outcome")
    return [" ".join(line.get_text().split()) for line in lines if not line.find("progress")]


def test_each_file_has_its_own_outcome_and_none_harms_another(
    at_work: FlaskClient, app: Flask
) -> None:
    before = stored(app)
    page = send(
        at_work,
        [
            (samples.PDF, "essai.pdf"),
            (b"MZ\x90", "piege.pdf"),
            (samples.PNG, "capture.png"),
            (b"", "vide.txt"),
        ],
    )

    told = outcomes(page)
    assert page.status_code == 200
    assert sorted(on_record()) == ["capture.png", "essai.pdf"]
    assert stored(app) == before + 2
    names = ["essai.pdf", "piege.pdf", "capture.png", "vide.txt"]
    assert [line.split(" ")[0] for line in told] == names
    assert ["refusé" in line for line in told] == [False, True, False, True]
    assert "contenu" in told[1]


def test_a_proof_so_deposited_serves_nothing_yet_and_is_called_by_its_file(
    at_work: FlaskClient,
) -> None:
    page = send(at_work, [(samples.PDF, "Essai de mai.pdf")])
    examined.all_files()
    found = on_record()["Essai de mai.pdf"]

    assert (page.status_code, found.title, found.state) == (200, "Essai de mai", State.READY)
    assert found.valid_until == clock.today() + timedelta(days=365)
    assert links() == []
    assert "aucune exigence" in at_work.get(SHELF).text


def test_one_file_sent_twice_under_one_word_is_kept_once(at_work: FlaskClient, app: Flask) -> None:
    before = stored(app)
    first = send(at_work, [(samples.PDF, "essai.pdf")], "/un", once=WORD)
    again = send(at_work, [(samples.PDF, "essai.pdf")], "/un", once=WORD)

    assert (first.status_code, again.status_code) == (200, 200)
    assert outcomes(first) == outcomes(again)
    assert (len(on_record()), stored(app)) == (1, before + 1)


def test_a_form_sent_twice_keeps_each_file_once(at_work: FlaskClient) -> None:
    files = [(samples.PDF, "a.pdf"), (samples.PNG, "b.png")]
    for _ in range(2):
        send(at_work, files, once=WORD)

    assert sorted(on_record()) == ["a.pdf", "b.png"]


def test_a_word_is_one_s_own(at_work: FlaskClient, technician: Actor) -> None:
    send(at_work, [(samples.PDF, "a.pdf")], "/un", once=WORD)
    sign_in(at_work, technician)
    send(at_work, [(samples.PDF, "b.pdf")], "/un", once=WORD)

    assert sorted(on_record()) == ["a.pdf", "b.pdf"]


@pytest.mark.parametrize("word", ["", "court", "x" * 65, "../../../../etc/passwd", "é" * 20])
def test_a_word_of_no_use_is_no_word(at_work: FlaskClient, word: str) -> None:
    for _ in range(2):
        assert send(at_work, [(b"texte", "a.txt")], "/un", once=word).status_code == 200

    count = db.session.scalar(sa.select(sa.func.count()).select_from(Evidence))
    db.session.rollback()
    assert count == 2


def test_the_answer_to_one_file_is_its_line_alone(at_work: FlaskClient) -> None:
    kept = send(at_work, [(samples.PDF, "essai.pdf")], "/un")
    refused = send(at_work, [(b"<html>", "essai.pdf")], "/un")
    nothing = send(at_work, [], "/un")

    assert kept.text.lstrip().startswith("<li")
    assert "hx-get" in kept.text
    assert [answer.status_code for answer in (kept, refused, nothing)] == [200, 422, 422]
    assert "refusé" in refused.text


def test_a_line_tells_how_the_examination_ended(at_work: FlaskClient) -> None:
    send(
        at_work,
        [(samples.PDF, "a.pdf"), (b"a\0", "b.txt"), (b"x;185057800608491\n", "c.csv")],
    )
    examined.all_files()
    lines = {
        name: at_work.get(f"{SHELF}/{one.id}/issue", headers={"HX-Request": "true"}).text
        for name, one in on_record().items()
    }

    assert "déposé" in lines["a.pdf"]
    assert "hx-get" not in "".join(lines.values())
    assert "UTF-8" in lines["b.txt"]
    assert 'name="ids"' not in lines["b.txt"]
    assert "le relire et confirmer" in lines["c.csv"]


def test_nothing_chosen_and_too_many_are_said(at_work: FlaskClient) -> None:
    nothing = send(at_work, [])
    many = send(at_work, [(b"a", f"{n}.txt") for n in range(101)])

    assert (nothing.status_code, many.status_code, on_record()) == (422, 422, {})
    assert "au moins un fichier" in nothing.text
    assert "Au plus 100 fichiers" in many.text


def test_impossible_dates_are_refused_before_a_file_is_kept(
    at_work: FlaskClient, app: Flask
) -> None:
    before = stored(app)
    page = send(at_work, [(samples.PDF, "a.pdf")], "/un", valid_until="9999-01-01")

    assert (page.status_code, stored(app), on_record()) == (422, before, {})


def test_a_director_deposits_nothing(at_work: FlaskClient) -> None:
    home = make.establishment()
    sign_in(at_work, make.member(Role.DIRECTOR, establishments=[home]))

    assert send(at_work, [(samples.PDF, "a.pdf")]).status_code == 403
    assert at_work.get(f"{SHELF}/plusieurs").status_code == 403


def link(client: FlaskClient, ids: Sequence[object], **typed: Any) -> TestResponse:
    data = {"ids": ids, "step": "apply", "codes": ["SAUV-04", "SAUV-05"], **typed}
    return client.post(f"{SHELF}/lier", data=data)


def test_many_are_linked_at_once_and_unlinked_by_one_undo(at_work: FlaskClient) -> None:
    send(at_work, [(samples.PDF, "a.pdf"), (samples.PNG, "b.png")])
    examined.all_files()
    before = {name: one.valid_until for name, one in on_record().items()}
    answer = link(at_work, [one.id for one in on_record().values()])
    linked, ends = links(), {one.valid_until for one in on_record().values()}
    shelf = at_work.get(SHELF)
    undo = BeautifulSoup(shelf.text, "html.parser").select_one("form[action*='/lots/']")
    assert undo is not None
    undone = at_work.post(str(undo["action"]))

    assert (answer.status_code, linked) == (303, ["SAUV-04"] * 2 + ["SAUV-05"] * 2)
    assert ends != set(before.values())
    assert "2 preuves sont liées" in shelf.text
    assert (undone.status_code, links()) == (303, [])
    assert {name: one.valid_until for name, one in on_record().items()} == before
    assert at_work.post(str(undo["action"])).status_code == 409


def test_undone_it_leaves_the_end_that_somebody_gave_since(at_work: FlaskClient) -> None:
    send(at_work, [(samples.PDF, "a.pdf"), (samples.PNG, "b.png")])
    examined.all_files()
    ids = {name: found.id for name, found in on_record().items()}
    before = on_record()["b.png"].valid_until
    page = link(at_work, list(ids.values()))
    undo = BeautifulSoup(at_work.get(page.location).text, "html.parser").select_one(
        "form[action*='/lots/']"
    )
    assert undo is not None
    later = clock.today() + timedelta(500)
    db.session.execute(
        sa.update(Evidence).where(Evidence.id == ids["a.pdf"]).values(valid_until=later)
    )
    db.session.commit()

    assert at_work.post(str(undo["action"])).status_code == 303

    ends = {name: found.valid_until for name, found in on_record().items()}
    assert (links(), ends) == ([], {"a.pdf": later, "b.png": before})


def test_what_serves_something_keeps_its_end(at_work: FlaskClient, owner: Actor) -> None:
    end = clock.today() + timedelta(40)
    first = proofs.note(owner, "SAUV-04", valid_until=end, today=clock.today())
    link(at_work, [first], codes=["SAUV-05"], valid_until="")
    found = db.session.get(Evidence, (owner.tenant_id, first))

    assert found is not None
    assert (found.valid_until, links()) == (end, ["SAUV-04", "SAUV-05"])
    db.session.rollback()


def test_the_choice_is_shown_kept_and_refused_without_a_requirement(
    at_work: FlaskClient, owner: Actor
) -> None:
    first = proofs.note(owner, title="Rapport de mars", today=clock.today())
    shown = at_work.post(f"{SHELF}/lier", data={"ids": [first]})
    bare = link(at_work, [first], codes=[])
    nobody = at_work.post(f"{SHELF}/lier", data={})

    assert (shown.status_code, "Rapport de mars" in shown.text) == (200, True)
    assert (bare.status_code, "Choisissez au moins une exigence" in bare.text) == (422, True)
    assert (nobody.status_code, links()) == (303, ["SAUV-04"])


def test_a_foreign_proof_is_an_unknown_one_and_nothing_is_linked(
    at_work: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    mine = proofs.note(owner, today=clock.today())
    with tenant_scope(stranger.tenant_id):
        db.session.rollback()
        theirs = proofs.note(stranger, today=clock.today())
        db.session.rollback()
    answers = [link(at_work, [mine, other]) for other in (theirs, uuid.UUID(int=7))]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert links() == ["SAUV-04"]


def test_what_could_not_be_kept_is_not_called_refused_and_is_sent_again(
    at_work: FlaskClient, app: Flask
) -> None:
    one = [(samples.PDF, "essai.pdf")]
    with away.shut(app):
        lost = send(at_work, one, "/un", once=WORD)
        together = send(at_work, [*one, (b"MZ\x90", "piege.pdf")])
    again = send(at_work, one, "/un", once=WORD)

    assert (lost.status_code, outcomes(together)[0]) == (503, outcomes(lost)[0])
    assert "pas gardé" in outcomes(lost)[0]
    assert "répond et refuse" in outcomes(lost)[0]
    assert "refusé" in outcomes(together)[1]
    assert again.status_code == 200
    assert list(on_record()) == ["essai.pdf"]
