"""Every tenant table × an auditor: within her engagement, and beyond each of its bounds.

By plain SQL as the app's role, as in ``test_isolation.py``.
"""

from collections.abc import Iterator

import pytest

from tests.house import locks
from tests.house.auditing import BOUNDS, OUTSIDE, audits
from tests.house.locks import Deed, Outcome, World
from tests.house.test_tenancy import TENANT_TABLES

#: Her own, whatever she audits: her accesses, what is written to her, and a key that opens nothing
#: she has not been given.
HERS = {
    "calendar_feed", "mail", "membership", "membership_establishment", "reminder",
    "reminder_choice", "tenant_key",
}  # fmt: skip
#: That there is an engagement, of whom and of where.
NAMED = {"engagement", "engagement_auditor", "engagement_draw", "engagement_establishment"}
#: Who is audited.
PLACED = {
    "audit_head",
    "audit_link",
    "audit_report",
    "contract",
    "establishment",
    "managing_body",
    "offering",
}
#: What is said of the questions that she audits.
ASKED = {"audit_finding", "audit_request", "contract_bearer", "offering_requirement"}
#: What was so on the day that she audits.
DATED = {"evidence", "evidence_link", "statement_past", "tracked_past"}
DEEDS = {"audit_event"}

WITHIN = HERS | NAMED | PLACED | ASKED | DATED | DEEDS
READ = {
    "within": WITHIN,
    "another question": WITHIN - ASKED - DATED,
    "an earlier day": WITHIN - DATED,
    "a day before it was unlinked": WITHIN - DATED | {"evidence_link_past"},
    "another question, a day before it was unlinked": WITHIN - ASKED - DATED,
    **dict.fromkeys(
        (
            "taken back", "ended", "not begun",
            "an access taken back", "an access ended", "an access not begun",
        ),
        HERS | {"engagement_auditor"},
    ),
    "somebody else's": HERS,
    "another place's": HERS | NAMED - {"engagement_establishment"},
    "another room's": WITHIN - {"audit_finding", "audit_report", "audit_request"},
    "another's deeds": WITHIN - DEEDS - {"audit_link"},
    OUTSIDE: HERS | NAMED,
}  # fmt: skip
_OWN = {
    (table, deed)
    for table in ("calendar_feed", "mail", "reminder", "reminder_choice")
    for deed in Deed
}
_ANYWHERE = _OWN | {("outbox", Deed.INSERT)}
WRITTEN = {
    OUTSIDE: _ANYWHERE,
    # Her requests and findings, and the journal of what she opened.  The past of a state, which
    # directors write with their verdicts, is not hers to write.
    "within": _ANYWHERE
    | {(table, Deed.INSERT) for table in ("audit_head", "audit_link", "engagement_draw")}
    | {
        (table, deed)
        for table in ("audit_finding", "audit_request")
        for deed in (Deed.INSERT, Deed.UPDATE)
    },
}
PASSED = {Outcome.DONE, Outcome.TIED}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with locks.opened() as world:
        yield world


every_table = pytest.mark.parametrize("table", TENANT_TABLES)


@every_table
@pytest.mark.parametrize("bound", [*BOUNDS, OUTSIDE])
def test_she_reads_what_her_engagement_opens_and_nothing_beyond_a_bound(
    world: World, table: str, bound: str
) -> None:
    outcome, _ = audits(world, table, Deed.SELECT, bound)

    assert outcome is (Outcome.DONE if table in READ[bound] else Outcome.NOTHING)


@every_table
@pytest.mark.parametrize("deed", [Deed.INSERT, Deed.UPDATE, Deed.DELETE])
@pytest.mark.parametrize("bound", ["within", OUTSIDE])
def test_she_writes_what_she_says_and_nothing_else(
    world: World, table: str, deed: Deed, bound: str
) -> None:
    outcome, same = audits(world, table, deed, bound)

    if (table, deed) in WRITTEN[bound]:
        assert outcome in PASSED
    else:
        assert outcome in {Outcome.NOTHING, Outcome.REFUSED}
        assert same


@every_table
@pytest.mark.parametrize("lane", ["outside", "foreign"])
def test_she_reads_nothing_of_another_establishment(world: World, table: str, lane: str) -> None:
    outcome, same = audits(world, table, Deed.SELECT, "within", lane=lane)

    shared = lane == "outside" and table in {"audit_head", "tenant_key"}
    assert outcome is (Outcome.DONE if shared else Outcome.NOTHING)
    assert same
