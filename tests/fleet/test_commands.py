"""`flask fleet import` from a terminal."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from portal.fleet.models import Establishment, ImportRun, ImportState
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.fleet.importer.samples import EHPAD, IME, METADATA, etalab_line, text


def run(app: Flask, *arguments: str) -> Result:
    db.session.remove()
    return app.test_cli_runner().invoke(args=["fleet", "import", *arguments])


def count(owner: Actor) -> int:
    db.session.remove()
    with tenant_scope(owner.tenant_id):
        found = db.session.scalar(select(func.count()).select_from(Establishment))
        db.session.remove()
    return found or 0


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "extract.csv"
    path.write_bytes(text([METADATA, etalab_line(), etalab_line(IME), "structureet;oops"]))
    return path


def test_without_apply_it_says_what_would_be_and_writes_nothing(
    app: Flask, owner: Actor, extract: Path
) -> None:
    result = run(app, "acme", str(extract))

    assert result.exit_code == 0
    assert " : 2\n" in result.stdout
    assert ", 4 : " in result.stdout
    assert count(owner) == 0


def test_with_apply_it_writes_and_remembers_the_import(
    app: Flask, owner: Actor, extract: Path
) -> None:
    result = run(app, "acme", str(extract), "--apply")

    assert result.exit_code == 0
    assert count(owner) == 2
    with tenant_scope(owner.tenant_id):
        remembered = db.session.execute(select(ImportRun)).scalar_one()
    assert remembered.state is ImportState.APPLIED
    assert remembered.counts["refused"] == 1


def test_a_list_picks_the_fleet(app: Flask, owner: Actor, extract: Path, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.txt"
    numbers.write_text(f"{EHPAD}\n970200044\n", encoding="utf-8")

    result = run(app, "acme", str(extract), "--finess-list", str(numbers), "--apply")

    assert result.exit_code == 0
    assert "970200044" in result.stdout
    assert count(owner) == 1


def test_a_report_that_has_no_place_is_told_before_anything_is_written(
    app: Flask, owner: Actor, extract: Path, tmp_path: Path
) -> None:
    there = tmp_path / "nowhere" / "report.csv"

    result = run(app, "acme", str(extract), "--report", str(there), "--apply")

    assert result.exit_code == 2
    assert str(there) in result.stderr
    assert count(owner) == 0


def test_the_report_is_written_where_it_is_asked(
    app: Flask, owner: Actor, extract: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"

    run(app, "acme", str(extract), "--report", str(report))

    assert len(report.read_text(encoding="utf-8-sig").splitlines()) == 4


def test_a_refused_file_ends_with_code_two_and_words(
    app: Flask, owner: Actor, tmp_path: Path
) -> None:
    path = tmp_path / "parc.xlsx"
    path.write_bytes(b"PK\x03\x04....xl/workbook.xml")

    result = run(app, "acme", str(path), "--apply")

    assert result.exit_code == 2
    assert result.stderr
    assert count(owner) == 0


def test_an_unknown_tenant_ends_with_code_one(app: Flask, owner: Actor, extract: Path) -> None:
    result = run(app, "nobody", str(extract))

    assert result.exit_code == 1
    assert "nobody" in result.stderr


def undo(app: Flask, *arguments: str) -> Result:
    db.session.remove()
    return app.test_cli_runner().invoke(args=["fleet", "undo-import", *arguments])


def test_the_last_import_is_taken_back(app: Flask, owner: Actor, extract: Path) -> None:
    run(app, "acme", str(extract), "--apply")

    said = undo(app, "acme")
    before = count(owner)
    done = undo(app, "acme", "--apply")

    assert (said.exit_code, before) == (0, 2)
    assert " : 2\n" in said.stdout
    assert (done.exit_code, count(owner)) == (0, 0)


def test_with_no_import_to_undo_it_says_so(app: Flask, owner: Actor) -> None:
    result = undo(app, "acme", "--apply")

    assert result.exit_code == 1
    assert result.stderr


def test_a_list_without_a_number_is_refused_and_nothing_is_written(
    app: Flask, owner: Actor, extract: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "list.txt"
    empty.write_text("\n", encoding="utf-8")

    result = run(app, "acme", str(extract), "--finess-list", str(empty), "--apply")

    assert result.exit_code == 2
    assert "FINESS" in result.stderr
    assert count(owner) == 0


def test_what_changes_in_a_line_is_told_apart(app: Flask, owner: Actor, tmp_path: Path) -> None:
    file, report = tmp_path / "fleet.csv", tmp_path / "report.csv"
    file.write_text(f"FINESS;Nom;Ville\n{EHPAD};Les Tilleuls;Valbrume\n", encoding="utf-8")
    run(app, "acme", str(file), "--apply")
    file.write_text(f"FINESS;Nom;Ville\n{EHPAD};Les Saules;Montclair\n", encoding="utf-8")

    run(app, "acme", str(file), "--report", str(report))

    told = report.read_text(encoding="utf-8-sig").splitlines()[1].split(";", 6)[6]
    assert told.strip('"').split("; ")[0].endswith("Les Tilleuls → Les Saules")
    assert told.strip('"').split("; ")[1].endswith("Valbrume → Montclair")
