"""A file on its way into the fleet: previewed without a write, applied once, all or nothing."""

import io
import uuid
from collections.abc import Iterable
from datetime import date

import pytest
from sqlalchemy import func, select

from portal.fleet import import_queries, importing
from portal.fleet.models import (
    Establishment,
    ImportMode,
    ImportRun,
    ImportState,
    ManagingBody,
    Stage,
)
from portal.kit import clock, storage
from portal.kit.errors import Conflict, NotFound
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.fleet.importer.samples import BODY, EHPAD, IME, METADATA, etalab_line, text

TODAY = date(2026, 11, 23)


def taken_in(actor: Actor, data: bytes, *, listed: str | None = None) -> uuid.UUID:
    run = importing.upload(
        actor,
        file=io.BytesIO(data),
        size=len(data),
        file_name="parc.csv",
        mode=ImportMode.WHOLE_FILE if listed is None else ImportMode.LISTED,
        finess_list=listed or "",
        at=clock.now(),
    )
    return run.id


def previewed(actor: Actor, data: bytes, *, listed: str | None = None) -> ImportRun:
    run_id = taken_in(actor, data, listed=listed)
    importing.preview(run_id, today=TODAY)
    db.session.expire_all()
    return import_queries.run(run_id)


def applied(actor: Actor, data: bytes, *, listed: str | None = None) -> ImportRun:
    run_id = previewed(actor, data, listed=listed).id
    importing.confirm(actor, run_id=run_id, at=clock.now())
    importing.apply(run_id, today=TODAY, at=clock.now())
    db.session.expire_all()
    return import_queries.run(run_id)


def counted(run: ImportRun) -> dict[str, int]:
    return {kind: count for kind, count in run.counts.items() if count}


def one(finess: str = EHPAD) -> Establishment:
    return db.session.execute(
        select(Establishment).where(Establishment.finess == finess)
    ).scalar_one()


def extract(*lines: str) -> bytes:
    return text([METADATA, *lines])


def table(lines: Iterable[str], header: str = "finess;nom;ville") -> bytes:
    return text([header, *lines])


def test_a_preview_counts_and_writes_nothing(owner: Actor) -> None:
    run = previewed(owner, extract(etalab_line(), etalab_line(IME, "IME LES SAULES")))

    assert run.state is ImportState.PREVIEWED
    assert counted(run) == {"created": 2}
    assert db.session.scalar(select(func.count()).select_from(Establishment)) == 0


def test_applying_creates_prospects_with_their_managing_body(owner: Actor) -> None:
    run = applied(owner, extract(etalab_line()))

    it = one()
    assert (run.state, counted(run)) == (ImportState.APPLIED, {"created": 1})
    assert (it.name, it.city, it.departement, it.region) == (
        "EHPAD LES TILLEULS", "VALBRUME", "01", "Auvergne-Rhône-Alpes"
    )  # fmt: skip
    assert (it.stage, it.category_code) == (Stage.PROSPECT, "500")
    assert it.search == f"ehpad les tilleuls ehpad des tilleuls de valbrume {EHPAD} valbrume {BODY}"
    body = db.session.execute(select(ManagingBody)).scalar_one()
    assert (body.id, body.finess, body.name) == (it.managing_body_id, BODY, BODY)


def test_importing_twice_changes_nothing(owner: Actor) -> None:
    data = extract(etalab_line(), etalab_line(IME))
    applied(owner, data)
    before = (one().version, one().updated_at)

    run = applied(owner, data)

    assert counted(run) == {"unchanged": 2}
    assert (one().version, one().updated_at) == before


def test_a_list_without_dates_changes_nothing_the_second_time_either(owner: Actor) -> None:
    data = table([f"{EHPAD};EHPAD Les Tilleuls;Valbrume", f"{IME};IME;Hauteville"])
    applied(owner, data)

    run = applied(owner, data)

    assert counted(run) == {"unchanged": 2}


def test_a_newer_record_updates_and_says_what_moves(owner: Actor) -> None:
    applied(owner, extract(etalab_line()))

    run = applied(owner, extract(etalab_line(name="EHPAD DES SAULES", f31="2025-01-01")))

    assert counted(run) == {"updated": 1}
    assert run.sample[0]["changes"] == {"name": ["EHPAD LES TILLEULS", "EHPAD DES SAULES"]}
    assert (one().name, one().version) == ("EHPAD DES SAULES", 2)
    assert "saules" in one().search


