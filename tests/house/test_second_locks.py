"""Policies that another one stands before: each is seen to hold alone, by a deed of its own."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.house import locks
from tests.house.auditing import audits
from tests.house.locks import TABLES, Deed, Outcome, World, as_app, attempt, listed, outcome_of
from tests.house.test_isolation import PROVIDER_ONLY

#: What an auditor sees of these is told otherwise (``test_auditors.py``).
_TOLD = {"evidence_link_past", "outbox"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with locks.opened() as world:
        yield world


def _done(world: World, statement: sa.Executable) -> Outcome:
    """What comes of it in the scope of a list; undone."""
    with world.engine.connect() as connection, connection.begin() as undone:
        as_app(connection, listed(world.inside))
        outcome = outcome_of(connection, statement)
        undone.rollback()
    return outcome


@pytest.mark.parametrize(
    "table", ["establishment", "evidence", "managing_body", "engagement", "evidence_link_past"]
)
def test_a_list_adds_none_even_where_it_would_see_what_it_added(world: World, table: str) -> None:
    blind = f"DROP POLICY establishment_scope ON {table}"

    outcome, same = attempt(
        world, listed(world.inside), world.inside, table, Deed.INSERT, first=blind
    )

    assert outcome is Outcome.REFUSED
    assert same


@pytest.mark.parametrize("table", ["offering"])
def test_a_list_adds_no_offering_although_it_sees_all_that_are_included(
    world: World, table: str
) -> None:
    row = world.inside.another(TABLES[table]) | {"included": True}

    assert _done(world, TABLES[table].insert().values(row)) is Outcome.REFUSED


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("audit_event", "actor_id"),
        ("audit_event", "details"),
        ("audit_link", "actor_salt"),
        ("audit_link", "details_salt"),
    ],
)
def test_a_list_erases_nothing_of_the_journal_that_it_reads(
    world: World, table: str, column: str
) -> None:
    erased = TABLES[table].update().values({column: {} if column == "details" else None})

    assert _done(world, erased) is Outcome.NOTHING


@pytest.mark.parametrize("table", ["outbox"])
@pytest.mark.parametrize("deed", ["DELETE FROM outbox", "UPDATE outbox SET state = 'dead'"])
def test_a_list_stops_no_promise_even_by_a_deed_that_reads_none(
    world: World, table: str, deed: str
) -> None:
    """What names no column needs no right to see the rows: the policy on reads is not asked."""
    assert _done(world, sa.text(deed)) is Outcome.NOTHING


@pytest.mark.parametrize("table", sorted(PROVIDER_ONLY - _TOLD))
def test_an_auditor_is_shown_nothing_even_of_what_lists_would_be(world: World, table: str) -> None:
    outcome, _ = audits(
        world, table, Deed.SELECT, "within", first=f"DROP POLICY provider_only ON {table}"
    )

    assert outcome is Outcome.NOTHING


_KEEPS, _SHUT = (
    f"DROP POLICY {policy} ON tracked_past"
    for policy in ("house_keeps", "auditors_write_nothing_insert")
)


def test_an_auditor_keeps_no_past_even_where_anybody_might_keep_anything(world: World) -> None:
    free, _ = audits(
        world, "tracked_past", Deed.INSERT, "within",
        first=f"{_KEEPS}; {_SHUT}",
    )  # fmt: skip
    shut, same = audits(world, "tracked_past", Deed.INSERT, "within", first=_KEEPS)

    assert (free, shut, same) == (Outcome.DONE, Outcome.REFUSED, True)


#: Whose list is read is said by the policies on lists, and again by the functions that read them.
_LISTS_SHOWN = "; ".join(
    f"DROP POLICY establishment_scope ON {table}"
    for table in ("membership", "membership_establishment", "engagement_auditor")
)


@pytest.mark.parametrize("table", ["establishment", "engagement", "tracked_requirement"])
def test_an_access_reaches_its_own_list_even_where_it_would_see_others(
    world: World, table: str
) -> None:
    outcome, _ = attempt(
        world,
        listed(world.inside),
        world.outside,
        table,
        Deed.SELECT,
        first=f"DO $$ BEGIN {_LISTS_SHOWN}; END $$",
    )

    assert outcome is Outcome.NOTHING


@pytest.mark.parametrize("table", ["establishment", "engagement"])
def test_an_auditor_s_access_reaches_her_engagements_even_where_it_would_see_others(
    world: World, table: str
) -> None:
    outcome, _ = audits(
        world,
        table,
        Deed.SELECT,
        "within",
        lane="outside",
        first=_LISTS_SHOWN,
    )

    assert outcome is Outcome.NOTHING


def test_a_place_is_told_of_its_own_audits_even_where_it_would_see_other_places(
    world: World,
) -> None:
    outcome, _ = attempt(
        world,
        listed(world.inside),
        world.outside,
        "engagement",
        Deed.SELECT,
        first="DROP POLICY establishment_scope ON engagement_establishment",
    )

    assert outcome is Outcome.NOTHING
