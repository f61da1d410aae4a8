"""What becomes of a deposited file: examined, held, refused; what it proves meanwhile: nothing."""

import io
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.audit import verification
from portal.evidence import pipeline, queries
from portal.evidence.models import State
from portal.kit import clock, storage
from portal.kit.outbox import Outbox
from portal.vault import service
from portal.vault.checks.verdict import Reason
from portal.vault.clamd import Scanner
from portal.vault.models import TenantKey
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.attestations import scene
from tests.conftest import sign_in
from tests.evidence import examined
from tests.evidence.test_deposit import SHELF, deposit, kept, stored
from tests.vault import clamd_daemon, clamd_server, samples

real = clamd_daemon.real

NUMBER = b"nom;nir\nX;185057800608491\n"


def events() -> list[str]:
    rows = db.session.execute(
        sa.text("SELECT action FROM audit_event WHERE subject_type = 'evidence' ORDER BY id")
    )
    found = [row[0] for row in rows]
    db.session.rollback()
    return found


def test_a_file_waits_for_its_examination_and_nobody_opens_it(at_work: FlaskClient) -> None:
    page = deposit(at_work, samples.PDF, "essai.pdf", follow_redirects=True)
    found = kept()

    assert found.state is State.QUARANTINE
    assert at_work.get(f"{SHELF}/{found.id}/fichier").status_code == 404
    assert "En attente d’analyse" in at_work.get(f"{SHELF}/{found.id}").text
    assert page.status_code == 303
    assert events() == ["evidence.added"]


def test_what_passes_is_ready_once_and_said_once(at_work: FlaskClient) -> None:
    deposit(at_work, samples.PDF, "essai.pdf")

    assert (examined.all_files(), examined.all_files()) == (1, 0)
    assert kept().state is State.READY
    assert events() == ["evidence.added", "evidence.accepted"]


def test_a_sealed_attestation_is_taken_with_the_data_that_it_carries(
    at_work: FlaskClient, owner: Actor
) -> None:
    (made,) = scene.made(owner, scene.client(make.offering(carries=[scene.CODE])))
    document = storage.current().read(scene.one(made).pdf_key or "")
    deposit(at_work, document, "attestation.pdf")
    examined.all_files()
    found = kept()

    page = at_work.get(f"{SHELF}/{found.id}").text

    assert (found.state, len(found.attached)) == (State.READY, 2)
    assert all(name in page for name in found.attached)


def test_what_is_hostile_is_refused_in_words_and_nothing_of_it_stays(
    at_work: FlaskClient, app: Flask
) -> None:
    before = stored(app)
    deposit(
        at_work, samples.zipped({**samples.docx_parts(), "word/vbaProject.bin": b"x"}), "a.docx"
    )
    examined.all_files()
    found = kept()

    assert (found.state, found.reason) == (State.REJECTED, "office_macro")
    assert stored(app) == before
    assert "contient des macros" in at_work.get(f"{SHELF}/{found.id}").text
    assert at_work.get(f"{SHELF}/{found.id}/fichier").status_code == 404


def test_an_image_is_kept_as_it_was_written_anew(at_work: FlaskClient, app: Flask) -> None:
    before = stored(app)
    taken = samples.image("JPEG", comment=b"secret")
    deposit(at_work, taken, "photo.jpg")
    examined.all_files()

    back = at_work.get(f"{SHELF}/{kept().id}/fichier", follow_redirects=True).data
    assert b"secret" not in back
    assert (len(back), stored(app)) == (kept().file_size, before + 1)


def test_a_file_only_proves_once_it_is_ready(at_work: FlaskClient, owner: Actor) -> None:
    home = make.establishment()
    make.contract(home, make.offering())
    deposit(at_work, samples.PDF, "essai.pdf")

    def proofs() -> dict[str, Any]:
        found = queries.proofs_of(home, edition_id=make.EDITION, today=clock.today())
        db.session.rollback()
        return dict(found)

    before = proofs()
    examined.all_files()

    assert (before, list(proofs())) == ({}, ["SAUV-04"])


def test_the_next_file_takes_over_only_once_it_is_ready(at_work: FlaskClient) -> None:
    deposit(at_work, samples.PDF, "essai.pdf")
    examined.all_files()
    first = kept().id
    data = {"file": (io.BytesIO(b"MZ" * 9), "essai.txt")}
    refused = at_work.post(f"{SHELF}/{first}/remplacer", data=data)
    data = {"file": (io.BytesIO(b"essai\0"), "essai.txt")}
    at_work.post(f"{SHELF}/{first}/remplacer", data=data)

    examined.all_files()

    shelf = at_work.get(SHELF).text
    assert refused.status_code == 422
    assert f"{SHELF}/{first}" in shelf
    assert shelf.count("data-row") == 1


def test_a_resident_s_number_holds_the_file_until_its_owner_vouches(
    at_work: FlaskClient, owner: Actor
) -> None:
    deposit(at_work, NUMBER, "liste.csv")
    examined.all_files()
    found = kept()
    page = at_work.get(f"{SHELF}/{found.id}").text
    opened = at_work.get(f"{SHELF}/{found.id}/fichier").status_code
    unsure = at_work.post(f"{SHELF}/{found.id}/confirmer")
    still = kept().state
    sure = at_work.post(f"{SHELF}/{found.id}/confirmer", data={"sure": "1"})

    assert (found.state, found.hints, opened) == (State.HELD, ["185 … 91"], 404)
    assert "185 … 91" in page
    assert (unsure.status_code, still) == (303, State.HELD)
    assert (sure.status_code, kept().state) == (303, State.READY)
    assert events() == ["evidence.added", "evidence.held", "evidence.vouched"]


