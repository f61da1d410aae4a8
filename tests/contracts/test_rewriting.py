"""An offering rewritten for all its clients: foreseen, done, undone."""

import functools
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from portal.audit.acts import AlreadyUndone
from portal.audit.models import AuditEvent
from portal.contracts import bearers, foreseeing, offerings, queries, rewriting, service
from portal.contracts.foreseeing import Foreseen
from portal.contracts.models import Bearer, Part
from portal.contracts.offerings import Content, Served
from portal.contracts.rewriting import ChangedMeanwhile, ChangedSince
from portal.contracts.signing import Wanted
from portal.fleet import queries as fleet
from portal.fleet.models import Establishment
from portal.guide import loader
from portal.kit.errors import NotFound, Refused
from portal.tracking.models import Status, Verdict
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY

OTHER = "SAUV-03"
CARRIED = Served(CODE, Part.CARRIES)
SUPPORTED = Served(OTHER, Part.SUPPORTS)


@pytest.fixture
def offering(owner: Actor) -> uuid.UUID:
    """It carries :data:`CODE`, and says that this is done."""
    return named("Sauvegarde", CARRIED)


def named(name: str, *served: Served) -> uuid.UUID:
    offering_id = make.offering()
    row = queries.offering(offering_id)
    row.name = name
    offerings.serve(offering_id, loader.current(), served)
    db.session.commit()
    return offering_id


@pytest.fixture
def homes(owner: Actor, offering: uuid.UUID) -> list[uuid.UUID]:
    """Two who inherit a proven word, a third with an exception of its own."""
    places = [scene.client(offering, name=name) for name in ("Aulnes", "Bouleaux", "Charmes")]
    scene.declare(owner, offering)
    scene.prove(owner)
    scene.except_(owner, places[2])
    return places


def content(offering: uuid.UUID, *served: Served, included: bool = False) -> Content:
    return Content(queries.offering(offering).name, "", included, served)


def edit(owner: Actor, offering: uuid.UUID, wished: Content) -> uuid.UUID | None:
    """Rewrite it as it stands now; the act that undoes it."""
    version = queries.offering(offering).version
    act_id = rewriting.edit(owner, loader.current(), offering, wished, version=version, today=TODAY)
    db.session.commit()
    return act_id


def foresee(owner: Actor, offering: uuid.UUID, wished: Content) -> Foreseen:
    version = queries.offering(offering).version
    return foreseeing.foresee(
        owner, loader.current(), offering, wished, version=version, today=TODAY
    )


def undo(owner: Actor, act_id: uuid.UUID | None) -> None:
    assert act_id is not None
    try:
        rewriting.undo(owner, loader.current(), act_id, at=scene.at(), today=TODAY)
        db.session.commit()
    finally:
        db.session.rollback()


def shown() -> dict[str, Sequence[AnyRow]]:
    """What the screens show of offerings, states, verdicts and scores."""
    volatile = {"version", "updated_at"}
    found: dict[str, Sequence[AnyRow]] = {}
    for name in ("offering", "offering_requirement", "tracked_requirement", "scorecard"):
        table = db.metadata.tables[name]
        columns = [column for column in table.columns if column.name not in volatile]
        found[name] = sorted(db.session.execute(sa.select(*columns)).all(), key=repr)
    return found


WISHES: dict[str, tuple[Any, ...]] = {
    "it no longer serves a requirement": (False, ()),
    "it only supports it": (False, (Served(CODE, Part.SUPPORTS),)),
    "another bears it": (False, (Served(CODE, Part.CARRIES, Bearer.SHARED, "Signer."),)),
    "it serves one more": (False, (CARRIED, SUPPORTED)),
    "it comes with every contract": (True, (CARRIED,)),
    "it comes with every contract and serves another": (True, (SUPPORTED,)),
}


@pytest.mark.parametrize("wish", WISHES)
def test_undoing_gives_back_every_state_score_and_recognition(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID], wish: str
) -> None:
    included, served = WISHES[wish]
    scene.client(make.offering(), name="Dunes")
    scene.judge(owner, homes[0])
    scene.judge(owner, homes[2])
    before = shown()

    act_id = edit(owner, offering, content(offering, *served, included=included))
    between = shown()
    undo(owner, act_id)

    assert between != before
    assert shown() == before