def test_an_older_file_changes_nothing(owner: Actor) -> None:
    applied(owner, extract(etalab_line()))

    run = applied(owner, extract(etalab_line(name="ANCIEN NOM", f31="2020-01-01")))

    assert counted(run) == {"unchanged": 1}
    assert one().name == "EHPAD LES TILLEULS"


def test_a_correction_by_hand_survives_the_same_file(owner: Actor) -> None:
    data = extract(etalab_line())
    applied(owner, data)
    one().name = "Les Tilleuls, corrigé"
    db.session.flush()

    run = applied(owner, data)

    assert counted(run) == {"unchanged": 1}
    assert one().name == "Les Tilleuls, corrigé"


def test_a_file_never_erases_what_it_does_not_speak_of(owner: Actor) -> None:
    applied(owner, extract(etalab_line()))

    applied(owner, table([f"{EHPAD};EHPAD Les Tilleuls;"]))

    it = one()
    assert (it.name, it.city, it.phone) == ("EHPAD Les Tilleuls", "VALBRUME", "0400000000")
    assert it.managing_body_id is not None


def test_an_archived_establishment_is_left_alone(owner: Actor) -> None:
    applied(owner, extract(etalab_line()))
    one().archived_at = clock.now()
    db.session.flush()

    run = applied(owner, extract(etalab_line(name="NOUVEAU", f31="2026-01-01")))

    assert counted(run) == {"ignored": 1}
    assert one().name == "EHPAD LES TILLEULS"


def test_a_closing_is_noted_and_a_newcomer_already_closed_is_passed_over(owner: Actor) -> None:
    header = "finess;nom;date fermeture"
    applied(owner, table([f"{EHPAD};EHPAD"], "finess;nom"))

    run = applied(owner, table([f"{EHPAD};EHPAD;2026-01-31", f"{IME};IME;2026-01-31"], header))

    assert counted(run) == {"closed": 1, "ignored": 1}
    assert one().closed_on == date(2026, 1, 31)


def test_a_closing_to_come_is_no_closing_yet(owner: Actor) -> None:
    run = applied(owner, table([f"{EHPAD};EHPAD;2027-01-31"], "finess;nom;date fermeture"))

    assert counted(run) == {"created": 1}


def test_only_the_listed_numbers_are_taken_and_the_missing_are_named(owner: Actor) -> None:
    data = extract(etalab_line(), etalab_line(IME))

    run = applied(owner, data, listed=f"{IME}\n970200044\n2,601E+08")

    assert counted(run) == {"created": 1, "not_found": 1, "refused": 1}
    assert one(IME).finess == IME
    assert db.session.scalar(select(func.count()).select_from(Establishment)) == 1


def test_a_name_given_later_names_the_managing_body(owner: Actor) -> None:
    applied(owner, extract(etalab_line(), etalab_line(IME)))

    applied(owner, table([f"{EHPAD};EHPAD;{BODY};Association Inventée"], "finess;nom;ej;og"))

    body = db.session.execute(select(ManagingBody)).scalar_one()
    assert body.name == "Association Inventée"
    assert "association inventee" in one(IME).search


def test_a_managing_body_known_by_its_name_alone_is_made_once(owner: Actor) -> None:
    lines = [f"{EHPAD};EHPAD;Mutuelle Fictive", f"{IME};IME;Mutuelle Fictive"]
    applied(owner, table(lines, "finess;nom;gestionnaire"))

    run = applied(owner, table(lines, "finess;nom;gestionnaire"))

    assert counted(run) == {"unchanged": 2}
    assert db.session.execute(select(ManagingBody)).scalar_one().finess is None


def test_a_number_twice_in_the_file_is_refused_the_second_time(owner: Actor) -> None:
    run = applied(owner, extract(etalab_line(), etalab_line(name="DOUBLE")))

    assert counted(run) == {"created": 1, "refused": 1}
    refused = next(line for line in run.sample if line["kind"] == "refused")
    assert (refused["line"], refused["values"]["first"]) == (3, "2")


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
