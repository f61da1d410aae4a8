"""A file on its way into the fleet: taken in, applied once, all or nothing."""

import csv
import gzip
import io
import json
import time

import pytest
from sqlalchemy import func, select

from portal.fleet import import_queries, importing
from portal.fleet.importer.records import FileReason
from portal.fleet.importer.words import file_refused
from portal.fleet.models import Establishment, ImportRun, ImportState
from portal.kit import clock, storage
from portal.kit.errors import Conflict, NotFound, Refused
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.fleet.importer.samples import EHPAD, IME, etalab_line
from tests.fleet.runs import TODAY, applied, counted, extract, one, previewed, table, taken_in


def test_the_report_names_each_refused_line_with_its_reason(owner: Actor) -> None:
    run = previewed(owner, table([f"{EHPAD};EHPAD;V", "2,601E+08;IME;H", f"{IME};=1+1;H"]))

    report = storage.current().read(run.report_key or "").decode("utf-8-sig")
    lines = report.splitlines()
    assert lines[2].startswith("3;")
    assert "2,601E+08" in lines[2]
    assert ";'=1+1;" in lines[3]


def test_a_file_cut_in_its_midst_is_refused_whole_with_nothing_written(owner: Actor) -> None:
    body = b'{"informationsGeneralesPMEJ": {}, "ege": [%s]}'
    place = b'{"informationsGeneralesEGE": {"numFinessEge": "%s", "nomEgeCourt": "X"}}'
    good = body % (place % EHPAD.encode())
    data = b'{"pmej": [' + b",".join([good] * 3) + b", {"

    run = previewed(owner, data)

    assert (run.state, run.error) == (ImportState.REFUSED, "json_cut")
    assert run.error_values == {"rank": "3"}


def test_what_breaks_while_being_written_leaves_no_half_fleet(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = extract(*[etalab_line(f"01000{rank:04d}") for rank in range(1200)])
    run_id = previewed(owner, data).id
    importing.confirm(owner, run_id=run_id, at=clock.now())
    run = import_queries.run(run_id)
    key, size = run.file_key, run.file_size
    storage.current().delete(key)
    broken = b'{"pmej": [' + b'{"ege": [{"informationsGeneralesEGE": {"numFinessEge": "%s",' % (
        EHPAD.encode()
    )
    storage.current().put(key, broken.ljust(size), limit=size)

    importing.apply(run_id, today=TODAY, at=clock.now())

    db.session.expire_all()
    assert import_queries.run(run_id).state is ImportState.REFUSED
    assert db.session.scalar(select(func.count()).select_from(Establishment)) == 0


def test_a_file_that_is_no_list_is_refused_at_once_and_kept_nowhere(owner: Actor) -> None:
    with pytest.raises(importing.FileTurnedAway) as refused:
        taken_in(owner, b"%PDF-1.7 ...")

    assert refused.value.field == "file"
    assert db.session.scalar(select(func.count()).select_from(ImportRun)) == 0


def test_a_list_without_numbers_is_refused_at_once(owner: Actor) -> None:
    with pytest.raises(importing.FileTurnedAway) as refused:
        taken_in(owner, extract(etalab_line()), listed="bonjour")

    assert refused.value.field == "finess_list"


def test_an_import_is_confirmed_once(owner: Actor) -> None:
    run_id = previewed(owner, extract(etalab_line())).id
    importing.confirm(owner, run_id=run_id, at=clock.now())

    with pytest.raises(importing.NotPreviewed):
        importing.confirm(owner, run_id=run_id, at=clock.now())


def test_two_imports_are_never_written_at_once(owner: Actor) -> None:
    first = previewed(owner, extract(etalab_line())).id
    second = previewed(owner, extract(etalab_line(IME))).id
    importing.confirm(owner, run_id=first, at=clock.now())

    with pytest.raises(Conflict):
        importing.confirm(owner, run_id=second, at=clock.now())

    assert import_queries.run(second).state is ImportState.PREVIEWED


def test_a_job_run_twice_writes_once(owner: Actor) -> None:
    run = applied(owner, extract(etalab_line()))

    importing.apply(run.id, today=TODAY, at=clock.now())

    assert counted(import_queries.run(run.id)) == {"created": 1}


def test_a_cancelled_import_is_never_applied(owner: Actor) -> None:
    run_id = previewed(owner, extract(etalab_line())).id

    importing.cancel(owner, run_id=run_id)

    with pytest.raises(importing.NotPreviewed):
        importing.confirm(owner, run_id=run_id, at=clock.now())


def test_the_file_of_an_import_that_is_over_is_forgotten(owner: Actor) -> None:
    first = applied(owner, extract(etalab_line()))
    key = first.file_key

    taken_in(owner, extract(etalab_line()))

    with pytest.raises(NotFound):
        storage.current().size(key)


def test_another_tenant_s_fleet_is_neither_seen_nor_touched(owner: Actor, stranger: Actor) -> None:
    applied(owner, extract(etalab_line()))
    db.session.commit()
    db.session.remove()

    with tenant_scope(stranger.tenant_id):
        run = applied(stranger, extract(etalab_line(name="CHEZ GLOBEX")))
        assert counted(run) == {"created": 1}
        assert one().name == "CHEZ GLOBEX"
        db.session.commit()
        db.session.remove()
    assert one().name == "EHPAD LES TILLEULS"


def test_a_large_file_is_written_whole(owner: Actor) -> None:
    lines = [etalab_line(f"01{rank:07d}", f"EHPAD {rank}") for rank in range(1, 1301)]

    run = applied(owner, extract(*lines))

    assert run.counts["created"] == 1300
    assert db.session.scalar(select(func.count()).select_from(Establishment)) == 1300


def _report(run: ImportRun) -> list[list[str]]:
    text = storage.current().read(run.report_key or "").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))[1:]


