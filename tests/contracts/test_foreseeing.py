"""What rewriting an offering will move: told beforehand, and what then comes."""

import functools
import uuid

import pytest

from portal.contracts import bearers, foreseeing, service
from portal.contracts.models import Bearer, Part
from portal.contracts.offerings import Content, Served
from portal.contracts.rewriting import ChangedMeanwhile
from portal.contracts.signing import Wanted
from portal.fleet import queries as fleet
from portal.fleet.models import Establishment
from portal.guide import loader
from portal.kit.errors import NotFound, Refused
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.contracts import rewritten
from tests.contracts.rewritten import (
    CARRIED,
    OTHER,
    SUPPORTED,
    WISHES,
    content,
    edit,
    foresee,
    named,
    undo,
)
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY

offering, homes = rewritten.offering, rewritten.homes


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
