"""The fleet's establishments that the country's file does not name: told, and left as they are."""

import csv
import io

import pytest

from portal.fleet import import_pass, importing
from portal.fleet.models import Establishment, ImportRun
from portal.kit import clock, progress, storage
from portal.kit.errors import NotFound
from tenants.access import Actor
from tenants.db import db
from tests.fleet.importer.samples import EHPAD, IME, etalab_line
from tests.fleet.runs import TODAY, applied, counted, extract, one, previewed, table

SSIAD = "970200044"


def test_the_country_s_file_tells_which_of_the_fleet_it_lacks_and_closes_none(owner: Actor) -> None:
    applied(owner, table([f"{EHPAD};EHPAD;Valbrume", f"{IME};IME;Hauteville"]))

    run = applied(owner, extract(etalab_line()), listed=EHPAD)

    assert run.counts["missing"] == 1
    line = next(line for line in run.sample if line["kind"] == "missing")
    assert (line["finess"], line["name"], line["city"]) == (IME, "IME", "Hauteville")
    assert (one(IME).closed_on, one(IME).version) == (None, 1)


def test_the_report_names_them_all(owner: Actor) -> None:
    names = [f"02{rank:07d};EHPAD {rank};Valbrume" for rank in range(600)]
    applied(owner, table(names))

    run = previewed(owner, extract(etalab_line()), listed=EHPAD)

    absent = [line for line in _report(run) if line[2] == "absents du fichier"]
    assert [line[4] for line in absent] == [f"EHPAD {rank}" for rank in range(600)]
    assert {(line[0], line[1]) for line in absent} == {("", "parc")}


def test_a_part_of_the_fleet_is_not_taken_for_the_country(owner: Actor) -> None:
    applied(owner, table([f"{EHPAD};EHPAD;Valbrume", f"{IME};IME;Hauteville"]))

    run = previewed(owner, table([f"{EHPAD};EHPAD;Valbrume"]))

    assert counted(run) == {"unchanged": 1}


def test_a_whole_file_as_long_as_the_country_is_taken_for_it(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(owner, table([f"{EHPAD};EHPAD;Valbrume", f"{IME};IME;Hauteville"]))
    monkeypatch.setattr(import_pass, "NATIONAL", 1)

    run = previewed(owner, table([f"{EHPAD};EHPAD;Valbrume"]))

    assert counted(run) == {"unchanged": 1, "missing": 1}


def test_the_archived_the_closed_and_the_numberless_are_not_missed(owner: Actor) -> None:
    applied(owner, table([f"{IME};IME;H", f"{SSIAD};SSIAD;V"]))
    one(IME).archived_at = clock.now()
    one(SSIAD).closed_on = TODAY
    db.session.add(Establishment(name="Sans numéro", search="sans numero"))
    db.session.flush()

    run = previewed(owner, extract(etalab_line()), listed=EHPAD)

    assert counted(run) == {"created": 1}


def test_a_number_on_a_refused_line_is_not_missed(owner: Actor) -> None:
    applied(owner, table([f"{IME};IME;H"]))

    run = previewed(owner, table([f"{EHPAD};EHPAD;V", f"{IME};;H"]), listed=EHPAD)

    assert run.counts["missing"] == 0


def test_progress_is_told_while_lines_that_concern_nobody_go_by(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(progress, "report", lambda *values: told.append(values[-1]))
    lines = [etalab_line(f"01{rank:07d}") for rank in range(4500)]

    previewed(owner, extract(*lines), listed=IME)

    assert told[:2] == [2000, 4000]
    assert told[-1] == 4500


def test_the_report_of_the_import_replaces_that_of_its_preview(owner: Actor) -> None:
    run = previewed(owner, extract(etalab_line()))
    run_id, key = run.id, run.report_key
    assert key

    importing.confirm(owner, run_id=run_id, at=clock.now())
    importing.apply(run_id, today=clock.today(), at=clock.now())

    db.session.expire_all()
    assert _report(run)
    assert run.report_key != key
    with pytest.raises(NotFound):
        storage.current().size(key)


def _report(run: ImportRun) -> list[list[str]]:
    text = storage.current().read(run.report_key or "").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))[1:]
