"""Each policy of PostgreSQL holds something: without it, somebody may do what she may not."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tenants.context import Scope
from tests.house import locks
from tests.house.auditing import BOUNDS, OUTSIDE, audits
from tests.house.locks import Deed, Outcome, World, attempt, listed, whole
from tests.house.test_isolation import PROVIDER_ONLY
from tests.house.test_tenancy import TENANT_TABLES

#: Held by another policy too, for the rows tried here: ``test_second_locks.py`` tries most alone.
TWICE_HELD = {
    # A list inserts no row that it would not see; but an included offering, it would.
    ("establishment", "provider_writes_insert"),
    ("evidence", "house_writes_insert"),
    *((table, "provider_writes_insert") for table in ("engagement", "evidence_link_past")),
    *((table, "provider_writes_insert") for table in ("managing_body", "offering")),
    # What cannot be read is not found by an update either; but one without WHERE reads nothing.
    ("outbox", "provider_update"),
    ("outbox", "provider_delete"),
    # Only whoever has no reach at all would see the head, and she has no tenant either.
    ("audit_head", "establishment_scope"),
    # What is granted are columns that the deeds tried here do not touch (tests/audit).
    *((table, "provider_writes_update") for table in ("audit_event", "audit_link")),
    ("evidence_link_past", "establishment_scope"),
    # A list is shut out of these already, an auditor's as any other.
    *((table, "engagement_scope") for table in PROVIDER_ONLY),
    # What they hold are columns that the deeds tried here do not touch (tests/space/test_columns,
    # test_proof_columns and test_score_columns, tests/engagements/test_sides).
    *((table, "house_columns") for table in ("evidence", "house_answer", "tracked_requirement")),
    *((table, "house_columns") for table in ("scorecard", "tracked_past")),
    ("brief", "house_columns"),  # tests/briefs/test_columns
    # Nor does a house keep what does not stand there.
    ("tracked_past", "auditors_write_nothing_insert"),
    *((table, "own_side") for table in ("audit_finding", "audit_request")),
    # As is what the making of a report writes (tests/engagements/test_fleet).
    *(("audit_report", policy) for policy in ("made_for_good", "provider_writes_update")),
    *(("evidence_link", f"stays_at_home_{deed}") for deed in ("insert", "update")),
    # Only a list that has ended would still read them (``test_isolation.py``).
    *((table, "establishment_scope") for table in ("reminder_kind_rule", "reminder_rule")),
    # The owner's, behind the functions that dispatch and that count (tests/operations).
    ("outbox", "dispatch"),
    # Of the rows tried here none is without a tenant (tests/accounts/test_carried).
    ("outbox", "owed_to_persons"),
    ("mail", "counted"),
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with locks.opened() as world:
        yield world


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_every_policy_is_missed_when_it_is_gone(world: World, table: str) -> None:
    with world.engine.connect() as connection:
        policies = connection.scalars(
            sa.text("SELECT policyname FROM pg_policies WHERE tablename = :table"),
            {"table": table},
        ).all()
    usual = list(_answers(world, table))
    idle = {(table, policy) for policy in policies if not _missed(world, table, policy, usual)}

    assert policies
    assert idle <= TWICE_HELD


def _missed(world: World, table: str, policy: str, usual: list[tuple[Outcome, bool]]) -> bool:
    without = _answers(world, table, f'DROP POLICY "{policy}" ON "{table}"')
    return any(answer != before for answer, before in zip(without, usual, strict=True))


def _answers(world: World, table: str, first: str = "") -> Iterator[tuple[Outcome, bool]]:
    """What a listed person, the tenant, a person outside any tenant and an auditor may do."""
    people = [listed(world.inside), whole(world.inside), Scope(user_id=world.inside.user_id)]
    for scope in people:
        for lane in (world.inside, world.outside, world.foreign):
            for deed in Deed:
                yield attempt(world, scope, lane, table, deed, first=first or "SELECT 1")
    for bound in (*BOUNDS, OUTSIDE):
        for deed in (Deed.SELECT, Deed.INSERT):
            yield audits(world, table, deed, bound, first=first)
    yield audits(world, table, Deed.UPDATE, "within", first=first)
