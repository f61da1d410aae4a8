"""What changed since the attestation before: which way, on the page and in the document."""

import io
from dataclasses import replace

import pikepdf
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.attestations import changes, report
from portal.attestations.changes import Way
from portal.attestations.snapshot import Requirement, Verdict
from portal.tracking.models import Status
from tenants.access import Actor
from tests import make
from tests.attestations import samples, scene
from tests.attestations.conftest import HOME
from tests.attestations.scene import CODE
from tests.conftest import sign_in
from tests.kit import pdf_reading

ADDRESS = "https://treize.example/verifier?code=K7QD2M9X4TRAP3HW"
YES, NO, NONE = Verdict(word="recognised"), Verdict(word="contested"), Verdict()


def said(**facts: object) -> Requirement:
    usual: dict[str, object] = {"status": "partial", "proven": False, "verdict": NONE, "proofs": ()}
    return samples.requirement(2, 1, **{**usual, **facts})


def way(before: Requirement, now: Requirement) -> Way | None:
    found = changes.compare(samples.snapshot([before]), samples.snapshot([now])).changes
    return found[0].way if found else None


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (said(status="unknown"), said(status="planned")),
        (said(status="planned"), said(status="partial")),
        (said(status="partial"), said(status="implemented")),
        (said(status="partial"), said(status="alternative")),
        (said(), said(proven=True)),
        (said(verdict=NONE), said(verdict=YES)),
        (said(verdict=NO), said(verdict=NONE)),
        (said(), said(status="implemented", proven=True, verdict=YES)),
    ],
)
def test_up_is_better_and_the_way_back_is_worse(less: Requirement, more: Requirement) -> None:
    assert way(less, more) is Way.BETTER
    assert way(more, less) is Way.WORSE


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (said(status="implemented"), said(status="alternative")),
        (said(status="implemented"), said(proven=True)),
        (said(applies=True), said(applies=False, status="not_applicable")),
        (said(status="partial"), said(status="not_applicable")),
        (said(status="implemented"), said(status="not_applicable")),
    ],
)
def test_up_and_down_at_once_or_not_asked_is_neither(
    one: Requirement, another: Requirement
) -> None:
    assert way(one, another) is Way.OTHER
    assert way(another, one) is Way.OTHER


def test_what_is_as_it_was_is_no_change() -> None:
    assert way(said(), said()) is None


def test_what_came_and_what_went_are_told_as_such() -> None:
    came, went = samples.requirement(3, 1), samples.requirement(4, 1)

    found = changes.compare(samples.snapshot([went]), samples.snapshot([came])).changes

    assert [(one.code, one.way) for one in found] == [("Q03-01", "other"), ("Q04-01", "other")]
    assert [(one.steps[0].before, one.steps[0].after) for one in found] == [
        ("absent", came.status),
        (went.status, "absent"),
    ]


def printed(before: list[Requirement], now: list[Requirement]) -> str:
    previous = replace(samples.snapshot(before), number="ATT-2026-0042")
    document = report.render(samples.snapshot(now), verify_url=ADDRESS, previous=previous)
    return pdf_reading.text_of(pikepdf.open(io.BytesIO(document)))


def test_the_document_says_which_way_each_went_and_from_what_to_what() -> None:
    up, down = samples.requirement(2, 1), samples.requirement(3, 1)
    aside = samples.requirement(4, 1, status="implemented", proven=False, proofs=())
    words = printed(
        [replace(up, status="planned"), replace(down, status="implemented"), aside],
        [
            replace(up, status="implemented"),
            replace(down, status="partial"),
            replace(aside, status="alternative"),
        ],
    )

    part = words[words.index("Ce qui a changé") :]
    assert "Depuis l’attestation ATT-2026-0042" in part
    better, worse, other = (
        part.index(title)
        for title in ("Ce qui a progressé", "Ce qui a reculé", "Ce qui a changé autrement")
    )
    first, second, third = part[better:worse], part[worse:other], part[other:]
    assert ("Q02-01" in first, "prévu → en place" in first) == (True, True)
    assert ("Q03-01" in second, "en place → en partie" in second) == (True, True)
    assert "Q04-01 en place → mesure équivalente" in third
    assert "Q03-01" not in first
    assert "Q02-01" not in second


def test_the_document_gives_the_shares_before_and_then_now() -> None:
    row = samples.requirement(2, 1, status="implemented", proven=False, verdict=NONE, proofs=())
    proven = replace(row, proven=True, proofs=(samples.proof("x"),))

    words = printed([row], [proven])

    assert "déclaré 100 % → 100 % prouvé 0 % → 100 % reconnu 0 % → 0 %" in words


def test_the_document_says_so_where_nothing_changed() -> None:
    rows = [samples.requirement(2, 1)]

    assert "Aucune exigence n’a changé." in printed(rows, rows)


def sections(page: str) -> dict[str, list[list[str]]]:
    """What the page lists under each way: rows of the requirement, before and now."""
    found = BeautifulSoup(page, "html.parser")
    return {
        str(part["aria-labelledby"]): [
            [" ".join(cell.get_text(" ").split()) for cell in row.find_all("td")]
            for row in part.select("tbody tr")
        ]
        for part in found.select("main section")
    }


def test_the_page_tells_what_went_up_then_what_went_down(client: FlaskClient, owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering, Status.PLANNED)
    scene.made(owner, place)
    scene.declare(owner, offering, Status.IMPLEMENTED, version=1)
    (second,) = scene.made(owner, place)
    scene.declare(owner, offering, Status.PARTIAL, version=2)
    (third,) = scene.made(owner, place)
    (same,) = scene.made(owner, place)
    sign_in(client, owner)

    up, down, none = (client.get(f"{HOME}/{one}/changements").text for one in (second, third, same))

    assert list(sections(up)) == ["better"]
    ((what, before, now),) = sections(up)["better"]
    assert CODE in what
    assert (before, now) == ("prévu", "en place")
    assert list(sections(down)) == ["worse"]
    assert sections(down)["worse"][0][1:] == ["en place", "en partie"]
    assert sections(none) == {}
    assert "Aucune exigence n’a changé." in none
    assert "Aucune exigence n’a changé." not in up
