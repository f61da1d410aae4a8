"""What an establishment may write of its scores and its past, knocked at by plain SQL."""

import pytest
import sqlalchemy as sa

from portal.kit import clock
from portal.tracking.models import Verdict
from tenants.db import db
from tests.house.locks import Outcome
from tests.space.depositing import done
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE

#: Of question 2, which CODE belongs to.
FORGED = [
    "declared[2] = 7", "proven[2] = 1000", "recognised[2] = 7", "applicable[2] = 0",
    "unanswered[2] = 0", "contested[2] = 0", "contested[2] = 9", "lapsed[2] = 99",
    "points[2] = 7", "declared_points[2] = 1", "proven_points[2] = 1", "recognised_points[2] = 7",
    "next_lapses[2] = NULL", "next_lapses[2] = '2040-01-01'", "next_reviews[2] = '2040-01-01'",
]  # fmt: skip
TOTALS = [
    "declared_total = 1000", "proven_total = 0", "recognised_total = 9", "applicable_total = 1",
    "unanswered_total = 0", "contested_total = 0", "lapsed_total = 9", "next_lapse = NULL",
    "next_review = '2040-01-01'", "edition_id = '2000.1'",
]  # fmt: skip
SHAPES = ["contested[14] = 1", "declared[0] = 5", "recognised = '{}'", "points = points[1:12]"]
ADDING_UP = [
    "recognised = proven, recognised_points = proven_points, recognised_total = proven_total",
    "contested[2] = 0, contested_total = contested_total - contested[2]",
    "lapsed[2] = 99, lapsed_total = lapsed_total - lapsed[2] + 99",
]


@pytest.fixture
def house(pages: Pages) -> Pages:
    """CODE is declared, proven and contested there."""
    scene.judge_as(pages.director, pages.place, Verdict.CONTESTED, today=clock.today())
    return pages


def writes(house: Pages, statement: str) -> Outcome:
    return done(house.director, sa.text(statement))


@pytest.mark.parametrize("change", FORGED + TOTALS + SHAPES + ADDING_UP)
def test_no_score_is_hers_to_say(house: Pages, change: str) -> None:
    assert writes(house, f"UPDATE scorecard SET {change}") is Outcome.REFUSED  # noqa: S608 - ours


def test_a_score_follows_her_view_and_nothing_else(house: Pages) -> None:
    """What she may write by her view is counted, by the portal or by whoever counts as it does."""
    before = scene.card(house.place)
    scene.judge_as(house.director, house.place, Verdict.RECOGNISED, today=clock.today())
    after = scene.card(house.place)
    scene.judge_as(house.director, house.place, Verdict.NONE, today=clock.today())

    assert (before.contested[1], after.contested[1]) == (1, 0)
    assert (before.recognised[1], after.recognised[1] > 0) == (0, True)
    assert scene.card(house.place).recognised[1] == 0


def test_a_card_left_as_it_is_may_be_written_again(house: Pages) -> None:
    assert writes(house, "UPDATE scorecard SET updated_at = now()") is Outcome.DONE


def test_a_card_is_begun_by_contracts_alone(house: Pages) -> None:
    copied = "INSERT INTO scorecard SELECT * FROM scorecard ON CONFLICT DO NOTHING"

    assert writes(house, copied) is Outcome.REFUSED


_COPY = """INSERT INTO tracked_past (tenant_id, establishment_id, edition_id, requirement_code,
                                     since, question, state)
           SELECT tenant_id, establishment_id, edition_id, requirement_code, {since}, {question},
                  {state}
             FROM tracked_past WHERE requirement_code = :code ORDER BY since DESC LIMIT 1"""


def copies(house: Pages, **values: str) -> Outcome:
    """What stands there, kept under another day."""
    given = {"since": "since + 1", "question": "question", "state": "state", **values}
    return done(house.director, sa.text(_COPY.format(**given)).bindparams(code=CODE))


def test_what_is_kept_is_what_stands(house: Pages) -> None:
    lies = [
        {"state": "jsonb_set(state, '{verdict}', '\"recognised\"')"},
        {"state": "jsonb_set(state, '{proven}', 'false')"},
        {"state": "state || '{\"more\": 1}'"},
        {"question": "3"},
    ]

    assert [copies(house, **lie) for lie in lies] == [Outcome.REFUSED] * len(lies)
    assert copies(house) is Outcome.DONE


def test_no_evening_before_what_is_kept_is_hers_to_tell(house: Pages) -> None:
    assert copies(house, since="since - 1") is Outcome.REFUSED


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("state = state", Outcome.DONE),
        ("state = jsonb_set(state, '{status}', '\"planned\"')", Outcome.REFUSED),
        ("question = 3", Outcome.REFUSED),
        ("since = since + 1", Outcome.REFUSED),
        ("since = since - 30", Outcome.REFUSED),
    ],
)
def test_an_evening_stays_as_it_was_kept(house: Pages, change: str, outcome: Outcome) -> None:
    assert writes(house, f"UPDATE tracked_past SET {change}") is outcome  # noqa: S608 - ours


def test_an_evening_that_is_over_is_nobody_s_to_tell_again(house: Pages) -> None:
    """What stands now does not take the place of what stood, where a later day is kept."""
    db.session.execute(
        sa.text("""
            INSERT INTO tracked_past (tenant_id, establishment_id, edition_id, requirement_code,
                                      since, question, state)
            SELECT tenant_id, establishment_id, edition_id, requirement_code, since - 9, question,
                   state || '{"status": "planned"}'
              FROM tracked_past WHERE requirement_code = :code"""),
        {"code": CODE},
    )
    db.session.commit()
    told = f"""UPDATE tracked_past p SET state = (SELECT q.state FROM tracked_past q
        WHERE q.requirement_code = '{CODE}' ORDER BY since DESC LIMIT 1)
        WHERE requirement_code = '{CODE}' AND state ->> 'status' = 'planned'"""  # noqa: S608 - ours

    assert writes(house, told) is Outcome.REFUSED