@pytest.mark.parametrize("wish", WISHES)
def test_what_is_foreseen_is_what_then_comes(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID], wish: str
) -> None:
    included, served = WISHES[wish]
    homes.append(scene.client(make.offering(), name="Dunes"))
    scene.judge(owner, homes[0])
    wished = content(offering, *served, included=included)
    was = {(home, code): scene.row(home, code) for home in homes for code in (CODE, OTHER)}
    totals = scene.totals(*homes)

    told = foresee(owner, offering, wished)
    edit(owner, offering, wished)

    now = {key: scene.row(*key) for key in was}
    for code in (CODE, OTHER):
        moved = {
            name: sum(
                getattr(was[home, code], name) != getattr(now[home, code], name) for home in homes
            )
            for name in ("bearer", "status", "proven", "verdict")
        }
        shift = next((one.shift for one in told.differences if one.code == code), None)
        assert moved == {
            "bearer": sum(shift.borne_otherwise.values()) if shift else 0,
            "status": sum(shift.said_otherwise.values()) if shift else 0,
            "proven": shift.gained + shift.lost if shift else 0,
            "verdict": shift.unrecognised if shift else 0,
        }
    after = scene.totals(*homes)
    assert {move.establishment_id for move in told.rehearsed.moves} == {
        home for home, old, new in zip(homes, totals, after, strict=True) if old != new
    }


