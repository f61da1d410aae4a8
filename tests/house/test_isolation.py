"""Every tenant table × select, insert, update, delete × own, foreign, no tenant; and × the list.

By plain SQL as the app's role: nothing stands between a visitor and a row but PostgreSQL.  Each
attempt is undone; before that, the superuser looks whether the row is still what it was.
"""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tenants.context import NO_SCOPE, Scope
from tests.house import locks
from tests.house.locks import (
    TABLES,
    Deed,
    Outcome,
    World,
    as_app,
    attempt,
    listed,
    outcome_of,
    statement,
    whole,
)
from tests.house.test_tenancy import TENANT_TABLES

ALLOWED = {Outcome.DONE, Outcome.TIED}
#: What not even the tenant itself may do: the journal, what was noted of it, and who approved
#: what are only ever added to.
FROZEN = {
    (table, deed)
    for table in (
        "audit_event",
        "audit_head",
        "audit_link",
        "audit_report",
        "engagement_draw",
        "evidence_link_past",
        "evidence_past",
        "log_head",
        "attestation_approval",
        "contest_message",
    )
    for deed in (Deed.UPDATE, Deed.DELETE)
} | {
    ("prior_file", Deed.UPDATE),
    # An auditor alone asks, draws and concludes.
    *((table, Deed.INSERT) for table in ("audit_finding", "audit_request", "engagement_draw")),
    # What an audit said, what a house answered, what was collected and what stood on a day, stays.
    *(
        (table, Deed.DELETE)
        for table in (
            "audit_finding",
            "audit_request",
            "brief",
            "collection",
            "collection_turn",
            "engagement",
            "house_answer",
            "prior_record",
            "record_archive",
            "statement_past",
            "tracked_past",
        )
    ),
}
#: Of the tenant and of no establishment; a list may do this to it.
WHOLE_TENANT = {
    ("outbox", Deed.INSERT),
    ("audit_head", Deed.SELECT),
    ("audit_head", Deed.INSERT),
    ("tenant_key", Deed.SELECT),
    # How the tenant reminds, which whoever is reminded may know.
    ("reminder_kind_rule", Deed.SELECT),
    ("reminder_rule", Deed.SELECT),
}
#: Invisible to a listed membership, its own establishment's rows included.
PROVIDER_ONLY = {
    "attestation_batch",
    "bulk_act",
    "counter",
    "evidence_lapse",
    "evidence_link_past",
    "external_identity",
    "file_request",
    "identity_provider",
    "import_change",
    "import_run",
    "invitation",
    "invitation_establishment",
    "log_head",
    "mail_return",
    "mail_suppression",
    "outbox",
}
#: Where the people of an establishment keep what they think.
_WRITTEN = ("contest", "judgement", "self_assessment", "self_answer")
#: What a listed membership may write of its own establishments: a verdict, with its score, its
#: trace, what it promises and whom it tells; an answer to its auditor.
LISTED_WRITES = {
    ("tracked_requirement", Deed.UPDATE),
    ("scorecard", Deed.UPDATE),
    *(
        (table, deed)
        for table in (
            "calendar_feed",
            "mail",
            "notice",
            "reminder",
            "reminder_choice",
            "reminder_clock",
            "reminder_snooze",
        )
        for deed in Deed
    ),
    *((table, deed) for table in _WRITTEN for deed in Deed),
    ("contest_message", Deed.INSERT),
    *((table, Deed.UPDATE) for table in ("audit_finding", "audit_request", "tracked_past")),
    *((table, Deed.INSERT) for table in ("audit_event", "audit_head", "audit_link", "outbox")),
    ("attestation_approval", Deed.INSERT),
    ("brief", Deed.INSERT),
    ("brief", Deed.UPDATE),
    ("house_answer", Deed.UPDATE),
    # What is left to do is written by both sides.
    ("action", Deed.INSERT),
    ("action", Deed.UPDATE),
    # Her own record may leave by her.
    ("record_archive", Deed.INSERT),
    ("record_archive", Deed.UPDATE),
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with locks.opened() as world:
        yield world


every_table = pytest.mark.parametrize("table", TENANT_TABLES)
every_deed = pytest.mark.parametrize("deed", list(Deed))


@every_table
@every_deed
def test_a_tenant_does_to_its_own_rows_what_it_may(world: World, table: str, deed: Deed) -> None:
    outcome, _ = attempt(world, whole(world.inside), world.inside, table, deed)

    if (table, deed) in FROZEN:
        assert outcome is Outcome.REFUSED
    else:
        assert outcome in ALLOWED


@every_table
@every_deed
def test_a_tenant_does_nothing_to_another_s_rows(world: World, table: str, deed: Deed) -> None:
    outcome, same = attempt(world, whole(world.inside), world.foreign, table, deed)

    assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
    assert same


@every_table
@every_deed
def test_nobody_s_scope_does_nothing(world: World, table: str, deed: Deed) -> None:
    outcome, same = attempt(world, NO_SCOPE, world.inside, table, deed)

    assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
    assert same


@every_table
@every_deed
def test_a_person_s_own_scope_reads_her_memberships_and_no_more(
    world: World, table: str, deed: Deed
) -> None:
    own = Scope(user_id=world.inside.user_id)
    outcome, same = attempt(world, own, world.inside, table, deed)

    readable = table == "membership" and deed is Deed.SELECT
    assert outcome in ({Outcome.DONE} if readable else {Outcome.NOTHING, Outcome.REFUSED})
    assert same


@every_table
@every_deed
def test_a_list_does_nothing_outside_itself(world: World, table: str, deed: Deed) -> None:
    outcome, same = attempt(world, listed(world.inside), world.outside, table, deed)

    if (table, deed) in WHOLE_TENANT:
        assert outcome is Outcome.DONE
    else:
        assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
        assert same


@every_table
@every_deed
def test_a_list_reads_inside_itself_and_writes_little(world: World, table: str, deed: Deed) -> None:
    outcome, same = attempt(world, listed(world.inside), world.inside, table, deed)

    if deed is Deed.SELECT:
        assert outcome is (Outcome.NOTHING if table in PROVIDER_ONLY else Outcome.DONE)
    elif (table, deed) in LISTED_WRITES:
        assert outcome in ALLOWED
    else:
        assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
        assert same


@every_table
@every_deed
def test_a_list_does_nothing_in_another_tenant(world: World, table: str, deed: Deed) -> None:
    outcome, same = attempt(world, listed(world.inside), world.foreign, table, deed)

    assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
    assert same


@every_table
@pytest.mark.parametrize(
    "change",
    ["revoked_at = now()", "ends_at = now()", "starts_at = now() + interval '1 second'"],
    ids=["taken back", "ended", "not begun"],
)
def test_a_list_of_no_valid_membership_reads_nothing(world: World, table: str, change: str) -> None:
    ended = sa.text(f"UPDATE membership SET {change} WHERE id = :id")  # noqa: S608 - ours
    scope = listed(world.inside)
    with world.engine.connect() as connection, connection.begin() as undone:
        connection.execute(ended, {"id": scope.membership_id})
        as_app(connection, scope)
        outcome = outcome_of(connection, statement(TABLES[table], Deed.SELECT, world.inside))
        undone.rollback()

    assert outcome is (Outcome.DONE if table in STILL_OWN else Outcome.NOTHING)


#: What is the person's rather than the establishment's: she is told that her access has ended.
#: A wrapped key tells nothing by itself, and what it would open is out of her reach.
STILL_OWN = {
    "engagement_auditor", "mail", "membership", "membership_establishment", "notice", "reminder",
    "calendar_feed", "reminder_choice", "reminder_clock", "reminder_snooze", "tenant_key",
}  # fmt: skip
