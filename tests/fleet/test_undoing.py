"""Taking an import back: what it wrote goes, what people have done since stays."""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.contracts import service as contracts
from portal.contracts.models import Contract
from portal.contracts.signing import Wanted
from portal.evidence.models import EvidenceLink
from portal.fleet import import_queries, importing, service, undo_queries, undoing
from portal.fleet.models import Establishment, ImportChange, ImportRun, ImportState, ManagingBody
from portal.fleet.service import Sheet
from portal.fleet.undo_queries import Way
from portal.kit import clock
from portal.tracking.models import TrackedRequirement, Verdict
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.fleet.importer.samples import EHPAD, IME, etalab_line
from tests.fleet.runs import TODAY, applied, counted, extract, one, previewed, table
from tests.tracking import scene


def undone(actor: Actor, run_id: uuid.UUID) -> dict[str, int]:
    undoing.confirm(actor, run_id=run_id, at=clock.now())
    undoing.undo(run_id, at=clock.now())
    db.session.expire_all()
    counts = import_queries.run(run_id).undone["counts"]
    return {way: count for way, count in counts.items() if count}


def everything() -> list[tuple[Any, ...]]:
    """Every column of every establishment, but the one that counts the writings."""
    columns = [
        it for it in Establishment.__table__.c if it.name not in {"version", "updated_at", "id"}
    ]
    rows = db.session.execute(select(*columns).order_by(Establishment.finess))
    return [tuple(row) for row in rows]


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_newcomers_leave_with_their_managing_body(owner: Actor) -> None:
    run = applied(owner, extract(etalab_line(), etalab_line(IME)))

    assert undone(owner, run.id) == {"removed": 2}
    assert (count(Establishment), count(ManagingBody), count(ImportChange)) == (0, 0, 0)
    assert import_queries.run(run.id).state is ImportState.UNDONE


def test_the_same_file_can_be_imported_again_afterwards(owner: Actor) -> None:
    data = extract(etalab_line(), etalab_line(IME))
    undone(owner, applied(owner, data).id)

    assert counted(applied(owner, data)) == {"created": 2}


def test_everything_that_was_written_over_comes_back(owner: Actor) -> None:
    header = "finess;nom;ville;siret;capacite;date ouverture;og"
    applied(
        owner,
        table([f"{EHPAD};EHPAD;Valbrume;73282932000074;80;2001-02-03;Association Une"], header),
    )
    before = everything()
    run = applied(
        owner,
        table([f"{EHPAD};Les Ormes;Hauteville;44306184100047;90;2002-03-04;Autre"], header),
    )
    changed = everything()

    assert undone(owner, run.id) == {"restored": 1}
    assert everything() == before != changed
    assert one().version == 3
    assert count(ManagingBody) == 1


def test_what_was_closed_opens_again(owner: Actor) -> None:
    applied(owner, table([f"{EHPAD};EHPAD"], "finess;nom"))
    run = applied(owner, table([f"{EHPAD};EHPAD;2026-01-31"], "finess;nom;date fermeture"))

    assert undone(owner, run.id) == {"reopened": 1}
    assert one().closed_on is None


def test_the_date_of_a_record_that_changed_nothing_comes_back_too(owner: Actor) -> None:
    applied(owner, extract(etalab_line(f31="2025-01-01")))
    run = applied(owner, extract(etalab_line(f31="2026-01-01"), etalab_line(IME)))

    assert undone(owner, run.id) == {"removed": 1}
    assert one().source_updated_on == date(2025, 1, 1)


def test_a_sheet_somebody_has_written_since_is_left_alone_and_told(owner: Actor) -> None:
    applied(owner, extract(etalab_line()))
    run = applied(owner, extract(etalab_line(name="SAULES", f31="2025-01-01"), etalab_line(IME)))
    for number in (EHPAD, IME):
        it = one(number)
        service.edit(owner, it.id, Sheet(name="À moi"), version=it.version, today=TODAY)

    assert undone(owner, run.id) == {"left": 2}
    left = import_queries.run(run.id).undone["left"]
    assert [line["why"] for line in left] == ["edited", "edited"]
    assert {it.name for it in db.session.scalars(select(Establishment))} == {"À moi"}


def test_an_establishment_archived_since_is_left_in_the_archive(owner: Actor) -> None:
    run = applied(owner, extract(etalab_line()))
    service.archive(owner, one().id, at=clock.now())

    assert undone(owner, run.id) == {"left": 1}
    assert one().archived_at is not None


def _signs(establishment_id: uuid.UUID, offering: uuid.UUID) -> None:
    make.contract(establishment_id, offering)


def _joins(establishment_id: uuid.UUID, _offering: uuid.UUID) -> None:
    make.member(Role.DIRECTOR, establishments=[establishment_id])


@pytest.mark.parametrize(
    ("held", "why"), [(_signs, "contract"), (_joins, "membership_establishment")]
)
def test_a_newcomer_that_something_hangs_on_stays(
    owner: Actor, held: Callable[[uuid.UUID, uuid.UUID], None], why: str
) -> None:
    run_id = applied(owner, extract(etalab_line(), etalab_line(IME))).id
    held(one().id, make.offering())

    assert undone(owner, run_id) == {"removed": 1, "left": 1}
    assert import_queries.run(run_id).undone["left"][0]["why"] == why
    assert one().finess == EHPAD


def test_a_contract_does_not_keep_former_values_from_coming_back(owner: Actor) -> None:
    applied(owner, extract(etalab_line()))
    run_id = applied(owner, extract(etalab_line(name="SAULES", f31="2025-01-01"))).id
    make.contract(one().id, make.offering())

    assert undone(owner, run_id) == {"restored": 1}
    assert one().name == "EHPAD LES TILLEULS"