def test_a_preview_reports_what_would_be_done_and_the_import_what_was(owner: Actor) -> None:
    first = table([f"{EHPAD};EHPAD;V", f"{IME};IME;H"])
    second = table([f"{EHPAD};EHPAD;V", f"{IME};IME DU HAUT;H", "970200044;SSIAD;V"])

    outcomes = [
        [line[2] for line in _report(run)]
        for run in (
            previewed(owner, first),
            applied(owner, first),
            previewed(owner, second),
            applied(owner, second),
        )
    ]

    assert outcomes == [
        ["à créer", "à créer"],
        ["créés", "créés"],
        ["inchangés", "à modifier", "à créer"],
        ["inchangés", "modifiés", "créés"],
    ]


def test_a_small_archive_of_endless_blank_lines_is_told_and_holds_nobody_up(owner: Actor) -> None:
    data = gzip.compress(b"finess;nom\n" + b"\n" * 6_000_000)
    started = time.monotonic()

    run_id = taken_in(owner, data)
    waited = time.monotonic() - started
    importing.preview(run_id, today=TODAY)
    run = import_queries.run(run_id)

    assert waited < 4
    assert (run.state, run.error) == (ImportState.REFUSED, "too_many_lines")
    assert file_refused(FileReason(run.error or ""), run.error_values)


def test_what_lies_beyond_the_beginning_is_left_to_the_preview(owner: Actor) -> None:
    row = f"{EHPAD};EHPAD;V\n".encode()
    data = b"finess;nom;ville\n" + b"\n" * 1_000_001 + row

    run = previewed(owner, data)

    assert counted(run) == {"created": 1}


def test_what_no_database_can_hold_is_left_out_wherever_a_flow_writes_it(owner: Actor) -> None:
    """JSON may write NUL in any of its texts; PostgreSQL takes it in none, nor in what it keeps."""
    said = {
        "numFinessEge": EHPAD,
        "nomEgeCourt": "EHPAD\0 A",
        "siret": "1\0",
        "dateOuverture": "\0",
    }
    place = {
        "informationsGeneralesEGE": said,
        "categorieentiteGeographiqueExercice": "5\x0000",
        "contact": [{"telecom": {"telephone": "04\0"}}],
        "adresse": [{"ligneQuatre": "1\0 RUE", "ligneAcheminement": "VAL\0", "codePostal": "01\0"}],
    }
    nameless = {"informationsGeneralesEGE": {"numFinessEge": "01\x000000"}}
    body = {"numFinessPm": "\0", "denominationPm": "ASSO\0", "siren": "\0"}
    flow = {"pmej": [{"informationsGeneralesPMEJ": body, "ege": [place, nameless]}]}

    run = applied(owner, json.dumps(flow).encode())

    assert (run.state, counted(run)) == (
        ImportState.APPLIED,
        {"created": 1, "refused": 1, "warned": 1},
    )
    assert (one().name, one().category_code) == ("EHPAD A", "5 00")


def test_a_list_that_is_no_text_past_its_beginning_is_refused_in_words(owner: Actor) -> None:
    numbers = f"{EHPAD}\n".encode() * 10_000

    with pytest.raises(Refused) as told:
        importing.list_text(numbers + b"\0" + numbers)

    assert told.value.field == "list_file"
    assert importing.list_text(numbers)
