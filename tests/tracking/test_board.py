"""The fleet board: who is on it, in which order, under which filters; whatever the address says."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.fleet.models import Establishment, Stage
from portal.fleet.search import haystack
from portal.tracking import board, kept
from portal.tracking.board import SORTS, BoardFilter
from portal.tracking.forms import board_filter
from portal.tracking.models import Scorecard, Status, Verdict
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY

CLIENTS = BoardFilter()


def names(wanted: BoardFilter = CLIENTS) -> list[str]:
    return [line.name for line in board.lines(wanted, TODAY, limit=100, offset=0)]


def of(**address: str) -> list[str]:
    """The names that an address shows."""
    wanted = board_filter(address)
    found = names(wanted)
    assert board.count(wanted, TODAY) == len(found)
    assert len(board.ids(wanted, TODAY)) == len(found)
    return found


def scored(
    name: str, total: int, *, city: str = "", region: str = "", declared: int = 900, **card: Any
) -> uuid.UUID:
    """A client with these scores, per mille, written as they are."""
    place = make.establishment(name)
    columns = {"city": city, "region": region, "search": haystack(name, city)}
    db.session.execute(sa.update(Establishment).where(Establishment.id == place).values(columns))
    db.session.add(
        Scorecard(
            establishment_id=place,
            edition_id=make.EDITION,
            declared_total=declared,
            proven_total=total,
            **card,
        )
    )
    db.session.commit()
    return place


@pytest.fixture
def fleet(owner: Actor) -> Sequence[uuid.UUID]:
    """Three clients and a prospect."""
    places = [
        scored("Les Bouleaux", 200, city="Albi", region="Occitanie", contested_total=2),
        scored("Les Aulnes", 700, city="Brest", region="Bretagne", declared=950, lapsed_total=1,
               next_lapse=TODAY + timedelta(3)),
        scored("Les Charmes", 500, city="Caen", declared=800, unanswered_total=4,
               next_lapse=TODAY + timedelta(1)),
    ]  # fmt: skip
    make.establishment("Les Dunes", stage=Stage.PROSPECT)
    return places


def test_every_client_and_no_prospect_is_shown_the_most_fragile_first(
    fleet: Sequence[uuid.UUID],
) -> None:
    assert names() == of() == ["Les Bouleaux", "Les Charmes", "Les Aulnes"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("proven", "BCA"),
        ("-proven", "ACB"),
        ("declared", "CBA"),
        ("recognised", "ABC"),
        ("name", "ABC"),
        ("city", "BAC"),
        ("lapse", "CAB"),
        ("contested", "BAC"),
    ],
)
def test_each_order_and_prospects_last_where_scores_decide(
    fleet: Sequence[uuid.UUID], sort: str, expected: str
) -> None:
    found = [name[4] for name in names(BoardFilter(stage=None, sort=sort))]

    if sort in {"name", "city"}:
        found.remove("D")
        assert "".join(found) == expected
    else:
        assert "".join(found) == expected + "D"


def test_every_order_the_page_offers_is_known() -> None:
    assert {board_filter({"sort": sort}).sort for sort in SORTS} == set(SORTS)


def test_names_are_sorted_as_in_a_dictionary(owner: Actor) -> None:
    for name in ("Étoile", "Zéphyr", "etang", "Eau vive"):
        scored(name, 500)

    assert names(BoardFilter(sort="name")) == ["Eau vive", "etang", "Étoile", "Zéphyr"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({"stage": "prospect"}, ["Les Dunes"]),
        ({"region": "Bretagne"}, ["Les Aulnes"]),
        ({"state": "contested"}, ["Les Bouleaux"]),
        ({"state": "lapsed"}, ["Les Aulnes"]),
        ({"state": "unanswered"}, ["Les Charmes"]),
        ({"below": "50"}, ["Les Bouleaux"]),
        ({"below": "51"}, ["Les Bouleaux", "Les Charmes"]),
        ({"q": "bouleaux"}, ["Les Bouleaux"]),
        ({"q": "LES caen"}, ["Les Charmes"]),
        ({"q": "les nulle part"}, []),
        ({"q": "aulnes", "region": "Occitanie"}, []),
    ],
)
def test_filters_narrow_the_board(
    fleet: Sequence[uuid.UUID], address: dict[str, str], expected: list[str]
) -> None:
    assert of(**address) == expected


def test_managing_body_and_offering_narrow_the_board(owner: Actor) -> None:
    body, offering = make.managing_body(), make.offering()
    make.establishment("Du groupe", managing_body_id=body)
    sold, over, coming = (make.establishment(name) for name in ("Vendu", "Fini", "À venir"))
    make.contract(sold, offering, starts_on=TODAY, ends_on=TODAY)
    make.contract(over, offering, starts_on=TODAY - timedelta(9), ends_on=TODAY - timedelta(1))
    make.contract(coming, offering, starts_on=TODAY + timedelta(1))

    assert of(body=str(body)) == ["Du groupe"]
    assert of(offering=str(offering)) == ["Vendu"]
    assert of(body=str(scene.UNKNOWN)) == []


@pytest.mark.parametrize("asked", ["Hêtraie", "hetraie", "HÊTRAIE", "œuvre", "OEUVRE"])
def test_a_search_minds_neither_accents_nor_capitals(owner: Actor, asked: str) -> None:
    scored("Œuvre de la Hêtraie", 100)
    scored("Les Bouleaux", 100)

    assert of(q=asked) == ["Œuvre de la Hêtraie"]


@pytest.mark.parametrize("asked", ["%", "_", "\\", "100%", "a_b", "'", "\0 zzz"])
def test_signs_of_sql_are_only_signs(owner: Actor, asked: str) -> None:
    scored("Sans rien", 100)
    scored("100% a_b \\ 'ici'", 200)

    assert of(q=asked) == ([] if "\0" in asked else ["100% a_b \\ 'ici'"])


@pytest.mark.parametrize(
    "nonsense",
    [
        {"stage": "nobody"},
        {"body": "not-an-id"},
        {"offering": "7"},
        {"state": "broken"},
        {"below": "0"},
        {"below": "101"},
        {"below": "many"},
        {"below": "9" * 40},
        {"question": "14"},
        {"question": "x"},
        {"sort": "; DROP TABLE scorecard"},
        {"q": "x" * 81},
        {"region": "x" * 61},
        {"unheard": "of"},
        {"stage": "nobody", "below": "x", "sort": "y"},
    ],
)
def test_nonsense_in_the_address_is_left_out_and_the_rest_kept(
    fleet: Sequence[uuid.UUID], nonsense: dict[str, str]
) -> None:
    kept = {"city": "x"} if "q" in nonsense else {"q": "aulnes"}

    assert board_filter({**nonsense, **kept}) == board_filter(kept)


def test_pages_follow_one_another_without_repeats_or_gaps(owner: Actor) -> None:
    """Even where everybody has the same name and scores."""
    places = [scored("Les Mêmes", 500) for _ in range(12)]
    for sort in SORTS:
        wanted = BoardFilter(sort=sort)
        seen = [
            line.id
            for offset in range(0, 15, 5)
            for line in board.lines(wanted, TODAY, limit=5, offset=offset)
        ]
        assert sorted(seen) == sorted(places), sort


def test_a_question_to_which_nothing_applies_is_neither_weak_nor_fragile(owner: Actor) -> None:
    scored("Sans portable", 500, proven=[-1] + [0] * 12)
    scored("Faible", 500, proven=[100] + [0] * 12)
    scored("Fort", 500, proven=[900] + [0] * 12)

    assert of(question="1") == ["Faible", "Fort", "Sans portable"]
    assert of(question="1", sort="-proven") == ["Fort", "Faible", "Sans portable"]
    assert of(question="1", below="50") == ["Faible"]


def test_archived_establishments_are_never_shown(owner: Actor, fleet: Sequence[uuid.UUID]) -> None:
    scene.archive(owner, fleet[0])

    assert "Les Bouleaux" not in names(BoardFilter(stage=None))


def test_the_choices_are_those_of_the_fleet_in_order(owner: Actor) -> None:
    make.managing_body("Zoé")
    make.managing_body("Émile")
    offering = make.offering()
    scored("Les Aulnes", 1, region="Bretagne")
    scored("Les Bouleaux", 1, region="Occitanie")

    found = board.choices(kept.mark())

    assert [word for _, word in found.bodies] == ["Émile", "Zoé"]
    assert [value for value, _ in found.offerings] == [str(offering)]
    assert found.regions == [("Bretagne", "Bretagne"), ("Occitanie", "Occitanie")]


def test_the_board_reads_as_much_for_many_as_for_few(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    counts = []
    for _ in range(2):
        for _ in range(4):
            scene.client(offering)
        with counted() as sent:
            names()
        counts.append(len(sent))

    assert counts == [1, 1]


def test_real_scores_bring_real_states(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering, name="Les Aulnes")
    scene.client(offering, name="Les Bouleaux")
    scene.declare(owner, offering, Status.PARTIAL)
    director = make.member(Role.DIRECTOR, establishments=[place])
    scene.judge_as(director, place, Verdict.CONTESTED)

    assert of(state="contested") == ["Les Aulnes"]
    assert of(sort="contested") == ["Les Aulnes", "Les Bouleaux"]


@pytest.mark.parametrize("sort", ["name", "city", "proven"])
def test_names_and_cities_are_sorted_like_a_dictionary(owner: Actor, sort: str) -> None:
    """By name too where scores are the same."""
    for name in ("Zéphyr", "Évreux", "écluse", "Eu"):
        scored(name, 500, city=name)

    assert of(sort=sort) == ["écluse", "Eu", "Évreux", "Zéphyr"]