def signed(owner: Actor) -> uuid.UUID:
    """A contract for the newcomer, which opens its file."""
    wanted = Wanted([one().id], [make.offering(carries=[scene.CODE])], clock.today())
    contracts.sign(owner, wanted, today=clock.today())
    db.session.commit()
    return db.session.scalars(select(Contract.id)).one()


def test_a_contract_given_and_taken_back_does_not_hold_a_newcomer(owner: Actor) -> None:
    """Nobody has written anything of its own in its file."""
    run_id = applied(owner, extract(etalab_line())).id
    contracts.remove(owner, signed(owner), today=clock.today())
    db.session.commit()
    assert count(TrackedRequirement)

    assert undone(owner, run_id) == {"removed": 1}


def test_what_people_said_elsewhere_holds_no_newcomer(owner: Actor) -> None:
    offering = make.offering(carries=[scene.CODE])
    elsewhere = scene.client(offering, name="Ailleurs", today=clock.today())
    scene.declare(owner, offering, today=clock.today())
    director = make.member(Role.DIRECTOR, establishments=[elsewhere])
    scene.judge_as(director, elsewhere, Verdict.CONTESTED, today=clock.today())
    scene.except_(owner, elsewhere, today=clock.today())
    run_id = applied(owner, extract(etalab_line())).id

    assert undone(owner, run_id) == {"removed": 1}


def test_an_exception_holds_a_newcomer_whose_contract_is_gone(owner: Actor) -> None:
    run_id = applied(owner, extract(etalab_line())).id
    contract_id = signed(owner)
    scene.except_(owner, one().id, today=clock.today())
    contracts.remove(owner, contract_id, today=clock.today())
    db.session.commit()

    assert undone(owner, run_id) == {"left": 1}


def test_whatever_table_points_at_an_establishment_holds_a_newcomer() -> None:
    held = {table.name for table in undo_queries.holders()}

    assert {"contract", "attestation", "scorecard", EvidenceLink.__tablename__} <= held
    assert "import_change" not in held


def test_only_the_last_import_that_wrote_something_is_undone(owner: Actor) -> None:
    first = applied(owner, extract(etalab_line())).id
    second = applied(owner, extract(etalab_line(IME))).id

    with pytest.raises(undoing.NotUndoable):
        undoing.confirm(owner, run_id=first, at=clock.now())
    last = undo_queries.last_undoable()
    assert last is not None
    assert last.id == second


def test_an_import_that_changed_nothing_does_not_bar_the_one_before(owner: Actor) -> None:
    data = extract(etalab_line())
    run_id = applied(owner, data).id
    applied(owner, data)

    assert undone(owner, run_id) == {"removed": 1}


def test_undoing_twice_is_undoing_once(owner: Actor) -> None:
    run_id = applied(owner, extract(etalab_line())).id
    undone(owner, run_id)

    undoing.confirm(owner, run_id=run_id, at=clock.now())

    assert undoing.undo(run_id, at=clock.now()) is None
    deeds = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "import.undone")
    assert db.session.scalar(deeds) == 1


def test_an_import_that_was_never_written_is_not_undone(owner: Actor) -> None:
    run_id = previewed(owner, extract(etalab_line())).id

    with pytest.raises(undoing.NotUndoable):
        undoing.confirm(owner, run_id=run_id, at=clock.now())


def test_nothing_is_written_while_an_import_is_being_undone(owner: Actor) -> None:
    run_id = applied(owner, extract(etalab_line())).id
    waiting = previewed(owner, extract(etalab_line(IME))).id
    undoing.confirm(owner, run_id=run_id, at=clock.now())

    with pytest.raises(importing.AnotherImportRuns):
        importing.confirm(owner, run_id=waiting, at=clock.now())


def test_what_is_foreseen_is_what_is_done_and_writes_nothing(owner: Actor) -> None:
    applied(owner, extract(etalab_line()))
    run_id = applied(
        owner, extract(etalab_line(name="SAULES", f31="2025-01-01"), etalab_line(IME))
    ).id
    before = everything()

    foreseen = undo_queries.foreseen(run_id, first=12)

    assert everything() == before
    assert {way.value: n for way, n in foreseen.counts.items() if n} == undone(owner, run_id)
    assert foreseen.moves == 2
    assert [row.finess for row in foreseen.first[Way.REMOVED]] == [IME]


def test_another_tenant_s_import_stays_as_it_is(owner: Actor, stranger: Actor) -> None:
    run_id = applied(owner, extract(etalab_line())).id
    db.session.commit()
    db.session.remove()
    with tenant_scope(stranger.tenant_id):
        undone(stranger, applied(stranger, extract(etalab_line())).id)
        db.session.commit()
        db.session.remove()

    assert one().finess == EHPAD
    assert undone(owner, run_id) == {"removed": 1}


def test_two_thousand_establishments_are_all_put_back(
    owner: Actor,
) -> None:
    lines = [etalab_line(f"01{rank:07d}", f"EHPAD {rank}") for rank in range(1, 1101)]
    newer = [
        etalab_line(f"01{rank:07d}", f"NOM {rank}", f31="2026-01-01") for rank in range(1, 2001)
    ]
    applied(owner, extract(*lines))
    before = everything()
    run_id = applied(owner, extract(*newer)).id

    assert undone(owner, run_id) == {"restored": 1100, "removed": 900}
    assert everything() == before


def test_the_run_says_who_undid_it_and_when(owner: Actor) -> None:
    run_id = applied(owner, extract(etalab_line())).id

    undone(owner, run_id)

    run = db.session.scalars(select(ImportRun).where(ImportRun.id == run_id)).one()
    assert run.undone_by_name == owner.name
    assert run.undone_at is not None
