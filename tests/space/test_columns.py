"""What an establishment may write of its rows, knocked at by plain SQL in its own scope."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.contracts.models import Bearer
from portal.kit import clock
from portal.tracking.models import HouseAnswer, Status, TrackedRequirement
from tenants.db import Base, db
from tenants.scoping import new_id
from tests.conftest import Visit
from tests.house.locks import Outcome
from tests.make import EDITION
from tests.space.depositing import OURS, bear, done
from tests.space.test_ours import answer, row
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE

TRACKED = TrackedRequirement.__table__
TODAY = clock.today()
NEVER: Mapping[str, Any] = {
    "question": 3, "weight": 9, "applies": False, "bearer": "establishment",
    "requirement_code": "PARC-02", "edition_id": "2000.1", "establishment_id": uuid.UUID(int=3),
}  # fmt: skip
WORD: Mapping[str, Any] = {
    "status": "planned", "origin": "own", "offering_id": None, "note": "Oui.",
    "house_by_name": "Léa", "reviewed_on": TODAY - timedelta(9), "review_due": TODAY,
    "proof_until": TODAY, "proven": False,
}  # fmt: skip
MINE = {"status": "partial", "origin": "own", "house_by_name": "Léa", "note": "Un site."}


def tracked(pages: Pages, code: str, **values: Any) -> sa.Executable:
    here = sa.and_(TRACKED.c.establishment_id == pages.place, TRACKED.c.requirement_code == code)
    changed: sa.Update = TRACKED.update().where(here).values(**values)
    return changed


def test_her_view_is_hers_to_write(pages: Pages) -> None:
    seen = {"verdict": "recognised", "recognised": True, "verdict_reason": "Vu.", "version": 9}
    contested = {"verdict": "contested", "recognised": False, "verdict_by_name": "Léa"}

    for values in (seen, contested):
        assert done(pages.director, tracked(pages, CODE, **values)) is Outcome.DONE


def test_recognised_is_said_by_somebody(pages: Pages) -> None:
    assert done(pages.director, tracked(pages, CODE, recognised=True)) is Outcome.REFUSED


@pytest.mark.parametrize("column", NEVER)
@pytest.mark.parametrize("code", [CODE, OURS])
def test_what_is_nobody_s_word_is_not_hers(pages: Pages, code: str, column: str) -> None:
    values = {column: "provider" if (column, code) == ("bearer", OURS) else NEVER[column]}

    assert done(pages.director, tracked(pages, code, **values)) is Outcome.REFUSED


@pytest.mark.parametrize("column", WORD)
def test_no_word_of_what_her_provider_bears_is_hers(pages: Pages, column: str) -> None:
    bear(pages, Bearer.PROVIDER, CODE)

    assert done(pages.director, tracked(pages, CODE, **{column: WORD[column]})) is Outcome.REFUSED


@pytest.mark.parametrize("bearer", [Bearer.SHARED, Bearer.ESTABLISHMENT])
def test_where_she_bears_it_she_answers_under_her_name(pages: Pages, bearer: Bearer) -> None:
    bear(pages, bearer, OURS)
    nameless = {**MINE, "house_by_name": None}

    assert done(pages.director, tracked(pages, OURS, **MINE)) is Outcome.DONE
    assert done(pages.director, tracked(pages, OURS, **nameless)) is Outcome.REFUSED
    assert done(pages.director, tracked(pages, OURS, status="partial")) is Outcome.REFUSED


def test_nothing_is_proven_by_nothing(pages: Pages) -> None:
    """Her own answers too are proven by what is linked, and until then."""
    proven = {**MINE, "proven": True, "proof_until": TODAY + timedelta(30)}
    bare = done(pages.director, tracked(pages, OURS, **proven))
    scene.prove(
        pages.owner, OURS, until=TODAY + timedelta(30), today=TODAY, establishment_ids=[pages.place]
    )

    assert bare is Outcome.REFUSED
    assert done(pages.director, tracked(pages, OURS, **proven)) is Outcome.DONE
    longer = {**proven, "proof_until": TODAY + timedelta(31)}
    assert done(pages.director, tracked(pages, OURS, **longer)) is Outcome.REFUSED


def test_taken_back_it_falls_to_what_her_provider_says_word_for_word(
    pages: Pages, visit: Visit
) -> None:
    bear(pages, Bearer.SHARED, CODE)
    answer(visit(pages.director), pages, code=CODE, status="planned")
    said = db.session.execute(sa.select(Base.metadata.tables["statement"])).one()
    db.session.rollback()
    back = {
        "origin": "statement", "house_by_name": None, "note": "", "offering_id": said.offering_id,
        "status": said.status, "reviewed_on": said.reviewed_on,
    }  # fmt: skip

    assert done(pages.director, tracked(pages, CODE, **back)) is Outcome.DONE
    for other in ({"status": "partial"}, {"reviewed_on": TODAY - timedelta(1)}):
        statement = tracked(pages, CODE, **{**back, **other})
        assert done(pages.director, statement) is Outcome.REFUSED


def test_a_state_that_nobody_said_does_not_stand(pages: Pages, visit: Visit) -> None:
    answer(visit(pages.director), pages)
    left = {"origin": "none", "house_by_name": None, "note": ""}

    assert done(pages.director, tracked(pages, OURS, **left)) is Outcome.REFUSED
    gone = tracked(pages, OURS, **left, status="unknown", reviewed_on=None, review_due=None)
    assert done(pages.director, gone) is Outcome.DONE


def test_an_exception_of_her_provider_s_is_not_hers_to_drop_nor_to_forge(
    pages: Pages, visit: Visit
) -> None:
    bear(pages, Bearer.SHARED, CODE)
    scene.except_(pages.owner, pages.place, Status.PARTIAL, note="Un site.", today=TODAY)
    dropped = {"origin": "none", "note": "", "status": "unknown"}
    before = done(pages.director, tracked(pages, CODE, **dropped))
    answer(visit(pages.director), pages, code=CODE, status="planned")
    forged = {
        "origin": "own", "house_by_name": None, "status": "implemented", "note": "Un site.",
        "reviewed_on": TODAY,
    }  # fmt: skip

    assert before is Outcome.REFUSED
    for status in ("implemented", "partial"):
        statement = tracked(pages, CODE, **{**forged, "status": status})
        assert done(pages.director, statement) is Outcome.REFUSED


def kept(pages: Pages, **values: Any) -> dict[str, Any]:
    found = row(pages)
    db.session.rollback()
    return {
        "tenant_id": found.tenant_id, "id": new_id(), "establishment_id": pages.place,
        "edition_id": EDITION, "requirement_code": OURS, "status": "planned", "note": "",
        "reviewed_on": TODAY, "answered_by_name": "Léa", "answered_at": clock.now(), "made": 0,
        "before": {
            "status": "unknown", "origin": "none", "note": "", "reviewed_on": None, "house": None,
        },
        **values,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({}, Outcome.DONE),
        ({"made": 5}, Outcome.REFUSED),
        ({"undone_at": clock.now()}, Outcome.REFUSED),
        ({"before": {}}, Outcome.REFUSED),
        (
            {"before": {"status": "implemented", "origin": "own", "note": "", "reviewed_on": None,
                        "house": None}},
            Outcome.REFUSED,
        ),
        ({"requirement_code": CODE}, Outcome.REFUSED),
    ],
)  # fmt: skip
def test_an_answer_keeps_what_it_replaces(
    pages: Pages, values: dict[str, Any], outcome: Outcome
) -> None:
    bear(pages, Bearer.PROVIDER, CODE)
    statement = HouseAnswer.__table__.insert().values(kept(pages, **values))

    assert done(pages.director, statement) is outcome


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("undone_at = now()", Outcome.DONE),
        ("made = 99", Outcome.REFUSED),
        ("status = 'planned'", Outcome.REFUSED),
        ("before = '{}'", Outcome.REFUSED),
        ("answered_by_name = 'Autre'", Outcome.REFUSED),
    ],
)
def test_an_answer_stays_as_it_was_given(
    pages: Pages, visit: Visit, change: str, outcome: Outcome
) -> None:
    answer(visit(pages.director), pages)

    assert done(pages.director, sa.text(f"UPDATE house_answer SET {change}")) is outcome  # noqa: S608 - ours


@pytest.mark.parametrize(
    "deed",
    [
        "DELETE FROM tracked_requirement",
        "DELETE FROM scorecard",
        "INSERT INTO tracked_requirement SELECT * FROM tracked_requirement",
    ],
)
def test_files_are_opened_and_go_with_contracts_alone(pages: Pages, deed: str) -> None:
    assert done(pages.director, sa.text(deed)) in {Outcome.REFUSED, Outcome.NOTHING}