def test_what_is_only_foreseen_is_written_nowhere(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    scene.judge(owner, homes[0])
    before = scene.whole()

    told = foresee(owner, offering, content(offering, SUPPORTED, included=True))
    db.session.commit()

    assert told.rehearsed.moves
    assert scene.whole() == before


def test_it_is_told_who_bears_what_else_and_what_falls(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    scene.judge(owner, homes[0])

    told = foresee(owner, offering, content(offering, SUPPORTED))

    lost, won = told.differences
    assert (told.clients, told.gaining, told.losing) == (3, 0, 0)
    assert (lost.code, lost.before, lost.after) == (CODE, CARRIED, None)
    assert (won.code, won.before, won.after) == (OTHER, None, SUPPORTED)
    assert lost.shift.borne_otherwise == {("provider", "establishment"): 3}
    assert lost.shift.said_otherwise == {("implemented", "unknown"): 2}
    assert (lost.shift.lost, lost.shift.unrecognised, lost.shift.exceptions) == (2, 1, 1)
    assert (won.shift.said_otherwise, won.shift.gained) == ({}, 0)


def test_exceptions_and_contracts_that_say_otherwise_are_told_and_stay(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    bearers.share(
        owner, fleet.establishment(homes[1]), loader.current(), CODE, bearer=Bearer.ESTABLISHMENT,
        reason="Elle le fait.", seen=Bearer.PROVIDER, today=TODAY,
    )  # fmt: skip
    db.session.commit()
    wished = content(offering, Served(CODE, Part.CARRIES, Bearer.SHARED))

    told = foresee(owner, offering, wished)
    edit(owner, offering, wished)

    (one,) = told.differences
    assert one.shift.borne_otherwise == {("provider", "shared"): 2}
    assert (told.otherwise, told.rehearsed.exceptions) == (1, 1)
    assert scene.row(homes[1]).bearer == "establishment"
    assert (scene.row(homes[2]).origin, scene.row(homes[2]).status) == ("own", "partial")


def test_coming_with_every_contract_reaches_those_who_did_not_have_it(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    scene.client(make.offering(), name="Dunes")

    told = foresee(owner, offering, content(offering, CARRIED, included=True))
    edit(owner, offering, content(offering, CARRIED, included=True))
    back = foresee(owner, offering, content(offering, CARRIED))

    (one,) = told.differences
    assert (told.clients, told.gaining, told.losing, one.still) == (3, 1, 0, False)
    assert one.shift.said_otherwise == {("unknown", "implemented"): 1}
    assert (back.clients, back.gaining, back.losing) == (4, 0, 1)


def test_a_name_alone_moves_nobody_and_is_undone_all_the_same(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    wished = Content("La nôtre", "Autrement dit.", False, [CARRIED])

    told = foresee(owner, offering, wished)
    act_id = edit(owner, offering, wished)
    renamed = queries.offering(offering).name
    undo(owner, act_id)

    assert (told.idle, told.differences, told.rehearsed.moves) == (False, [], [])
    assert (renamed, queries.offering(offering).name) == ("La nôtre", "Sauvegarde")


def test_the_same_words_again_write_nothing(owner: Actor, offering: uuid.UUID) -> None:
    before = scene.whole()

    assert foresee(owner, offering, content(offering, CARRIED)).idle
    assert edit(owner, offering, content(offering, CARRIED)) is None
    assert scene.whole() == before


def test_a_recognition_that_somebody_thought_over_since_does_not_come_back(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    for home in homes[:2]:
        scene.judge(owner, home)
    act_id = edit(owner, offering, content(offering))
    scene.judge(owner, homes[1], Verdict.CONTESTED)

    undo(owner, act_id)

    assert [scene.row(home).verdict for home in homes[:2]] == ["recognised", "contested"]


def test_whoever_became_a_client_since_follows_back_as_well(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    act_id = edit(owner, offering, content(offering))
    newcomer = scene.client(offering)
    without = scene.row(newcomer).status

    undo(owner, act_id)

    assert (without, scene.row(newcomer).status) == (Status.UNKNOWN, Status.IMPLEMENTED)


def test_nothing_is_undone_once_somebody_changed_the_offering(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    first = edit(owner, offering, content(offering, SUPPORTED))
    edit(owner, offering, content(offering, SUPPORTED, included=True))
    scene.refused(ChangedSince, lambda: undo(owner, first))

    second = edit(owner, offering, content(offering, CARRIED))
    offerings.archive(owner, offering, at=scene.at(), today=TODAY)
    db.session.commit()
    scene.refused(ChangedSince, lambda: undo(owner, second))


def test_what_is_undone_is_undone_once(
    owner: Actor, offering: uuid.UUID, homes: list[uuid.UUID]
) -> None:
    act_id = edit(owner, offering, content(offering))
    undo(owner, act_id)

    scene.refused(AlreadyUndone, lambda: undo(owner, act_id))


def test_a_name_taken_meanwhile_does_not_come_back(owner: Actor, offering: uuid.UUID) -> None:
    act_id = edit(owner, offering, Content("La nôtre", "", False, [CARRIED]))
    named("Sauvegarde")

    told = scene.refused(Refused, lambda: undo(owner, act_id))

    assert told.field == "name"


def test_an_act_of_another_kind_or_of_another_provider_is_not_there(
    owner: Actor, offering: uuid.UUID, stranger: Actor
) -> None:
    declared = scene.declare(owner, offering, Status.PLANNED)
    act_id = edit(owner, offering, content(offering))

    scene.refused(NotFound, lambda: undo(owner, declared))
    db.session.rollback()
    with tenant_scope(stranger.tenant_id), pytest.raises(NotFound):
        undo(stranger, act_id)


def test_a_preview_refuses_what_the_act_would(owner: Actor, offering: uuid.UUID) -> None:
    other = named("Réseau")
    for name in ("", "réseau", "x" * 121):
        wished = Content(name, "", False, [])
        scene.refused(Refused, functools.partial(foresee, owner, offering, wished))
    scene.refused(NotFound, lambda: foresee(owner, uuid.UUID(int=7), content(other)))
    with pytest.raises(ChangedMeanwhile):
        foreseeing.foresee(
            owner, loader.current(), offering, content(offering), version=9, today=TODAY
        )


def test_both_ways_are_deeds_of_the_journal(owner: Actor, offering: uuid.UUID) -> None:
    second = make.member(Role.MANAGER)
    undo(second, edit(owner, offering, Content("La nôtre", "", False, [])))

    events = db.session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action.startswith("offering."))
        .order_by(AuditEvent.at, AuditEvent.id)
    ).all()
    assert [(e.action, e.actor_name, e.details) for e in events] == [
        ("offering.edited", owner.name,
         {"name": "La nôtre", "before": "Sauvegarde", "requirements": 1}),
        ("offering.edit_undone", second.name,
         {"name": "Sauvegarde", "before": "La nôtre", "requirements": 1}),
    ]  # fmt: skip


@pytest.mark.parametrize(("included", "counts"), [(False, [100, 900]), (True, [5, 45])])
def test_a_hundred_clients_and_a_thousand_take_the_same_statements(
    owner: Actor, offering: uuid.UUID, included: bool, counts: list[int]
) -> None:
    scene.declare(owner, offering)
    undo(owner, edit(owner, offering, content(offering)))
    sent: list[list[int]] = []
    for count in counts:
        sign_up(owner, offering, count)
        wished = content(offering, SUPPORTED, included=included)
        with counted() as to_foresee:
            told = foresee(owner, offering, wished)
        with counted() as to_write:
            act_id = edit(owner, offering, wished)
        with counted() as to_undo:
            undo(owner, act_id)
        sent.append([len(to_foresee), len(to_write), len(to_undo)])
        assert told.clients == len(told.rehearsed.moves) == sum(counts[: len(sent)])

    assert sent[0] == sent[1]
    assert sent[0][0] <= 40


def sign_up(owner: Actor, offering: uuid.UUID, count: int) -> None:
    """As many new clients of the offering."""
    places = [Establishment(name=f"Foyer {n}", search=f"foyer {n}") for n in range(count)]
    db.session.add_all(places)
    db.session.flush()
    wanted = Wanted([place.id for place in places], [offering], TODAY)
    service.sign(owner, wanted, today=TODAY)
    db.session.commit()
    db.session.expunge_all()