def test_nobody_else_vouches_for_it(at_work: FlaskClient, technician: Actor) -> None:
    deposit(at_work, NUMBER, "liste.csv")
    examined.all_files()
    sign_in(at_work, technician)

    answer = at_work.post(f"{SHELF}/{kept().id}/confirmer", data={"sure": "1"})

    assert (answer.status_code, kept().state) == (404, State.HELD)


def test_what_waits_or_is_refused_is_not_there_for_a_director(at_work: FlaskClient) -> None:
    hers = make.establishment()
    make.contract(hers, make.offering())
    deposit(at_work, NUMBER, "liste.csv", level="establishment", establishments=[hers])
    examined.all_files()
    sign_in(at_work, make.member(Role.DIRECTOR, establishments=[hers]))

    assert at_work.get(f"{SHELF}/{kept().id}").status_code == 404


def test_a_link_is_good_for_one_person_one_file_and_one_minute(
    at_work: FlaskClient, technician: Actor
) -> None:
    deposit(at_work, samples.PDF, "essai.pdf")
    examined.all_files()
    asked = at_work.get(f"{SHELF}/{kept().id}/fichier")
    address = asked.headers["Location"]
    mine = at_work.get(address).status_code
    other = re.sub(r"[0-9a-f-]{36}", str(uuid.UUID(int=7)), address)
    with time_machine.travel(clock.now().timestamp() + 62):
        late = at_work.get(address).status_code
    sign_in(at_work, technician)
    theirs = at_work.get(address).status_code

    assert (asked.status_code, mine) == (303, 200)
    assert (at_work.get(other).status_code, at_work.get(address + "x").status_code) == (404, 404)
    assert (late, theirs) == (404, 404)


def test_the_storage_tells_nothing_without_the_key(at_work: FlaskClient, app: Flask) -> None:
    deposit(at_work, b"un secret d'essai", "essai.txt")

    raw = storage.Storage.read(app.extensions["storage"], kept().file_key or "")

    assert b"secret" not in raw
    assert str(kept().id) not in (kept().file_key or "")


def test_a_destroyed_key_leaves_files_unreadable_and_the_journal_whole(
    at_work: FlaskClient, owner: Actor
) -> None:
    deposit(at_work, samples.PDF, "essai.pdf")
    examined.all_files()
    address = at_work.get(f"{SHELF}/{kept().id}/fichier").headers["Location"]

    assert service.destroy(owner, at=clock.now()) == 1
    db.session.commit()

    assert at_work.get(address).status_code == 410
    assert verification.verify().finding is None
    db.session.rollback()
    deposit(at_work, b"apres", "apres.txt")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TenantKey)) == 2
    db.session.rollback()


@pytest.fixture
def antivirus(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Tell the installation where its antivirus is."""
    plain = app.config["SETTINGS"]

    def named(address: str) -> None:
        monkeypatch.setitem(app.config, "SETTINGS", replace(plain, clamav_url=address))

    return named


def waited_since() -> list[datetime | None]:
    """Of each promise in turn, since when what it needs is away."""
    asked = sa.select(Outbox.away_since).where(Outbox.kind == pipeline.EXAMINE)
    return list(db.session.scalars(asked.order_by(Outbox.run_at)))


def test_without_an_answer_of_the_antivirus_the_file_goes_on_waiting(
    at_work: FlaskClient, antivirus: Callable[[str], None]
) -> None:
    antivirus("tcp://127.0.0.1:1")
    deposit(at_work, samples.PDF, "essai.pdf")
    examined.each_once()
    found = kept()

    assert (found.state, found.reason) == (State.QUARANTINE, pipeline.SCANNER)
    assert "L’antivirus ne répond pas" in at_work.get(f"{SHELF}/{found.id}").text
    examined.each_once()
    first, second, third = waited_since()
    assert (first, second) == (None, third) != (None, None)  # told as of the first time
    with clamd_server.served() as address:
        antivirus(address)
        examined.each_once()
    assert (kept().state, kept().reason) == (State.READY, None)


def test_what_the_antivirus_finds_is_refused(
    at_work: FlaskClient, antivirus: Callable[[str], None]
) -> None:
    with clamd_server.served() as address:
        antivirus(address)
        deposit(at_work, clamd_server.EICAR, "essai.txt")
        examined.all_files()

    assert (kept().state, kept().reason) == (State.REJECTED, Reason.VIRUS)


if clamd_daemon.CLAMD:

    def test_the_real_antivirus_keeps_what_it_finds_from_everybody(
        at_work: FlaskClient, antivirus: Callable[[str], None], real: Scanner, app: Flask
    ) -> None:
        antivirus(f"unix://{real.path}")
        before = stored(app)
        deposit(at_work, b"un texte, puis " + clamd_server.EICAR, "essai.txt")
        examined.all_files()
        found = kept()

        assert (found.state, found.reason) == (State.REJECTED, Reason.VIRUS)
        assert (stored(app), at_work.get(f"{SHELF}/{found.id}/fichier").status_code) == (
            before,
            404,
        )

    def test_the_real_antivirus_lets_the_rest_pass(
        at_work: FlaskClient, antivirus: Callable[[str], None], real: Scanner
    ) -> None:
        antivirus(f"unix://{real.path}")
        deposit(at_work, samples.DOCX, "note.docx")
        examined.all_files()

        assert kept().state is State.READY
