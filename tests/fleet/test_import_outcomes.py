"""What an import makes of each establishment, and what it never touches."""

from datetime import date

from sqlalchemy import func, select

from portal.fleet.models import (
    Establishment,
    ImportState,
    ManagingBody,
    Stage,
)
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tests.fleet.importer.samples import BODY, EHPAD, IME, etalab_line
from tests.fleet.runs import applied, counted, extract, flow_of, one, previewed, table


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


def test_a_managing_body_is_one_however_its_name_is_written(owner: Actor) -> None:
    names = ("ASSOCIATION LES ÉRABLES", "Association les Érables", "Association Les Erables")
    lines = [
        f"{number};Lieu;{name}"
        for number, name in zip((EHPAD, IME, "290000041"), names, strict=True)
    ]
    applied(owner, table(lines, "finess;nom;gestionnaire"))

    run = applied(owner, table(lines, "finess;nom;gestionnaire"))

    body = db.session.execute(select(ManagingBody)).scalar_one()
    owners = db.session.scalars(select(Establishment.managing_body_id)).all()
    assert (list(owners), counted(run)) == ([body.id] * 3, {"unchanged": 3})


def test_a_number_twice_in_the_file_is_refused_the_second_time(owner: Actor) -> None:
    run = applied(owner, extract(etalab_line(), etalab_line(name="DOUBLE")))

    assert counted(run) == {"created": 1, "refused": 1}
    refused = next(line for line in run.sample if line["kind"] == "refused")
    assert (refused["line"], refused["values"]["first"]) == (3, "2")


def test_a_body_known_by_its_number_is_named_by_a_flow_of_the_same_day(owner: Actor) -> None:
    applied(owner, extract(etalab_line()))
    flow = flow_of(body=BODY, body_name="ASSOCIATION DES TILLEULS", day="2024-04-22")

    run = previewed(owner, flow)
    assert run.sample[0]["changes"] == {"managing_body": [BODY, "ASSOCIATION DES TILLEULS"]}
    run = applied(owner, flow)

    assert counted(run) == {"updated": 1}
    assert db.session.execute(select(ManagingBody.name)).scalar_one() == "ASSOCIATION DES TILLEULS"
    assert "association des tilleuls" in one().search
    assert one().phone == "0400000000"
    assert counted(applied(owner, flow)) == {"unchanged": 1}


def test_an_older_flow_names_a_body_and_moves_no_date_back(owner: Actor) -> None:
    applied(owner, extract(etalab_line()))

    run = applied(owner, flow_of(body=BODY, body_name="ASSOCIATION", day="2020-01-01"))

    assert counted(run) == {"updated": 1}
    assert one().source_updated_on == date(2024, 4, 22)
