"""A file that looks cut is written only by whoever says so."""

import io
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.fleet import import_queries, importing
from portal.fleet.models import Establishment, ImportState
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests.conftest import sign_in
from tests.fleet.importer.samples import EHPAD, IME, METADATA, etalab_line, text
from tests.fleet.runs import TODAY, counted, previewed
from tests.fleet.test_commands import count, run

CUT = f"finess;nom;ville\n{EHPAD};EHPAD;Valbrume\n{IME};IM".encode()
SAID = "s’arrête au milieu de la ligne 3"


def written() -> int:
    return db.session.scalar(select(func.count()).select_from(Establishment)) or 0


def test_the_preview_counts_where_it_is_cut(owner: Actor) -> None:
    found = previewed(owner, CUT)

    assert counted(found) == {"created": 1, "refused": 1, "cut_at": 3}


def test_only_whoever_knows_writes_it(owner: Actor) -> None:
    run_id = previewed(owner, CUT).id

    with pytest.raises(importing.LooksCut):
        importing.confirm(owner, run_id=run_id, at=clock.now())
    importing.confirm(owner, run_id=run_id, at=clock.now(), despite_cut=True)
    importing.apply(run_id, today=TODAY, at=clock.now())

    assert (import_queries.run(run_id).state, written()) == (ImportState.APPLIED, 1)


def test_a_whole_file_asks_nothing(owner: Actor) -> None:
    run_id = previewed(owner, text(["finess;nom", f"{EHPAD};EHPAD"])).id

    importing.confirm(owner, run_id=run_id, at=clock.now())

    assert import_queries.run(run_id).state is ImportState.APPLYING


def test_the_page_says_it_first_and_wants_a_tick(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    sent = client.post(
        "/acme/parc/import",
        data={"mode": "whole_file", "file": (io.BytesIO(CUT), "parc.csv")},
        content_type="multipart/form-data",
    )
    run_id = import_queries.recent()[0].id
    importing.preview(run_id, today=TODAY)
    db.session.commit()

    page = client.get(sent.location).text
    refused = client.post(f"{sent.location}/appliquer")
    taken = client.post(f"{sent.location}/appliquer", data={"despite_cut": "1"})

    assert SAID in page
    assert page.index(SAID) < page.index("despite_cut")
    assert "Choisir un autre fichier" in page
    assert refused.status_code == 422
    assert 'id="despite_cut-error"' in refused.text
    assert taken.status_code == 303


@pytest.fixture(params=["table", "extract"])
def cut(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "cut.csv"
    whole = text([METADATA, etalab_line(), etalab_line(IME)])[:-120]
    path.write_bytes(CUT if request.param == "table" else whole)
    return path


def test_a_command_refuses_it_and_says_how_to_write_it(app: Flask, owner: Actor, cut: Path) -> None:
    seen = run(app, "acme", str(cut))
    refused = run(app, "acme", str(cut), "--apply")
    before = count(owner)
    taken = run(app, "acme", str(cut), "--apply", "--despite-cut")

    assert (seen.exit_code, refused.exit_code, taken.exit_code) == (0, 2, 0)
    assert SAID in seen.stdout
    assert SAID in refused.stderr
    assert "--despite-cut" in seen.stdout
    assert "--despite-cut" in refused.stderr
    assert SAID in taken.stdout
    assert (before, count(owner)) == (0, 1)


def test_the_report_names_the_line(app: Flask, owner: Actor, cut: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"

    run(app, "acme", str(cut), "--report", str(report))

    assert "Le fichier s’arrête au milieu de cette ligne" in report.read_text("utf-8-sig")
